"""Better is what the goal says, and patience ends."""

import math

import pytest
from ml_collections import ConfigDict

from seqnets.training.progress import Progress, total_steps


@pytest.mark.parametrize("direction, sign", [("min", 1.0), ("max", -1.0)])
def test_only_what_is_better_is_best(direction, sign):
    progress = Progress()
    values = [3.0, 2.0, 2.0, math.nan, 2.5, 1.0]
    kept = [progress.judge(sign * value, direction) for value in values]
    assert kept == [True, True, False, False, False, True]
    assert progress.best == sign * 1.0 and not progress.complete


def test_patience_and_plateau_count_from_the_best():
    progress = Progress()
    for value in (2.0, 3.0, 1.0, 3.0, 3.0):
        assert not progress.complete
        progress.step += 10
        progress.judge(value, "min", patience=2, plateau=0.5)
    assert progress.complete and progress.scale == 0.5**3
    assert (progress.best_step, progress.waited) == (30, 2)


def test_anything_is_better_than_nan():
    progress = Progress()
    assert progress.judge(math.nan, "min") and progress.judge(5.0, "min")


def test_epochs_are_turned_into_steps():
    assert total_steps(ConfigDict({"steps": 7}), None) == 7
    assert total_steps(ConfigDict({"steps": None, "epochs": 1.5}), 10) == 15
