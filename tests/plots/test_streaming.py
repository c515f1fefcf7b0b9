"""Scores against look-ahead are written, and drawn."""

import json

from matplotlib.image import imread

from seqnets.plots import streaming
from seqnets.tasks.delays import Delays


def test_every_score_is_written_and_each_curve_drawn(tmp_path):
    curves = {"one": [0.5, 0.1], "two": [0.6, 0.2]}
    found = Delays.of(4, [0, 6], curves, 0.1, scale=0.25)
    streaming.write(tmp_path, found, unit="seconds", ylabel="error")
    written = json.loads((tmp_path / "streaming.json").read_text(encoding="utf-8"))
    assert written == {
        "chunk": 1.0,
        "look_ahead": [0.0, 1.5],
        "delay": [1.0, 2.5],
        "cost": [1.0, 2.5],
        "curves": curves,
        "whole": 0.1,
    }
    both = imread(tmp_path / "streaming.png")
    alone = found._replace(curves={"one": curves["one"]})
    streaming.draw(tmp_path / "one.png", alone, unit="seconds", ylabel="error")
    assert (both != imread(tmp_path / "one.png")).any()
