"""Curves of nets and of baselines are drawn, in the colours that are asked for."""

import numpy as np
import pytest
from matplotlib.image import imread

from seqnets.plots import curves

LABELS = {"title": "title", "xlabel": "hidden layers", "ylabel": "loss"}


def pixels(path, color):
    """Returns how many pixels have a colour."""
    near = np.abs(255 * imread(path)[..., :3] - color).max(-1) < 8
    return int(near.sum())


def test_a_curve_has_its_colour_and_a_range_is_shaded(tmp_path):
    path, red, shade = tmp_path / "curves.png", (192, 48, 32), (238, 238, 238)
    loss = {"plain": [2.0, 1.0], "highway": [1.0, 0.1]}
    curves.draw(path, [1, 10], loss, log_y=True, **LABELS)
    # Of other figures, the antialiasing of text has some grey pixels.
    assert pixels(path, red) == 0 and pixels(path, shade) < 1000
    colors = {"highway": "#c03020"}
    shaded = 2.0, 5.0, "trained on"
    curves.draw(path, [1, 10], loss, colors=colors, shaded=shaded, **LABELS)
    assert pixels(path, red) > 100 and pixels(path, shade) > 1000


@pytest.mark.parametrize("log_x", [False, True])
def test_baselines_are_drawn_beside_nets(tmp_path, log_x):
    path = tmp_path / "curves.png"
    draw = {"log_x": log_x, "limits": (None, 3.0), **LABELS}
    curves.draw(path, [10, 20], {"LSTM": [0.5, np.nan]}, **draw)
    alone = imread(path)
    curves.draw(
        path, [10, 20], {"LSTM": [0.5, np.nan]}, baselines={"guess": [2, 2]}, **draw
    )
    assert (alone != imread(path)).any()
