"""The picture of a story is as large as its text, and as dark as its weights."""

import numpy as np
from matplotlib.image import imread

from seqnets.plots.story_attention import Shown, draw


def test_weights_are_shaded_and_sentences_make_it_higher(tmp_path):
    def ink(name, sentences, weight):
        weights = np.full((sentences, 2), weight)
        own = Shown("Where is it? $here$", ["It is here."] * sentences, weights, (0,))
        draw(tmp_path / name, [own, own])
        return imread(tmp_path / name)[..., :3]

    pale, dark, long = ink("a.png", 2, 0.0), ink("b.png", 2, 1.0), ink("c.png", 5, 0.0)
    assert dark.shape == pale.shape and dark.mean() < pale.mean() - 0.02
    assert long.shape[0] > pale.shape[0] and long.shape[1] == pale.shape[1]
