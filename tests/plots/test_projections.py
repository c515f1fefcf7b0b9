"""Points of several panels are drawn, those without a class, too."""

import numpy as np
from matplotlib.image import imread

from seqnets.plots import projections


def test_every_panel_shows_its_points(tmp_path):
    points = np.random.default_rng(0).normal(size=(30, 2))
    labels = np.arange(30) % 3 - 1
    path = tmp_path / "points.png"
    projections.draw(path, {"a": points, "b": -points}, labels, ["x", "y"], "title")
    both = imread(path)
    projections.draw(path, {"a": points}, labels, ["x", "y"], "title")
    assert both.std() > 0 and both.shape[1] > imread(path).shape[1]
