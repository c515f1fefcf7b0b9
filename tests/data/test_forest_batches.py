"""Batches of trees: everything stands at the place of its node, nothing elsewhere."""

import logging

import numpy as np
import pytest

from seqnets.data.forest_batches import ForestBatches, forest_batch
from tests.data.test_forests import binary


@pytest.fixture(scope="module")
def examples():
    rng, found = np.random.default_rng(0), []
    for n in rng.integers(1, 9, 11):
        children = binary(rng, n)
        words = np.array([-1 if c else rng.integers(9) for c in children], np.int32)
        labels = rng.integers(-1, 3, len(children)).astype(np.int32)
        found.append({"words": words, "labels": labels, "children": children})
    return found


@pytest.mark.parametrize("inner", [True, False])
def test_what_a_node_has_stands_at_its_place(examples, inner):
    numbers = range(10, 10 + len(examples))
    batch, layout = forest_batch(
        examples, numbers, rows=3, width=4, arity=2, inner=inner
    )
    asked = roots = words = 0
    for example, number, row, places in zip(
        examples, numbers, layout.row, layout.places, strict=True
    ):
        leaves = np.array([not c for c in example["children"]])
        at = places if inner else places[leaves]
        own = example["words"] if inner else example["words"][leaves]
        np.testing.assert_array_equal(batch["words"][row, at], own)
        np.testing.assert_array_equal(
            np.where(batch["asked"], batch["labels"], -1)[row, places],
            example["labels"],
        )
        assert batch["root"][row, places[-1]]
        assert (batch["tree"][row, places] == number).all()
        asked += (example["labels"] >= 0).sum()
        words += (example["words"] >= 0).sum()
        roots += 1
    assert batch["asked"].sum() == asked
    assert (batch["words"] >= 0).sum() == words
    assert batch["root"].sum() == roots


def test_rows_without_a_tree_are_zero(examples):
    batch, _ = forest_batch(examples[:2], [0, 1], rows=4, width=2, arity=2)
    assert batch["rows"].sum() == 2
    assert not any(np.any(array[~batch["rows"]]) for array in batch.values())


def test_an_epoch_has_every_tree_once_and_tells_its_shapes(examples, caplog):
    made = ForestBatches(examples, 4, rows=2, width=4, arity=2, buckets=2, seed=3)
    with caplog.at_level(logging.WARNING):
        batches = list(made.batches(0, 2))
    size = made.steps_per_epoch
    for epoch in (batches[:size], batches[size:]):
        numbers = [n for b in epoch for n in b["tree"][b["root"]]]
        assert sorted(numbers) == list(range(len(examples)))
    (message,) = caplog.messages
    assert message.startswith(f"{size} batches of trees: ")
    again = next(made.batches(size + 1))
    for name, array in again.items():
        np.testing.assert_array_equal(array, batches[size + 1][name])
