"""Each symbol is predicted once, and the state is reset where it should be."""

import itertools

import numpy as np
import pytest

from seqnets.data.contiguous import ContiguousBatches, contexts

BOS = 0


def documents(*lengths):
    """Distinct ids throughout, so that each can be followed to its place."""
    ends = np.cumsum(lengths)
    return [np.arange(e - n, e) + 1 for n, e in zip(lengths, ends, strict=True)]


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
def test_a_text_predicts_each_symbol_once_an_epoch_in_order(lengths, rows, length):
    data = ContiguousBatches(documents(*lengths), rows, length, bos=BOS)
    batches = list(data.batches(epochs=1))

    assert len(batches) == data.steps_per_epoch
    assert all(batch["targets"].shape == (rows, length) for batch in batches)
    targets, mask = joined(batches, "targets"), joined(batches, "mask")
    np.testing.assert_array_equal(targets[mask], np.arange(sum(lengths)) + 1)
    assert data.size == mask.sum() == sum(lengths)


@pytest.mark.parametrize(("lengths", "rows", "length"), STREAMS)
def test_a_text_reads_the_symbol_before_and_bos_before_a_document(
    lengths, rows, length
):
    data = ContiguousBatches(documents(*lengths), rows, length, bos=BOS)
    batches = list(data.batches(epochs=1))
    targets, mask = joined(batches, "targets"), joined(batches, "mask")
    starts = {document[0] for document in documents(*lengths)}

    expected = [BOS if t in starts else t - 1 for t in targets[mask]]
    np.testing.assert_array_equal(joined(batches, "inputs")[mask], expected)


@pytest.mark.parametrize(("lengths", "rows", "length"), STREAMS)
def test_a_text_resets_where_documents_and_rows_begin(lengths, rows, length):
    data = ContiguousBatches(documents(*lengths), rows, length, bos=BOS)
    batches = list(data.batches(epochs=1))
    targets, mask = joined(batches, "targets"), joined(batches, "mask")
    starts = [document[0] for document in documents(*lengths)]

    expected = np.isin(targets, starts) & mask
    expected[:, 0] |= mask[:, 0]
    np.testing.assert_array_equal(joined(batches, "reset"), expected)


@pytest.mark.parametrize("warm_up", [0, 1, 6, 1000])
@pytest.mark.parametrize(("lengths", "rows", "length"), STREAMS)
def test_a_row_first_reads_the_symbols_before_it_and_counts_them_nowhere(
    lengths, rows, length, warm_up
):
    options = {"bos": BOS, "partial": True}
    cold = ContiguousBatches(documents(*lengths), rows, length, **options)
    cold = list(cold.batches(epochs=1))
    warm = ContiguousBatches(
        documents(*lengths), rows, length, **options, warm_up=warm_up
    )
    warm = list(warm.batches(epochs=1))
    read, mask, counted, reset, before = (
        joined(warm, name) for name in ("targets", "mask", "counted", "reset", "inputs")
    )
    starts = {document[0] for document in documents(*lengths)}
    targets, rows_have = joined(cold, "targets"), joined(cold, "mask")
    for b in np.flatnonzero(rows_have.any(1)):
        own = targets[b, rows_have[b]]
        np.testing.assert_array_equal(read[b, counted[b]], own)
        first = max(1, own[0] - warm_up)  # The text is 1, 2, 3 ...
        seen = np.arange(first, own[-1] + 1)
        np.testing.assert_array_equal(read[b, mask[b]], seen)
        np.testing.assert_array_equal(
            before[b, mask[b]], [BOS if t in starts else t - 1 for t in seen]
        )
        begun = [t in starts or t == first for t in seen]
        np.testing.assert_array_equal(reset[b, mask[b]], begun)
    assert counted.sum() == sum(lengths) and not (counted & ~mask).any()


def test_pieces_of_a_text_end_with_its_lines_and_not_with_it():
    text = "".join(f"line {i}\n" for i in range(200))
    found = contexts([text], "\n", count=3, length=20)
    assert len(set(found)) == 3 and {len(piece) for piece in found} == {20}
    assert all(piece in text and piece.endswith("\n") for piece in found)
    words = [["a", "<EOS>", "b", "c"], ["d", "<EOS>", "e", "f", "g", "<EOS>"]]
    found = contexts(words, "<EOS>", count=4, length=3)
    assert found == [["a", "<EOS>"], ["d", "<EOS>"], ["<EOS>", "e", "f"]]
    for documents_ in (["x"], ["no line end", "y\n"]):
        for piece in contexts(documents_, "\n"):
            (own,) = (d for d in documents_ if d.startswith(piece))
            assert 0 < len(piece) < len(own)


def test_documents_that_are_empty_leave_no_trace():
    empty = np.zeros(0, int)
    one, two = documents(5, 5)
    plain = ContiguousBatches([one, two], 2, 3, bos=BOS)
    other = ContiguousBatches([empty, one, empty, two, empty], 2, 3, bos=BOS)
    assert_same(plain.batches(epochs=1), other.batches(epochs=1))


def assert_same(batches, others):
    for batch, other in zip(batches, others, strict=True):
        assert batch.keys() == other.keys()
        for name in batch:
            np.testing.assert_array_equal(batch[name], other[name])


@pytest.mark.parametrize("start", [0, 1, 2, 3, 7])
def test_seeking_equals_skipping(start):
    data = ContiguousBatches(documents(7, 9), 2, 3, bos=BOS)
    skipped = itertools.islice(data.batches(), start, start + 5)
    assert_same(skipped, itertools.islice(data.batches(start), 5))


def test_rows_are_those_that_have_a_symbol():
    data = ContiguousBatches(documents(5), 8, 3, bos=BOS, partial=True)
    for batch in data.batches(epochs=1):
        np.testing.assert_array_equal(batch["rows"], batch["mask"].any(1))


def test_what_a_batch_holds_can_be_changed_without_harm():
    data = ContiguousBatches(documents(7, 9), 2, 3, bos=BOS)
    next(data.batches())["targets"][:] = 99
    assert next(data.batches())["targets"].max() < 99


def test_a_short_text_is_refused_with_the_numbers_unless_partial():
    with pytest.raises(ValueError, match="5 symbols .* 2 rows of 3 steps"):
        ContiguousBatches(documents(5), 2, 3, bos=BOS)
    (batch,) = ContiguousBatches(documents(5), 8, 3, bos=BOS, partial=True).batches(
        epochs=1
    )
    np.testing.assert_array_equal(batch["targets"][batch["mask"]], [1, 2, 3, 4, 5])
    with pytest.raises(ValueError, match="0 symbols"):
        ContiguousBatches([], 8, 3, bos=BOS, partial=True)


@pytest.mark.parametrize(("rows", "length"), [(0, 3), (2, 0)])
def test_batches_of_no_size_are_refused(rows, length):
    with pytest.raises(ValueError, match=f"{rows} rows of {length} steps"):
        ContiguousBatches(documents(5), rows, length, bos=BOS)
