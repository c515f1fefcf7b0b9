"""Running text in the rows of a batch, for truncated back-propagation through time."""

from collections.abc import Sequence

import numpy as np

from seqnets.data.batching import Batch, Batches, require_rows


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


def contexts(
    documents: Sequence[Sequence[str]],
    line_end: str,
    *,
    count: int = 16,
    length: int = 128,
) -> list[Sequence[str]]:
    """Cuts pieces out of documents, for a language model to continue.

    The pieces are taken at even distances. Each ends with a line, unless there is no
    line end near; none ends with its document, since only the end of the text follows.

    Args:
      documents: each a `str` of characters or a list of words.
      line_end: the symbol that ends a line.
      count: the number of pieces.
      length: the number of symbols of a piece, at most.

    Returns:
      At most `count` pieces, all different, none empty.
    """
    ends, found = np.cumsum([len(document) for document in documents]), []
    for i in range(count):
        place = (i + 1) * int(ends[-1]) // (count + 1)
        which = int(np.searchsorted(ends, place, side="right"))
        document, place = documents[which], place - int(ends[which])
        place += len(document)
        lines = document[place : min(place + 1000, len(document) - 1)]
        if line_end in lines:
            place += lines.index(line_end) + 1
        piece = document[max(0, place - length) : place]
        if len(piece) and piece not in found:
            found.append(piece)
    return found


class ContiguousBatches(Batches):
    """Documents laid end to end, cut into B rows that are read side by side.

    Each symbol of each document is a target exactly once an epoch. A document's first
    input is `bos`; a row that begins inside a document has the symbol before as its
    first input. Row b of a batch continues row b of the one before.

    With a warm-up each row first reads the symbols before it, which are not counted, so
    that its state hardly depends on where rows begin. With a warm-up as long as the
    text, every row begins where the text does, and the sums are those of one row.

    Yields "inputs" and "targets", int32 [B, T]; "mask", bool [B, T], False where there
    is no symbol; "counted", bool [B, T], True at the symbols that are counted, which
    are those of "mask" without the warm-up; "reset", bool [B, T], True at the first
    step of each document and, as nothing was carried there, of each row; "rows", bool
    [B], True where a row has a symbol.

    Attributes:
      size: the number of symbols, N.
    """

    def __init__(
        self,
        documents: Sequence[np.ndarray],
        batch_size: int,
        length: int,
        *,
        bos: int,
        partial: bool = False,
        warm_up: int = 0,
    ):
        """Lays the documents out.

        Args:
          documents: ids, [N_i] each; where a document's end is to be predicted, it
            ends with the id of `<EOS>`.
          batch_size: number of rows, B.
          length: number of steps of a batch, T.
          bos: the input before a document, by custom the id of `<EOS>`.
          partial: whether the text may be shorter than one batch, for evaluation.
          warm_up: number of symbols that a row reads before those it counts; there are
            fewer before the first rows.

        Raises:
          ValueError: the text is empty, or shorter than one batch.
        """
        require_rows(batch_size, length)
        documents = [document for document in documents if len(document)]
        self.size = sum(map(len, documents))
        if self.size < (1 if partial else batch_size * length):
            raise ValueError(
                f"a text of {self.size} symbols is shorter than one batch of "
                f"{batch_size} rows of {length} steps"
            )
        self._length = length
        row = -(-self.size // batch_size)
        starts = np.arange(0, self.size, row)  # Of the rows that have symbols.
        before = np.minimum(warm_up, starts)[:, None]  # Symbols of each warm-up.
        super().__init__(int(before[-1, 0]) + row, length, seed=0, shuffle=False)

        steps = np.arange(self.steps_per_epoch * length)
        places = starts[:, None] - before + steps  # In the text.
        mask = (places < self.size) & (steps < before + row)
        first = np.zeros(self.size, bool)
        first[np.cumsum([0, *map(len, documents[:-1])])] = True
        examples = [shifted(document, bos) for document in documents]
        flat = {n: np.concatenate([e[n] for e in examples]) for n in examples[0]}
        rows = {n: values[places * mask] * mask for n, values in flat.items()}
        rows["mask"], rows["counted"] = mask, mask & (steps >= before)
        rows["reset"] = (first[places * mask] | (steps == 0)) & mask
        missing = batch_size - len(starts)
        self._rows = {n: np.pad(a, ((0, missing), (0, 0))) for n, a in rows.items()}

    def _batch(self, item: np.ndarray) -> Batch:
        here = slice(item[0], item[0] + self._length)
        batch = {name: rows[:, here].copy() for name, rows in self._rows.items()}
        return batch | {"rows": batch["mask"].any(1)}
