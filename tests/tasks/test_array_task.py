"""Tasks on arrays: batches of the data set's columns, and what is known of it."""

import numpy as np
import pytest
from ml_collections import ConfigDict

from seqnets.data.assets import Assets
from seqnets.tasks.array_task import ArrayTask

pytestmark = pytest.mark.usefixtures("quickly")


class Points(ArrayTask):
    kind = "points"


def build(assets, **changes):
    fields = {"corpus": "waves", "data_dir": None, "seed": 3}
    fields |= {"batch_size": 32, "eval_batch_size": None}
    return Points(ConfigDict(fields | changes), assets)


def test_training_is_shuffled_and_evaluation_is_not():
    task = build(Assets())
    train, valid = next(task.batches("train")), next(task.batches("valid"))
    assert not np.array_equal(train["index"], np.arange(32))
    np.testing.assert_array_equal(valid["index"], np.arange(32))
    x = task.dataset.train.columns.x
    np.testing.assert_array_equal(train["x"], x[train["index"]])
    assert task.steps_per_epoch == 10


def test_an_evaluation_has_its_own_batch_size():
    (whole,) = build(Assets(), eval_batch_size=40).batches("test")
    assert whole["rows"].all() and whole["x"].shape == (40, 1)


def test_what_is_known_of_the_data_is_kept_without_it(tmp_path):
    task = build(Assets())
    known = task.info
    task.assets.save(tmp_path)
    assert build(Assets(tmp_path), corpus="moved.txt").info == known
