"""Nothing is lost, nothing comes twice, and the state is reset where it should be."""

import itertools

import numpy as np
import pytest

from seqnets.data import batching

BOS = 0


def documents(*lengths):
    """Distinct ids throughout, so that each can be followed to its place."""
    ends = np.cumsum(lengths)
    return [np.arange(e - n, e) + 1 for n, e in zip(lengths, ends, strict=True)]


def take(batches, count):
    return list(itertools.islice(batches, count))


def joined(batches, name):
    """One epoch's windows side by side: [B, steps · T]."""
    return np.concatenate([batch[name] for batch in batches], axis=1)


STREAMS = [
    ((30,), 3, 5),  # Rows come out even.
    ((7, 1, 12, 3), 2, 4),  # The last window and row are padded.
    ((1, 1, 1, 1, 1), 2, 2),
    ((29,), 4, 7),
]


@pytest.mark.parametrize(("lengths", "rows", "length"), STREAMS)
def test_a_stream_predicts_each_symbol_once_an_epoch_in_order(lengths, rows, length):
    stream = batching.Stream(documents(*lengths), rows, length, bos=BOS)
    batches = list(stream.batches(epochs=1))

    assert len(batches) == stream.steps_per_epoch
    assert all(batch["targets"].shape == (rows, length) for batch in batches)
    targets, mask = joined(batches, "targets"), joined(batches, "mask")
    np.testing.assert_array_equal(targets[mask], np.arange(sum(lengths)) + 1)
    assert stream.size == mask.sum() == sum(lengths)


@pytest.mark.parametrize(("lengths", "rows", "length"), STREAMS)
def test_a_stream_reads_the_symbol_before_and_bos_before_a_document(
    lengths, rows, length
):
    stream = batching.Stream(documents(*lengths), rows, length, bos=BOS)
    batches = list(stream.batches(epochs=1))
    targets, mask = joined(batches, "targets"), joined(batches, "mask")
    starts = {document[0] for document in documents(*lengths)}

    expected = [BOS if t in starts else t - 1 for t in targets[mask]]
    np.testing.assert_array_equal(joined(batches, "inputs")[mask], expected)


@pytest.mark.parametrize(("lengths", "rows", "length"), STREAMS)
def test_a_stream_resets_where_documents_and_rows_begin(lengths, rows, length):
    stream = batching.Stream(documents(*lengths), rows, length, bos=BOS)
    batches = list(stream.batches(epochs=1))
    targets, mask = joined(batches, "targets"), joined(batches, "mask")
    starts = [document[0] for document in documents(*lengths)]

    expected = np.isin(targets, starts) & mask
    expected[:, 0] |= mask[:, 0]
    np.testing.assert_array_equal(joined(batches, "reset"), expected)


def test_documents_that_are_empty_leave_no_trace():
    empty = np.zeros(0, int)
    one, two = documents(5, 5)
    plain = batching.Stream([one, two], 2, 3, bos=BOS)
    other = batching.Stream([empty, one, empty, two, empty], 2, 3, bos=BOS)
    assert_same(plain.batches(epochs=1), other.batches(epochs=1))


def assert_same(batches, others):
    for batch, other in zip(batches, others, strict=True):
        assert batch.keys() == other.keys()
        for name in batch:
            np.testing.assert_array_equal(batch[name], other[name])


def packed(lengths, rows=3, length=8, **options):
    sequences = [batching.shifted(d, BOS) for d in documents(*lengths)]
    return batching.Packed(sequences, rows, length, **options)


LENGTHS = [5, 3, 8, 1, 1, 6, 2, 7, 4, 4, 2, 5, 1, 8]


@pytest.mark.parametrize("start", [0, 1, 2, 3, 7])
@pytest.mark.parametrize(
    "data",
    [batching.Stream(documents(7, 9), 2, 3, bos=BOS), packed(LENGTHS, seed=3)],
    ids=["stream", "packed"],
)
def test_seeking_equals_skipping(data, start):
    skipped = take(data.batches(), start + 5)[start:]
    assert_same(skipped, take(data.batches(start), 5))


