"""Nothing is lost and nothing comes twice when short sequences share rows."""

import itertools

import numpy as np
import pytest

from seqnets.data.contiguous import shifted
from seqnets.data.packing import PackedBatches, pack

BOS = 0


def documents(*lengths):
    """Distinct ids throughout, so that each can be followed to its place."""
    ends = np.cumsum(lengths)
    return [np.arange(e - n, e) + 1 for n, e in zip(lengths, ends, strict=True)]


def take(batches, count):
    return list(itertools.islice(batches, count))


def assert_same(batches, others):
    for batch, other in zip(batches, others, strict=True):
        assert batch.keys() == other.keys()
        for name in batch:
            np.testing.assert_array_equal(batch[name], other[name])


def packed(lengths, rows=3, length=8, **options):
    sequences = [shifted(d, BOS) for d in documents(*lengths)]
    return PackedBatches(sequences, rows, length, **options)


LENGTHS = [5, 3, 8, 1, 1, 6, 2, 7, 4, 4, 2, 5, 1, 8]


@pytest.mark.parametrize("start", [0, 1, 2, 3, 7])
def test_seeking_equals_skipping(start):
    data = packed(LENGTHS, seed=3)
    skipped = take(data.batches(), start + 5)[start:]
    assert_same(skipped, take(data.batches(start), 5))


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
    (batch,) = PackedBatches(sequences, 2, 4).batches(epochs=1)
    assert batch["x"].shape == (2, 4, 3) and batch["x"].dtype == np.float32
    np.testing.assert_array_equal(batch["tag"], [[4, 5, 0, 0], [0, 0, 0, 0]])
    with pytest.raises(ValueError, match="example 1 .*'x': 2, 'tag': 3"):
        PackedBatches([*sequences, {"x": np.ones(2), "tag": np.ones(3)}], 2, 4)
    with pytest.raises(ValueError, match="nothing to pack"):
        PackedBatches([], 2, 4)


def test_rows_are_filled_best_fit_and_never_over():
    assert pack([5, 6, 2, 3, 8], 8) == [[0, 3], [1, 2], [4]]
    lengths = np.random.default_rng(0).integers(1, 33, 500).tolist()
    rows = pack(lengths, 64)
    assert sorted(itertools.chain(*rows)) == list(range(500))
    assert max(sum(lengths[i] for i in row) for row in rows) <= 64
    assert sum(lengths) / (64 * len(rows)) > 0.97
    with pytest.raises(ValueError, match="9 does not fit in rows of 8"):
        pack([9], 8)


@pytest.mark.parametrize(("rows", "length"), [(0, 3), (2, 0)])
def test_batches_of_no_size_are_refused(rows, length):
    with pytest.raises(ValueError, match=f"{rows} rows of {length} steps"):
        packed([1, 2], rows, length)
