"""Videos of digits show exactly what their labels say."""

import collections
import itertools

import numpy as np
import pytest

from seqnets.datasets import moving_digits


def centre(frames):
    """Returns the middle of the ink of each frame, [T, 2]."""
    ink = frames.astype(float)
    places = np.indices(ink.shape[1:])
    return np.einsum("thw,chw->tc", ink, places) / ink.sum((1, 2))[:, None]


def test_a_digit_moves_as_its_label_says():
    """The ceiling of 1: an exact rule reads the way off the middle of the ink."""
    for motion in moving_digits.draw(200, seed=1):
        _, way = motion.labels[0].split()
        path = centre(motion.frames)
        moves = np.diff(path, axis=0)
        np.testing.assert_allclose(np.round(moves), moves, atol=1e-6)
        if way in moving_digits.STRAIGHT:
            np.testing.assert_allclose(moves, [moving_digits.STRAIGHT[way]] * 9)
        else:
            y, x = (path - path.mean(0)).T
            turned = np.sum(x[:-1] * y[1:] - y[:-1] * x[1:])
            assert np.sign(turned) == moving_digits.ROUND[way]


def test_every_frame_but_the_first_shows_its_own_way():
    for motion in moving_digits.draw(50, seed=1, changing=True):
        moves = np.diff(centre(motion.frames), axis=0)
        for move, label in zip(moves, motion.labels[1:], strict=True):
            expected = moving_digits.STRAIGHT[label.split()[1]]
            np.testing.assert_allclose(move, expected, atol=1e-6)
        assert len(set(motion.labels)) == 2


def test_the_place_of_the_first_frame_tells_as_much_of_the_way_as_is_said():
    """Every path, at every place that has room for it: the best guess is right in p."""
    room, frames = moving_digits.SIZE - 14, moving_digits.FRAMES
    turns = [
        (ways, change)
        for ways in itertools.permutations(moving_digits.STRAIGHT, 2)
        for change in range(2, frames - 1)
    ]
    joint = collections.defaultdict(collections.Counter)
    for (first, second), change in turns:
        moves = [moving_digits.STRAIGHT[first]] * (change - 1)
        moves += [moving_digits.STRAIGHT[second]] * (frames - change)
        path = np.cumsum([(0, 0), *moves], 0)
        free = room - np.ptp(path, 0) + 1
        for place in itertools.product(*map(range, free)):
            begin = tuple((place - path.min(0)).tolist())
            joint[begin][first] += 1 / (len(turns) * free.prod())
    best = sum(max(ways.values()) for ways in joint.values())
    assert best == pytest.approx(0.389, abs=5e-4)
    assert (frames - 1 + best) / frames == pytest.approx(0.939, abs=5e-4)
