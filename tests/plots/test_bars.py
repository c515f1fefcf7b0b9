"""Bars are as long as their shares, and those of baselines are grey."""

import numpy as np
import pytest
from matplotlib.image import imread

from seqnets.plots import bars


def width(path, color):
    """Returns the widest run of pixels of a colour, as a share of the figure."""
    near = np.abs(255 * imread(path)[..., :3] - color).max(-1) < 8
    return near.sum(1).max() / near.shape[1]


def test_bars_are_as_long_as_their_shares(tmp_path):
    path, widths = tmp_path / "bars.png", {}
    for share in (0.25, 0.5):
        models, baselines = {"both": share}, {"the most frequent": 0.4}
        bars.draw(path, models, baselines, title="title", xlabel="accuracy")
        widths[share] = width(path, (43, 108, 163)), width(path, (181, 181, 181))
    assert widths[0.5][0] == pytest.approx(2 * widths[0.25][0], rel=0.03)
    # The antialiasing of text has some grey pixels, too.
    assert widths[0.5][1] == pytest.approx(1.6 * widths[0.25][0], rel=0.08)


def test_models_need_no_baselines(tmp_path):
    path = tmp_path / "bars.png"
    bars.draw(path, {"a": 1.0, "b": 0.0}, {}, title="title", xlabel="accuracy")
    assert imread(path).ndim == 3
