"""Every example is in one row of every epoch, and a position has one batch."""

import itertools

import numpy as np
import pytest

from seqnets.data.batching import ArrayBatches, GeneratedBatches

N = 10


def rows(**options):
    ids = np.arange(1, N + 1, dtype=np.int32)
    arrays = {"images": np.repeat(ids, 6).reshape(N, 2, 3), "label": ids}
    return ArrayBatches(arrays, options.pop("batch_size", 4), **options)


def assert_same(batches, others):
    for batch, other in zip(batches, others, strict=True):
        assert batch.keys() == other.keys()
        for name in batch:
            np.testing.assert_array_equal(batch[name], other[name])


@pytest.mark.parametrize("shuffle", [False, True])
def test_an_epoch_holds_each_example_once(shuffle):
    seen = []
    for batch in rows(shuffle=shuffle).batches(epochs=1):
        assert batch["images"].shape == (4, 2, 3) and batch["label"].shape == (4,)
        real = batch["rows"]
        seen += batch["label"][real].tolist()
        assert (batch["images"] == batch["label"][:, None, None]).all()
        assert not batch["images"][~real].any()
        assert batch["index"].dtype == np.int32
        expected = np.where(real, batch["label"] - 1, 0)
        np.testing.assert_array_equal(batch["index"], expected)
    assert sorted(seen) == list(range(1, N + 1))
    assert (seen == sorted(seen)) != shuffle


@pytest.mark.parametrize("start", [0, 1, 3, 7])
def test_seeking_equals_skipping(start):
    skipped = list(rows(seed=3).batches(epochs=3))[start:]
    assert_same(rows(seed=3).batches(start, 3), skipped)


def test_epochs_and_seeds_have_orders_of_their_own():
    def order(seed, epoch):
        batches = rows(batch_size=N, seed=seed).batches(epoch, epoch + 1)
        return next(batches)["label"].tolist()

    assert order(0, 0) == order(0, 0)
    assert order(0, 0) != order(0, 1)
    assert order(0, 0) != order(1, 0)


def test_batches_have_no_end_unless_asked():
    assert sum(1 for _ in zip(range(9), rows().batches(), strict=False)) == 9
    assert rows().steps_per_epoch == 3


@pytest.mark.parametrize(
    ("arrays", "batch_size", "message"),
    [
        ({"a": np.zeros(3)}, 0, "no batch has 0 rows"),
        ({"a": np.zeros(0)}, 2, "'a': 0"),
        ({"a": np.zeros(3), "b": np.zeros(2)}, 2, "'b': 2"),
        ({}, 2, "rows of all arrays"),
    ],
)
def test_what_cannot_be_is_refused(arrays, batch_size, message):
    with pytest.raises(ValueError, match=message):
        ArrayBatches(arrays, batch_size)


def draw(rng, count):
    return {"x": rng.uniform(size=(count, 3))}


def generated(split, batch_size=4, **options):
    options = {"seed": 7, "examples": 10, "chunk": 4} | options
    return GeneratedBatches(draw, batch_size, split=split, **options)


@pytest.mark.parametrize("split", ["train", "valid"])
@pytest.mark.parametrize("start", [0, 1, 4])
def test_seeking_what_is_generated_equals_skipping(split, start):
    data = generated(split)
    skipped = itertools.islice(data.batches(), start, start + 5)
    assert_same(itertools.islice(data.batches(start), 5), skipped)


def test_training_batches_are_drawn_by_seed_and_step_without_end():
    data = generated("train")
    assert data.steps_per_epoch is None
    for step, batch in zip(range(9), data.batches(), strict=False):
        expected = draw(np.random.default_rng((7, 0, step)), 4)
        np.testing.assert_array_equal(batch["x"], expected["x"])
        assert batch["rows"].all() and batch["rows"].shape == (4,)


def test_so_many_training_batches_can_be_called_an_epoch():
    data = generated("train", steps_per_epoch=3)
    assert data.steps_per_epoch == 3
    assert_same(data.batches(epochs=2), itertools.islice(data.batches(), 6))
    assert len(list(data.batches(4, epochs=2))) == 2


@pytest.mark.parametrize(("split", "number"), [("valid", 1), ("test", 2)])
def test_evaluated_examples_do_not_depend_on_the_size_of_batches(split, number):
    rngs = (np.random.default_rng((7, number, i)) for i in range(3))
    chunks = [draw(rng, n)["x"] for rng, n in zip(rngs, (4, 4, 2), strict=True)]
    for batch_size in (1, 3, 16):
        data = generated(split, batch_size)
        batches = list(data.batches(epochs=1))
        assert len(batches) == data.steps_per_epoch
        seen = np.concatenate([b["x"][b["rows"]] for b in batches])
        np.testing.assert_array_equal(seen, np.concatenate(chunks))
        index = np.concatenate([b["index"][b["rows"]] for b in batches])
        np.testing.assert_array_equal(index, np.arange(10))


def test_an_evaluation_needs_a_number_of_examples():
    with pytest.raises(ValueError, match="the test split needs a number of examples"):
        generated("test", examples=None)
