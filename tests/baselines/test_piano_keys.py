"""Keys by themselves: frequencies that are known are found, and scored by frame."""

import numpy as np
import pytest

from seqnets.baselines import piano_keys


def test_of_keys_that_are_random_the_entropy_is_found():
    rng, p = np.random.default_rng(0), np.array([0.5, 0.1, 0.9])
    rolls = [(rng.random((4000, 3)) < p).astype(np.uint8) for _ in range(2)]
    entropy = -(p * np.log(p) + (1 - p) * np.log(1 - p)).sum()
    for score in (piano_keys.independent, piano_keys.markov):
        assert score(rolls[:1], rolls[1:]) == pytest.approx(entropy, abs=0.05)


def test_keys_that_stay_are_foreseen_by_their_last_frame_only():
    rng = np.random.default_rng(0)
    rolls = [np.repeat(rng.integers(0, 2, (1, 9)), 50, 0) for _ in range(40)]
    assert piano_keys.independent(rolls[:30], rolls[30:]) > 4
    assert piano_keys.markov(rolls[:30], rolls[30:]) < 0.1


def test_the_first_frame_of_a_piece_is_not_scored():
    train = [np.array([[1, 0], [1, 0], [1, 0]])]
    asked = np.array([[1, 0], [1, 0]])
    other = np.array([[0, 1], [1, 0]])
    same = [piano_keys.independent(train, [roll]) for roll in (asked, other)]
    assert same[0] == same[1]
