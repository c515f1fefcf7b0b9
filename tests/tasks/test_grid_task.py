"""Nets on problems for grids: what is drawn in training, what counts as right."""

import jax.numpy as jnp
import numpy as np
import pytest

from configs import grid_addition
from seqnets.structures.grid import GridLSTM
from seqnets.tasks.grid_task import GridTask, count

pytestmark = pytest.mark.usefixtures("quickly")


def adding(**changes):
    config = grid_addition.get_config()
    config.batch_size, config.length, config.shortest, config.steps = 8, 6, 1, 10
    config.update(changes)
    return GridTask(config, "grid_1", GridLSTM(4))


def test_a_whole_sum_is_right_where_all_its_digits_are():
    batch = next(adding().batches("train"))
    logits = 9.0 * np.eye(10)[batch["targets"]]
    wrong = np.argmax(batch["asked"][0])
    logits[0, wrong] = np.roll(logits[0, wrong], 1)
    logits[1, ~batch["asked"][1]] = 0.0  # Where nothing is asked for.
    logits[1, ~batch["asked"][1], 5] = 1.0
    sums = count(jnp.asarray(logits), batch)
    assert sums["accuracy"][0] == batch["asked"].sum() - 1
    assert sums["sum_accuracy"][0] == 7


def digits(task, start=0):
    """Returns how many digits the numbers of ten training batches have, [10, B]."""
    batches = task.batches("train", start)
    return np.array([next(batches)["asked"].sum(1) - 1 for _ in range(10 - start)])


def test_half_the_rows_are_as_long_as_the_lengths_have_grown():
    assert (digits(adding(growth=0.0))[:, ::2] == 6).all()
    found = digits(adding(growth=0.5))
    longest = [1, 2, 3, 4, 5, 6, 6, 6, 6, 6]  # The sixth step is halfway.
    np.testing.assert_array_equal(found[:, ::2], np.tile(longest, (4, 1)).T)
    assert (found[:, 1::2] <= np.array(longest)[:, None]).all()
    np.testing.assert_array_equal(digits(adding(growth=0.5), 4), found[4:])


@pytest.mark.parametrize("split", ["valid", "test"])
def test_an_evaluation_is_of_full_length(split):
    batch = next(adding(growth=0.5).batches(split))
    assert (batch["asked"].sum(1) == 7).all()
