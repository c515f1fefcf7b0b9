"""Strips of frames, of pictures and of skeletons."""

import numpy as np
import pytest
from matplotlib.image import imread

from seqnets.data.skeletons import BONES
from seqnets.plots import frames


def test_pictures_and_skeletons_are_drawn(tmp_path):
    rng = np.random.default_rng(0)
    p = rng.dirichlet([1, 1, 1], 12)
    pixels = rng.integers(0, 255, (12, 5, 6)).astype(np.uint8)
    names = ["a", "b", "c"]
    frames.draw(tmp_path / "pictures.png", pixels, p, names, ["a"] * 6 + ["b"] * 6)
    one = tmp_path / "skeleton.png"
    frames.draw(one, rng.normal(size=(1, 20, 3)), p[:1], names, ["c"], bones=BONES)
    other = tmp_path / "other.png"
    frames.draw(other, rng.normal(size=(4, 7, 3)), p[:4], names, ["c"], bones=BONES)
    for path in tmp_path.iterdir():
        assert imread(path).std() > 0


@pytest.mark.parametrize(
    ("right", "others"), [("f", "abcd"), ("gf", "abc"), ("bcdefg", "")]
)
def test_what_is_right_has_a_curve_however_unlikely(right, others):
    p = np.array([[0.5, 0.2, 0.1, 0.1, 0.08, 0.02, 0.0]])
    found = [*map("abcdefg".__getitem__, frames.drawn_classes(p, "abcdefg", [*right]))]
    assert found == sorted(right) + [*others]
