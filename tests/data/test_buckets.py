"""Every example has a row of its own, once an epoch, whatever the buckets."""

import numpy as np
import pytest

from seqnets.data.buckets import (
    BucketedBatches,
    collate,
    pad,
    report_cuts,
    round_up_length,
)

LENGTHS = [3, 9, 1, 4, 4, 7, 2, 8, 5, 12, 6]


def bucketed(given, batch_size, **options):
    return BucketedBatches(given, batch_size, ragged={"ids": "mask"}, **options)


def examples(lengths=LENGTHS):
    """Each holds its own number, which is also its label."""
    return [
        {"ids": np.full(n, i + 1, np.int32), "label": np.int32(i + 1)}
        for i, n in enumerate(lengths)
    ]


@pytest.mark.parametrize("buckets", [1, 3, 50])
@pytest.mark.parametrize("shuffle", [False, True])
def test_an_epoch_holds_each_example_once_whole(buckets, shuffle):
    data = bucketed(examples(), 2, buckets=buckets, shuffle=shuffle)
    seen = []
    for batch in data.batches(epochs=1):
        assert batch["ids"].shape == batch["mask"].shape
        assert batch["ids"].shape[1] in data.lengths
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
        data = bucketed(examples(), 2, buckets=buckets)
        return sum((~b["mask"][b["rows"]]).sum() for b in data.batches(epochs=1))

    assert waste(4) < waste(2) < waste(1)


@pytest.mark.parametrize("start", [0, 1, 5, 6, 13])
def test_seeking_equals_skipping(start):
    data = bucketed(examples(), 2, buckets=2, seed=3)
    skipped = list(data.batches(epochs=3))[start:]
    for ours, theirs in zip(data.batches(start, epochs=3), skipped, strict=True):
        for name in ours:
            np.testing.assert_array_equal(ours[name], theirs[name])


def test_epochs_and_seeds_have_orders_of_their_own():
    def labels(seed, epoch):
        data = bucketed(examples(), 3, buckets=2, seed=seed)
        steps = data.steps_per_epoch
        batches = data.batches(epoch * steps, epoch + 1)
        return [tuple(batch["label"]) for batch in batches]

    assert labels(0, 0) == labels(0, 0)
    assert labels(0, 0) != labels(0, 1)
    assert labels(0, 0) != labels(1, 0)


def test_examples_of_one_length_share_one_shape():
    assert bucketed(examples([4] * 9), 2, buckets=3).lengths == (4,)


@pytest.mark.parametrize("shuffle", [False, True])
def test_the_index_tells_which_example_a_row_holds(shuffle):
    for batch in bucketed(examples(), 4, buckets=2, shuffle=shuffle).batches(epochs=1):
        assert batch["index"].dtype == np.int32
        expected = np.where(batch["rows"], batch["label"] - 1, 0)
        np.testing.assert_array_equal(batch["index"], expected)


def test_what_cannot_be_batched_is_refused():
    with pytest.raises(ValueError, match="no examples"):
        bucketed([], 2)
    with pytest.raises(ValueError, match="0 rows"):
        bucketed(examples(), 0)
    uneven = [{"ids": np.zeros(3), "tags": np.zeros(2)}]
    with pytest.raises(ValueError, match="example 0 .* different lengths"):
        BucketedBatches(uneven, 1, ragged={"ids": "mask", "tags": "mask"})


RAGGED = {"ids": "mask", "words": "word_mask"}


def two_lengths():
    words = [np.arange(1, 1 + (7 * n) % 5, dtype=np.int32) for n in LENGTHS]
    return [e | {"words": w} for e, w in zip(examples(), words, strict=True)]


def test_fields_of_another_mask_are_padded_to_the_longest_of_their_bucket():
    data = BucketedBatches(two_lengths(), 2, ragged=RAGGED, buckets=3)
    widths, seen = {}, 0
    for batch in data.batches(epochs=1):
        length, width = batch["mask"].shape[1], batch["words"].shape[1]
        assert widths.setdefault(length, width) == width
        assert batch["word_mask"].shape == batch["words"].shape
        for label, row, mask in zip(
            batch["label"], batch["words"], batch["word_mask"], strict=True
        ):
            if label:
                expected, seen = two_lengths()[label - 1]["words"], seen + 1
                np.testing.assert_array_equal(row[mask], expected)
                assert mask[: len(expected)].all() and not row[~mask].any()
            else:
                assert not mask.any()
    assert seen == len(LENGTHS)


