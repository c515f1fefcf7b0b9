"""Every example is in one row of every epoch, and a position has one batch."""

import numpy as np
import pytest

from seqnets.data.fixed import Fixed

N = 10


def rows(**options):
    ids = np.arange(1, N + 1, dtype=np.int32)
    examples = {"images": np.repeat(ids, 6).reshape(N, 2, 3), "label": ids}
    return Fixed(examples, options.pop("batch_size", 4), **options)


@pytest.mark.parametrize("shuffle", [False, True])
def test_an_epoch_holds_each_example_once(shuffle):
    seen = []
    for batch in rows(shuffle=shuffle).batches(epochs=1):
        assert batch["images"].shape == (4, 2, 3) and batch["label"].shape == (4,)
        real = batch["rows"]
        seen += batch["label"][real].tolist()
        assert (batch["images"] == batch["label"][:, None, None]).all()
        assert not batch["images"][~real].any()
    assert sorted(seen) == list(range(1, N + 1))
    assert (seen == sorted(seen)) != shuffle


@pytest.mark.parametrize("start", [0, 1, 3, 7])
def test_seeking_equals_skipping(start):
    skipped = list(rows(seed=3).batches(epochs=3))[start:]
    for ours, theirs in zip(rows(seed=3).batches(start, 3), skipped, strict=True):
        for name in ours:
            np.testing.assert_array_equal(ours[name], theirs[name])


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
    ("examples", "batch_size", "message"),
    [
        ({"a": np.zeros(3)}, 0, "no batch has 0 rows"),
        ({"a": np.zeros(0)}, 2, "'a': 0"),
        ({"a": np.zeros(3), "b": np.zeros(2)}, 2, "'b': 2"),
        ({}, 2, "rows of all arrays"),
    ],
)
def test_what_cannot_be_is_refused(examples, batch_size, message):
    with pytest.raises(ValueError, match=message):
        Fixed(examples, batch_size)
