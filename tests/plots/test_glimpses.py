"""Paths of glimpses over pictures."""

import numpy as np
from matplotlib.image import imread

from seqnets.plots import glimpses


def test_paths_of_glimpses_are_drawn(tmp_path):
    rng, path = np.random.default_rng(0), tmp_path / "paths.png"
    places = rng.uniform(-1.5, 1.5, (3, 4, 2))
    pictures = rng.uniform(size=(3, 8, 9))
    captions = ["1", "2, not 3", "4"]
    glimpses.draw(path, pictures, places, captions, "title", size=3, scales=2)
    assert imread(path).std() > 0
