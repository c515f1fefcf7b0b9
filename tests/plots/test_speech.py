"""Symbols are drawn at the times at which they are recognised."""

import numpy as np
from matplotlib.image import imread

from seqnets.plots import speech

ORANGE = 255, 127, 14  # Of the second symbol after the blank.


def columns(path, colour):
    """Returns the columns that have many pixels of a colour."""
    picture = 255 * imread(path)[..., :3]
    near = np.abs(picture - colour).max(-1) < 40
    legend = near.shape[1] // 8
    return np.flatnonzero(near[:, :-legend].sum(0) > 4)


def test_symbols_stand_where_they_are_heard(tmp_path):
    at = {}
    for step in (4, 15):
        probabilities = np.tile([1.0, 0.0, 0.0], (20, 1))
        probabilities[step] = 0, 0, 1
        places = np.full(20, -1)
        places[step] = 0
        speech.draw(
            tmp_path / "a.png",
            np.random.default_rng(0).normal(size=(60, 8)),
            probabilities,
            places,
            "heard: 1",
            symbols=("-", "0", "1"),
            labels="1",
            shift=0.01,
            step=0.03,
        )
        found = columns(tmp_path / "a.png", ORANGE)
        width = imread(tmp_path / "a.png").shape[1]
        at[step] = np.median(found) / width
    assert 0.1 < at[4] < 0.4 < 0.5 < at[15] < 0.9


def test_nothing_heard_is_drawn_too(tmp_path):
    speech.draw(
        tmp_path / "a.png",
        np.zeros((3, 8)),
        np.tile([1.0, 0.0], (1, 1)),
        np.array([-1]),
        "heard: nothing",
        symbols=("-", "0"),
        labels="",
        shift=0.01,
        step=0.03,
    )
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