def test_a_short_text_is_refused_with_the_numbers_unless_partial():
    with pytest.raises(ValueError, match="5 symbols .* 2 rows of 3 steps"):
        batching.Stream(documents(5), 2, 3, bos=BOS)
    (batch,) = batching.Stream(documents(5), 8, 3, bos=BOS, partial=True).batches(
        epochs=1
    )
    np.testing.assert_array_equal(batch["targets"][batch["mask"]], [1, 2, 3, 4, 5])
    with pytest.raises(ValueError, match="0 symbols"):
        batching.Stream([], 8, 3, bos=BOS, partial=True)


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("lengths", [LENGTHS, [1], [8, 8], [20, 3, 9]])
def test_packing_neither_loses_nor_repeats(lengths, shuffle):
    data = packed(lengths, shuffle=shuffle)
    for epoch in range(2):
        start = epoch * data.steps_per_epoch
        batches = take(data.batches(start), data.steps_per_epoch)
        seen = np.concatenate([b["targets"][b["mask"]] for b in batches])
        np.testing.assert_array_equal(np.sort(seen), np.arange(sum(lengths)) + 1)
        assert not any(b["targets"][~b["mask"]].any() for b in batches)
    assert data.cut == sum(n > 8 for n in lengths)


def test_packed_sequences_stay_whole_and_reset_at_their_first_steps():
    data = packed(LENGTHS)
    runs = []
    for batch in data.batches(epochs=1):
        for targets, inputs, mask, reset in zip(
            *(batch[k] for k in ("targets", "inputs", "mask", "reset")), strict=True
        ):
            np.testing.assert_array_equal(reset[~mask], False)
            np.testing.assert_array_equal(inputs[reset], BOS)
            np.testing.assert_array_equal(
                inputs[mask & ~reset], targets[mask & ~reset] - 1
            )
            runs += np.split(targets[mask], np.nonzero(reset)[0][1:])
    found = sorted(tuple(run) for run in runs if len(run))
    assert found == sorted(tuple(d) for d in documents(*LENGTHS))


def test_each_epoch_has_its_own_order_and_the_seed_decides():
    data = packed(LENGTHS, rows=1)
    first = [b["targets"][0, 0] for b in data.batches(epochs=1)]
    both = [b["targets"][0, 0] for b in data.batches(epochs=2)]
    assert both[: len(first)] == first
    assert both[len(first) :] != first
    assert sorted(both[len(first) :]) == sorted(first)
    assert_same(data.batches(epochs=2), packed(LENGTHS, rows=1).batches(epochs=2))


def test_a_sequence_may_be_of_any_arrays_of_one_length():
    sequences = [{"x": np.ones((2, 3), np.float32), "tag": np.array([4, 5])}]
    (batch,) = batching.Packed(sequences, 2, 4).batches(epochs=1)
    assert batch["x"].shape == (2, 4, 3) and batch["x"].dtype == np.float32
    np.testing.assert_array_equal(batch["tag"], [[4, 5, 0, 0], [0, 0, 0, 0]])
    with pytest.raises(ValueError, match="sequence 1 .*'x': 2, 'tag': 3"):
        batching.Packed([*sequences, {"x": np.ones(2), "tag": np.ones(3)}], 2, 4)
    with pytest.raises(ValueError, match="nothing to pack"):
        batching.Packed([], 2, 4)


def test_rows_are_filled_best_fit_and_never_over():
    assert batching.pack([5, 6, 2, 3, 8], 8) == [[0, 3], [1, 2], [4]]
    lengths = np.random.default_rng(0).integers(1, 33, 500).tolist()
    rows = batching.pack(lengths, 64)
    assert sorted(itertools.chain(*rows)) == list(range(500))
    assert max(sum(lengths[i] for i in row) for row in rows) <= 64
    assert sum(lengths) / (64 * len(rows)) > 0.97
    with pytest.raises(ValueError, match="9 does not fit in rows of 8"):
        batching.pack([9], 8)


@pytest.mark.parametrize(("rows", "length"), [(0, 3), (2, 0)])
def test_batches_of_no_size_are_refused(rows, length):
    with pytest.raises(ValueError, match=f"{rows} rows of {length} steps"):
        batching.Stream(documents(5), rows, length, bos=BOS)
    with pytest.raises(ValueError, match=f"{rows} rows of {length} steps"):
        packed([1, 2], rows, length)


def test_padding_and_its_mask():
    rows, mask = batching.pad([np.array([1, 2]), np.array([3]), np.array([], int)], 3)
    np.testing.assert_array_equal(rows, [[1, 2, 0], [3, 0, 0], [0, 0, 0]])
    np.testing.assert_array_equal(mask, batching.lengths_to_mask([2, 1, 0], 3))
    np.testing.assert_array_equal(mask.sum(axis=1), [2, 1, 0])
    assert batching.pad([np.ones((2, 5)), np.ones((4, 5))])[0].shape == (2, 4, 5)
    with pytest.raises(ValueError, match="4 is longer than a row, 3"):
        batching.pad([np.ones(4)], 3)
