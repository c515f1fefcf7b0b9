"""Batches of fixed shape as a pure function of the position in the training.

Three ways to lay sequences out in `[B, T]`, with companions: `mask` is False where
there is nothing, and `reset` is True at the first step of a sequence, where a
recurrence starts afresh. `Stream` carries the state from batch to batch (truncated
back-propagation through time); `Packed` starts each row anew; `padded.py` gives each
sequence a row of its own.
"""

import bisect
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

Batch = dict[str, np.ndarray]


def shifted(sequence: np.ndarray, bos: int) -> Batch:
    """Poses a sequence of ids as next-symbol prediction.

    Args:
      sequence: [N].
      bos: the input at the first step.

    Returns:
      "targets", the sequence, and "inputs", the symbol before each; int32 [N].
    """
    targets = np.asarray(sequence, np.int32)
    inputs = np.concatenate([np.full(1, bos, np.int32), targets])[: len(targets)]
    return {"inputs": inputs, "targets": targets}


class Stream:
    """Documents laid end to end, cut into B rows that are read side by side.

    Each symbol of each document is a target exactly once an epoch. A document's first
    input is `bos`; a row that begins inside a document has the symbol before as its
    first input. `reset` marks each document's first step and, as nothing was carried
    there, the first step of each row. Row b of a batch continues row b of the one
    before.

    Attributes:
      size: the number of symbols, N.
      steps_per_epoch: the number of batches that hold them.
    """

    def __init__(
        self,
        documents: Sequence[np.ndarray],
        batch_size: int,
        length: int,
        *,
        bos: int,
        partial: bool = False,
    ):
        """Lays the documents out.

        Args:
          documents: ids, [N_i] each; where a document's end is to be predicted, it
            ends with the id of `<EOS>`.
          batch_size: the number of rows, B.
          length: the number of steps of a batch, T.
          bos: the input before a document, by custom the id of `<EOS>`.
          partial: lets a text be shorter than one batch, for evaluation.

        Raises:
          ValueError: the text is empty, or shorter than one batch.
        """
        _check_shape(batch_size, length)
        documents = [document for document in documents if len(document)]
        self.size = sum(map(len, documents))
        if self.size < (1 if partial else batch_size * length):
            raise ValueError(
                f"a text of {self.size} symbols is shorter than one batch of "
                f"{batch_size} rows of {length} steps"
            )
        self._length = length
        row = -(-self.size // batch_size)
        self.steps_per_epoch = -(-row // length)

        examples = [shifted(document, bos) for document in documents]
        first = np.zeros(self.size, bool)
        first[np.cumsum([0, *map(len, documents[:-1])])] = True
        first[::row] = True
        flat = {
            "inputs": np.concatenate([example["inputs"] for example in examples]),
            "targets": np.concatenate([example["targets"] for example in examples]),
            "mask": np.ones(self.size, bool),
            "reset": first,
        }
        self._rows = {}
        for name, values in flat.items():
            rows = np.zeros((batch_size, row), values.dtype)
            rows.reshape(-1)[: self.size] = values
            missing = self.steps_per_epoch * length - row
            self._rows[name] = np.pad(rows, ((0, 0), (0, missing)))

    def batches(self, start: int = 0, epochs: int | None = None) -> Iterator[Batch]:
        """Reads on from the batch after `start` batches.

        Args:
          start: batches already taken, of all epochs.
          epochs: where to end, counted from batch 0; None = never.

        Yields:
          "inputs" and "targets", int32 [B, T]; "mask" and "reset", bool [B, T].
        """
        step = start
        while epochs is None or step < epochs * self.steps_per_epoch:
            begin = step % self.steps_per_epoch * self._length
            yield {
                name: rows[:, begin : begin + self._length].copy()
                for name, rows in self._rows.items()
            }
            step += 1


class Packed:
    """Short sequences set side by side in rows of T steps.

    What a sequence is made of is the caller's: any arrays of one length, such as
    `shifted` makes of ids, or words and their tags. Sequences longer than T are cut in
    pieces of T, each with its own reset. A row is never carried into the next batch.

    Attributes:
      cut: the number of sequences that were cut.
      steps_per_epoch: the number of batches that hold all sequences once.
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
          batch_size: the number of rows, B; missing rows of the last batch are masked.
          length: the number of steps of a row, T.
          seed: of the orders.
          shuffle: which sequences share a row is drawn once, and the order of the rows
            for each epoch; without, both follow from the order of the sequences.

        Raises:
          ValueError: there is nothing to pack, or the arrays of one sequence differ in
            length.
        """
        _check_shape(batch_size, length)
        sizes = [_size(sequence, i) for i, sequence in enumerate(sequences)]
        if not any(sizes):
            raise ValueError(f"nothing to pack in {len(sizes)} sequences")
        self.cut = sum(size > length for size in sizes)
        self._sequences, self._length = sequences, length
        self._batch_size, self._seed, self._shuffle = batch_size, seed, shuffle

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
        self.steps_per_epoch = -(-len(rows) // batch_size)

    def batches(self, start: int = 0, epochs: int | None = None) -> Iterator[Batch]:
        """Reads on from the batch after `start` batches.

        Args:
          start: batches already taken, of all epochs.
          epochs: where to end, counted from batch 0; None = never.

        Yields:
          Each of the sequences' names, [B, T, ...]; "mask" and "reset", bool [B, T].
        """
        step = start
        while epochs is None or step < epochs * self.steps_per_epoch:
            epoch, step_of_epoch = divmod(step, self.steps_per_epoch)
            if step == start or step_of_epoch == 0:
                order = self._order(epoch)
            begin = step_of_epoch * self._batch_size
            yield self._batch(order[begin : begin + self._batch_size])
            step += 1

    def _order(self, epoch: int) -> np.ndarray:
        if not self._shuffle:
            return np.arange(len(self._rows))
        return np.random.default_rng((self._seed, epoch)).permutation(len(self._rows))

    def _batch(self, rows: np.ndarray) -> Batch:
        shape = (self._batch_size, self._length)
        batch = {
            name: np.zeros(shape + values.shape[1:], values.dtype)
            for name, values in self._sequences[0].items()
        }
        batch |= {"mask": np.zeros(shape, bool), "reset": np.zeros(shape, bool)}
        for b, row in enumerate(rows):
            t = 0
            for i, begin, end in self._rows[row]:
                here = slice(t, t + end - begin)
                for name, values in self._sequences[i].items():
                    batch[name][b, here] = values[begin:end]
                batch["mask"][b, here] = True
                batch["reset"][b, t] = True
                t += end - begin
        return batch


def pack(lengths: Sequence[int], capacity: int) -> list[list[int]]:
    """Sets items in rows: each in the fullest row that still has room for it.

    Args:
      lengths: of the items, in the order in which they are set.
      capacity: of a row.

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


def pad(
    sequences: Sequence[np.ndarray], length: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Sets each sequence in a row of its own.

    Args:
      sequences: B arrays, [N_i, ...].
      length: of a row, T; that of the longest sequence by default.

    Returns:
      The rows [B, T, ...], zero after each end, and their mask [B, T].

    Raises:
      ValueError: a sequence is longer than a row.
    """
    lengths = [len(sequence) for sequence in sequences]
    length = max(lengths) if length is None else length
    if max(lengths) > length:
        raise ValueError(f"a sequence of {max(lengths)} is longer than a row, {length}")
    first = np.asarray(sequences[0])
    rows = np.zeros((len(sequences), length, *first.shape[1:]), first.dtype)
    for row, sequence in zip(rows, sequences, strict=True):
        row[: len(sequence)] = sequence
    return rows, lengths_to_mask(lengths, length)


def roomy(length: int, least: int = 8) -> int:
    """Returns the power of two that holds a length, so that few shapes are compiled."""
    return max(least, 1 << (length - 1).bit_length())


def lengths_to_mask(lengths: Sequence[int], length: int) -> np.ndarray:
    """True at the first `lengths[b]` steps of row b: bool [B, T] for T = `length`."""
    return np.arange(length) < np.asarray(lengths)[:, None]


def _check_shape(batch_size: int, length: int) -> None:
    if batch_size < 1 or length < 1:
        raise ValueError(f"no batch has {batch_size} rows of {length} steps")


def _size(sequence: Mapping[str, np.ndarray], place: int) -> int:
    sizes = {name: len(values) for name, values in sequence.items()}
    if len(set(sizes.values())) != 1:
        raise ValueError(f"sequence {place} has arrays of different lengths: {sizes}")
    return next(iter(sizes.values()))
