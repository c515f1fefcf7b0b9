"""A data set reads its splits when one is first needed."""

from typing import NamedTuple

import numpy as np
import pytest

from seqnets.data.batching import GeneratedBatches
from seqnets.datasets import SPLITS, Dataset, Rows
from seqnets.training.task import Task


class Point(NamedTuple):
    x: np.ndarray
    y: np.ndarray


def test_splits_and_info_are_read_once_when_they_are_needed():
    calls = []

    def read():
        calls.append("read")
        return {split: [split] for split in SPLITS}

    def info(dataset):
        calls.append("info")
        return {"first": dataset.train[0]}

    dataset = Dataset(read, info)
    assert calls == []
    assert [dataset.train, dataset.valid, dataset["test"]] == [[s] for s in SPLITS]
    assert calls == ["read"]
    assert dataset.info == dataset.info == {"first": "train"}
    assert calls == ["read", "info"]
    assert Dataset(read).info == {}


def test_a_split_without_examples_is_refused():
    dataset = Dataset(lambda: {"train": [1], "valid": [], "test": [2]})
    with pytest.raises(ValueError, match="the valid split has no examples"):
        _ = dataset.train


def test_a_split_that_there_is_not_is_refused_with_those_that_there_are():
    """By a data set before it is read, and by a task before batches are made."""
    dataset = Dataset(lambda: pytest.fail("read"))
    for ask in (
        lambda: dataset["tset"],
        lambda: next(Task().batches("tset")),
        lambda: GeneratedBatches(lambda *_: {}, 2, seed=0, split="tset", examples=2),
    ):
        with pytest.raises(ValueError, match="one of train, valid, test, not 'tset'"):
            ask()


def test_rows_of_arrays_are_examples():
    rows = Rows(Point(np.arange(6).reshape(3, 2), np.arange(3)))
    assert len(rows) == 3
    np.testing.assert_array_equal(rows[1].x, [2, 3])
    assert [int(point.y) for point in rows] == [0, 1, 2]
    some = rows[1:]
    assert isinstance(some, Rows) and len(some) == 2
    assert isinstance(some.columns, Point) and int(some[0].y) == 1
