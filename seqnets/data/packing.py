"""Short sequences side by side in the rows of a batch."""

import bisect
from collections.abc import Mapping, Sequence

import numpy as np

from seqnets.data.batching import Batch, Batches, require_rows
from seqnets.data.buckets import lengths_of, pad_examples


class PackedBatches(Batches):
    """Short sequences set side by side in rows of T steps.

    A sequence is a dict of arrays of one length, such as what `contiguous.shifted`
    makes of ids, or words and their tags. Sequences longer than T are cut in pieces of
    T, each with its own reset. A row is never carried into the next batch.

    Yields each of the sequences' names, [B, T, ...]; "mask", bool [B, T], False where
    there is nothing; "reset", bool [B, T], True at the first step of each piece;
    "rows", bool [B], True where a row has a piece.

    Attributes:
      cut: the number of sequences that were cut.
    """

    def __init__(
        self,
        sequences: Sequence[Mapping[str, np.ndarray]],
        batch_size: int,
        length: int,
        *,
        seed: int = 0,
        shuffle: bool = True,
    ):
        """Packs the sequences.

        Args:
          sequences: name -> array [N_i, ...], the same names for all.
          batch_size: number of rows, B; missing rows of the last batch are masked.
          length: number of steps of a row, T.
          seed: seed of the orders.
          shuffle: whether the sequences that share a row are drawn, once, and the order
            of the rows, for each epoch; otherwise both follow from the given order.

        Raises:
          ValueError: there is nothing to pack, or the arrays of one sequence differ in
            length.
        """
        require_rows(batch_size, length)
        mask = dict.fromkeys(sequences[0], "mask") if sequences else {}
        sizes = [lengths_of(s, mask, i)["mask"] for i, s in enumerate(sequences)]
        if not any(sizes):
            raise ValueError(f"nothing to pack in {len(sizes)} sequences")
        self.cut = sum(size > length for size in sizes)
        self._sequences, self._length = sequences, length
        order = range(len(sizes))
        if shuffle:
            order = np.random.default_rng(seed).permutation(len(sizes))
        pieces = [
            (i, begin, min(begin + length, sizes[i]))
            for i in order
            for begin in range(0, sizes[i], length)
        ]
        rows = pack([end - begin for _, begin, end in pieces], length)
        self._rows = [[pieces[k] for k in row] for row in rows]
        super().__init__(len(rows), batch_size, seed=seed, shuffle=shuffle)

    def _batch(self, item: np.ndarray) -> Batch:
        rows = [self._row(self._rows[place]) for place in item]
        ragged, widths = dict.fromkeys(rows[0], "mask"), {"mask": self._length}
        batch = pad_examples(rows, self._batch_size, widths, ragged=ragged)
        return batch | {"rows": batch["mask"].any(1)}

    def _row(self, pieces: Sequence[tuple[int, int, int]]) -> dict[str, np.ndarray]:
        """Returns the arrays of the sequences of a row, end to end."""
        parts = [
            {name: values[begin:end] for name, values in self._sequences[i].items()}
            | {"reset": np.arange(end - begin) == 0}
            for i, begin, end in pieces
        ]
        return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}


def pack(lengths: Sequence[int], capacity: int) -> list[list[int]]:
    """Sets items in rows: each in the fullest row that still has room for it.

    Args:
      lengths: lengths of the items, in the order in which they are set.
      capacity: length of a row.

    Returns:
      The items of each row.

    Raises:
      ValueError: an item does not fit in a row.
    """
    rows: list[list[int]] = []
    room: list[tuple[int, int]] = []  # (what is left, row), sorted.
    for item, length in enumerate(lengths):
        if length > capacity:
            raise ValueError(f"an item of {length} does not fit in rows of {capacity}")
        place = bisect.bisect_left(room, (length, 0))
        if place < len(room):
            left, row = room.pop(place)
        else:
            left, row = capacity, len(rows)
            rows.append([])
        rows[row].append(item)
        if left > length:
            bisect.insort(room, (left - length, row))
    return rows
