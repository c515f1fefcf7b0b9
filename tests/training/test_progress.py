"""Better is what the goal says, and patience ends."""

import math

import pytest
from ml_collections import ConfigDict

from seqnets.training import loop, reporting
from seqnets.training.checkpoint import Checkpoints
from seqnets.training.progress import Progress, total_steps
from tests.training import toy

pytestmark = pytest.mark.usefixtures("quickly")


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


@pytest.mark.parametrize("epochs, steps", [(1e308, "inf"), (1e9, "1e\\+10")])
def test_more_epochs_than_can_be_counted_are_refused(epochs, steps):
    with pytest.raises(ValueError, match=f"at most 2147483647 steps, not {steps}$"):
        total_steps({"epochs": epochs}, 10)


def goals(values):
    """The toy task, whose evaluations give the goal these values one by one."""
    values = iter(values)
    return toy.Toy(
        goal=("valid", "score", "max"),
        scores=lambda params, split, limit: {"score": next(values)},
    )


def test_early_stopping_keeps_the_best(tmp_path):
    config = toy.config(patience=2, eval_every=5)
    loop.fit(goals([1.0, 3.0, 2.0, 3.0]), config, tmp_path)
    progress = Checkpoints(tmp_path).meta()["progress"]
    assert (progress["step"], progress["best_step"], progress["best"]) == (20, 10, 3.0)
    assert Checkpoints(tmp_path).meta("best")["step"] == 10


def test_a_plateau_lowers_the_learning_rate(tmp_path):
    plateau = {"schedule": "plateau", "decay_rate": 0.25}
    config = toy.config(steps=25, eval_every=5, log_every=5, optimizer=plateau)
    loop.fit(goals([2.0, 1.0, 3.0, 3.0, 4.0]), config, tmp_path)
    train = [r for r in reporting.read(tmp_path) if r["split"] == "train"]
    rates = [record["learning_rate"] for record in train]
    assert rates == [0.05, 0.05, 0.0125, 0.0125, 0.003125]


def test_epochs_are_counted_by_the_task(tmp_path):
    config = toy.config(steps=None, epochs=0.25, eval_every=None)
    loop.fit(toy.Toy(steps_per_epoch=16), config, tmp_path)
    assert [record["step"] for record in reporting.read(tmp_path)] == [4, 4]


def test_an_epoch_of_one_step_is_not_evaluated_at_every_step(tmp_path):
    config = toy.config(steps=3, eval_every=None, log_every=None)
    loop.fit(toy.Toy(steps_per_epoch=1), config, tmp_path)
    assert [record["step"] for record in reporting.read(tmp_path)] == [3, 3]
