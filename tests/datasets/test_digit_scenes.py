"""Captions tell what stands where, and can be read back."""

import re

import numpy as np
import pytest

from seqnets.datasets import digit_scenes, images
from seqnets.datasets.digit_scenes import Group, Scene

_GROUP = r"(a \d|two \ds)"
_CAPTION = re.compile(f"{_GROUP}(?: above {_GROUP})?(?:, on the right {_GROUP})?")


def read_back(caption):
    above, below, right = (
        None
        if text is None
        else Group(int(re.search(r"\d", text)[0]), 1 + ("t" in text))
        for text in _CAPTION.fullmatch(caption).groups()
    )
    return Scene((above,) if below is None else (above, below), right)


@pytest.fixture
def marks():
    """Stand-ins for images of digits: a square as bright as its digit."""
    pixels = np.zeros((10, 28, 28), np.uint8)
    pixels[:, 12:16, 12:16] = 20 * np.arange(1, 11)[:, None, None]
    return images.Image(pixels, np.arange(10, dtype=np.int32))


def test_a_caption_is_that_of_one_scene_and_there_are_as_many_as_told():
    rng = np.random.default_rng(0)
    drawn = [digit_scenes.draw_scene(rng) for _ in range(300)]
    assert all(read_back(str(scene)) == scene for scene in drawn)
    groups = {Group(digit, count) for digit in range(10) for count in (1, 2)}
    left = len(groups) + len(groups) ** 2
    assert left * (1 + len(groups)) == 8820
    assert str(Scene((Group(3, 1), Group(7, 2)), Group(1, 1))) == (
        "a 3 above two 7s, on the right a 1"
    )


def test_the_digits_of_a_caption_stand_where_it_says(marks):
    for own in digit_scenes.compose(marks, 60, seed=1, noise=0):
        scene, pixels = read_back(own.captions[0]), own.picture[..., 0]
        assert pixels.shape == digit_scenes.SHAPE
        places = scene.places()
        # Each square has 16 pixels of its own brightness, and covers no other one.
        for digit in {digit for digit, _, _ in places}:
            count = sum(own == digit for own, _, _ in places)
            assert (pixels == 20 * (digit + 1)).sum() == 16 * count
        across = np.flatnonzero(pixels.any(0))
        assert (across.max() >= 2 * digit_scenes.PITCH + 12) == (
            scene.right is not None
        )
        if len(scene.left) == 2:
            first, second = (20 * (group.digit + 1) for group in scene.left)
            left = pixels[:, : 2 * digit_scenes.PITCH + 8]
            rows = [np.nonzero(left == ink)[0].mean() for ink in (first, second)]
            assert first == second or rows[0] < rows[1]


def test_noise_changes_pixels_by_no_more_than_it_may(marks):
    (plain,) = digit_scenes.compose(marks, 1, seed=3, noise=0)
    (noisy,) = digit_scenes.compose(marks, 1, seed=3, noise=9)
    assert plain.captions == noisy.captions
    change = np.abs(plain.picture.astype(int) - noisy.picture)
    assert 0 < change.max() <= 9
