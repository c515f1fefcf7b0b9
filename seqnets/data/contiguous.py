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


class ContiguousBatches(Batches):
    """Documents laid end to end, cut into B rows that are read side by side.

    Each symbol of each document is a target exactly once an epoch. A document's first
    input is `bos`; a row that begins inside a document has the symbol before as its
    first input. Row b of a batch continues row b of the one before.

    Yields "inputs" and "targets", int32 [B, T]; "mask", bool [B, T], False where there
    is no symbol; "reset", bool [B, T], True at the first step of each document and, as
    nothing was carried there, of each row; "rows", bool [B], True where a row has a
    symbol.

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
    ):
        """Lays the documents out.

        Args:
          documents: ids, [N_i] each; where a document's end is to be predicted, it
            ends with the id of `<EOS>`.
          batch_size: number of rows, B.
          length: number of steps of a batch, T.
          bos: the input before a document, by custom the id of `<EOS>`.
          partial: whether the text may be shorter than one batch, for evaluation.

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
        super().__init__(row, length, seed=0, shuffle=False)
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

    def _batch(self, item: np.ndarray) -> Batch:
        here = slice(item[0], item[0] + self._length)
        batch = {name: rows[:, here].copy() for name, rows in self._rows.items()}
        return batch | {"rows": batch["mask"].any(1)}
