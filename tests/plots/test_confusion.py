"""A confusion matrix is drawn of any counts."""

import numpy as np
from matplotlib.image import imread

from seqnets.plots import confusion


def test_a_class_without_examples_is_drawn_too(tmp_path):
    path = tmp_path / "confusion.png"
    confusion.draw(path, np.array([[3.0, 1.0], [0.0, 0.0]]), ["a", "b"])
    assert imread(path).ndim == 3