def test_buckets_are_divided_by_the_length_of_the_second_mask():
    def read(parts):
        options = {"ragged": RAGGED, "buckets": 2, "parts": parts, "shuffle": False}
        data = BucketedBatches(two_lengths(), 2, **options)
        batches = list(data.batches(epochs=1))
        assert len(batches) == data.steps_per_epoch
        rows = np.concatenate([b["label"][b["rows"]] for b in batches])
        assert sorted(rows) == [*range(1, len(LENGTHS) + 1)]
        return data.lengths, sum(b["word_mask"].size for b in batches)

    (lengths, padded), (same, less) = read(parts=1), read(parts=3)
    assert same == lengths and less < padded


def test_fields_of_fixed_shape_are_stacked():
    given = [e | {"picture": np.full((2, 3), e["label"])} for e in examples()]
    batch = next(bucketed(given, 4).batches())
    assert batch["picture"].shape == (4, 2, 3)
    assert (batch["picture"] == batch["label"][:, None, None]).all()


def test_examples_without_steps_are_padded_to_one():
    (batch,) = bucketed(examples([0, 0]), 2).batches(epochs=1)
    assert batch["ids"].shape == (2, 1) and not batch["mask"].any()


def test_a_batch_can_be_collated_in_ones_own_way():
    def add_up(given, rows, widths):
        total = np.zeros(rows, np.int32)
        total[: len(given)] = [e["ids"].sum() for e in given]
        return {"total": total, "width": np.full(rows, widths["mask"])}

    data = bucketed(examples(), 4, buckets=2, collate=add_up)
    for batch in data.batches(epochs=1):
        lengths = np.array(LENGTHS)[batch["index"]]
        expected = np.where(batch["rows"], (batch["index"] + 1) * lengths, 0)
        np.testing.assert_array_equal(batch["total"], expected)
        assert (batch["width"] >= lengths * batch["rows"]).all()


def test_one_batch_of_any_examples_has_a_rounded_up_length():
    batch = collate(two_lengths()[:3], RAGGED, rows=4)
    assert batch["ids"].shape == (4, 16) and batch["words"].shape == (4, 8)
    np.testing.assert_array_equal(batch["mask"].sum(1), [3, 9, 1, 0])
    np.testing.assert_array_equal(batch["rows"], [True, True, True, False])
    np.testing.assert_array_equal(batch["index"], [0, 1, 2, 0])
    assert collate([{"tokens": np.zeros(0, np.int32)}])["tokens"].shape == (1, 8)


def test_lengths_are_rounded_up_to_powers_of_two():
    assert [round_up_length(n) for n in (0, 1, 8, 9, 16, 17)] == [8, 8, 8, 16, 16, 32]


def test_padding_and_its_mask():
    rows, mask = pad([np.array([1, 2]), np.array([3]), np.array([], int)], 3)
    np.testing.assert_array_equal(rows, [[1, 2, 0], [3, 0, 0], [0, 0, 0]])
    np.testing.assert_array_equal(mask, [[1, 1, 0], [1, 0, 0], [0, 0, 0]])
    assert pad([np.ones((2, 5)), np.ones((4, 5))])[0].shape == (2, 4, 5)
    with pytest.raises(ValueError, match="4 is longer than a row, 3"):
        pad([np.ones(4)], 3)
    for nothing in ([], np.zeros((0, 3))):
        with pytest.raises(ValueError, match="pad needs one row or more"):
            pad(nothing)


def test_cuts_are_reported_only_where_there_are_some(caplog):
    report_cuts(0, 9, "valid", "texts", 5)
    assert not caplog.records
    report_cuts(2, 9, "valid", "texts", 5)
    assert "2 of 9 valid texts are longer than limit = 5" in caplog.text
