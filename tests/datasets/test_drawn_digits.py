"""Drawn digits can be told apart, and no two are the same."""

import numpy as np

from seqnets.datasets import drawn_digits


def test_images_and_seeds_differ_and_ink_is_dark_on_light_paper():
    drawn, labels = drawn_digits.draw(300)
    assert drawn.dtype == np.uint8 and drawn.shape == (300, 28, 28)
    assert labels.dtype == np.int32
    assert len(np.unique(drawn.reshape(300, -1), axis=0)) == 300
    assert not np.array_equal(drawn, drawn_digits.draw(300, seed=1)[0])
    clean, _ = drawn_digits.draw(300, noise=0.0)
    ink = (clean > 128).mean((1, 2))
    assert ink.min() > 0.02 and ink.max() < 0.4
    assert (clean[:, 0, 0] == 0).mean() > 0.95


def test_drawn_digits_can_be_told_apart():
    """Most are nearest to one of their own digit, and not all to a mean."""
    drawn, labels = drawn_digits.draw(1200)
    flat = drawn.reshape(1200, -1).astype(float)
    known, asked = flat[:1000], flat[1000:]
    distance = (known**2).sum(1) - 2 * asked @ known.T
    assert (labels[:1000][distance.argmin(1)] == labels[1000:]).mean() > 0.75
