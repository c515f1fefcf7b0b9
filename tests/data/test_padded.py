"""Every example has a row of its own, once an epoch, whatever the buckets."""

import numpy as np
import pytest

from seqnets.data.padded import Padded

LENGTHS = [3, 9, 1, 4, 4, 7, 2, 8, 5, 12, 6]


def examples(lengths=LENGTHS):
    """Each holds its own number, which is also its label."""
    return [
        {"ids": np.full(n, i + 1, np.int32), "label": np.int32(i + 1)}
        for i, n in enumerate(lengths)
    ]


@pytest.mark.parametrize("buckets", [1, 3, 50])
@pytest.mark.parametrize("shuffle", [False, True])
def test_an_epoch_holds_each_example_once_whole(buckets, shuffle):
    padded = Padded(examples(), 2, buckets=buckets, shuffle=shuffle)
    seen = []
    for batch in padded.batches(epochs=1):
        assert batch["ids"].shape == batch["mask"].shape
        assert batch["ids"].shape[1] in padded.lengths
        for ids, label, mask, real in zip(
            batch["ids"], batch["label"], batch["mask"], batch["rows"], strict=True
        ):
            assert mask.any() == real
            assert (ids[mask] == label).all() and not ids[~mask].any()
            if real:
                assert mask.sum() == LENGTHS[label - 1]
                assert mask[: mask.sum()].all()
                seen.append(int(label))
    assert sorted(seen) == list(range(1, len(LENGTHS) + 1))


def test_buckets_waste_less():
    def waste(buckets):
        padded = Padded(examples(), 2, buckets=buckets)
        return sum((~b["mask"][b["rows"]]).sum() for b in padded.batches(epochs=1))

    assert waste(4) < waste(2) < waste(1)


@pytest.mark.parametrize("start", [0, 1, 5, 6, 13])
def test_seeking_equals_skipping(start):
    padded = Padded(examples(), 2, buckets=2, seed=3)
    skipped = list(padded.batches(epochs=3))[start:]
    for ours, theirs in zip(padded.batches(start, epochs=3), skipped, strict=True):
        for name in ours:
            np.testing.assert_array_equal(ours[name], theirs[name])


def test_epochs_and_seeds_have_orders_of_their_own():
    def labels(seed, epoch):
        padded = Padded(examples(), 3, buckets=2, seed=seed)
        steps = padded.steps_per_epoch
        batches = padded.batches(epoch * steps, epoch + 1)
        return [tuple(batch["label"]) for batch in batches]

    assert labels(0, 0) == labels(0, 0)
    assert labels(0, 0) != labels(0, 1)
    assert labels(0, 0) != labels(1, 0)


def test_longer_examples_are_cut_and_counted():
    padded = Padded(examples(), 4, limit=5)
    assert padded.cut == sum(n > 5 for n in LENGTHS)
    assert padded.lengths == (5,)
    for batch in padded.batches(epochs=1):
        assert batch["mask"].sum(1).max() <= 5


def test_examples_of_one_length_share_one_shape():
    assert Padded(examples([4] * 9), 2, buckets=3).lengths == (4,)


def test_what_cannot_be_batched_is_refused():
    with pytest.raises(ValueError, match="no examples"):
        Padded([], 2)
    with pytest.raises(ValueError, match="0 rows"):
        Padded(examples(), 0)
    uneven = [{"ids": np.zeros(3), "tags": np.zeros(2)}]
    with pytest.raises(ValueError, match="example 0 .* different lengths"):
        Padded(uneven, 1)


def test_what_stands_beside_has_the_width_of_its_bucket():
    words = [np.arange(1, 1 + (7 * n) % 5, dtype=np.int32) for n in LENGTHS]
    given = [e | {"words": w} for e, w in zip(examples(), words, strict=True)]
    padded = Padded(given, 2, buckets=3, limit=6, beside=("words",))
    widths, seen = {}, 0
    for batch in padded.batches(epochs=1):
        length, width = batch["mask"].shape[1], batch["words"].shape[1]
        assert widths.setdefault(length, width) == width
        for label, row in zip(batch["label"], batch["words"], strict=True):
            if label:
                expected, seen = words[label - 1], seen + 1
                np.testing.assert_array_equal(row[: len(expected)], expected)
                assert not row[len(expected) :].any()
    assert seen == len(LENGTHS)
