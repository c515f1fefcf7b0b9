"""Examples that all have one shape, as rows of arrays.

As in `batching.py`, a batch is a pure function of its position in the training.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from seqnets.data.batching import Batch


class Fixed:
    """Batches of examples, in another order every epoch; none is left out.

    Attributes:
      steps_per_epoch: the number of batches that hold all examples once.
    """

    def __init__(
        self,
        examples: Mapping[str, np.ndarray],
        batch_size: int,
        *,
        seed: int = 0,
        shuffle: bool = True,
    ):
        """Takes the examples.

        Args:
          examples: name -> array [N, ...], one row an example.
          batch_size: the number of rows of a batch, B.
          seed: of the orders.
          shuffle: draws an order for each epoch; without, theirs is kept.

        Raises:
          ValueError: there is nothing to take, or the arrays differ in length.
        """
        sizes = {name: len(array) for name, array in examples.items()}
        if len(set(sizes.values())) != 1 or not all(sizes.values()):
            raise ValueError(f"examples must be rows of all arrays, not {sizes}")
        if batch_size < 1:
            raise ValueError(f"no batch has {batch_size} rows")
        self._examples, self._batch_size = examples, batch_size
        self._seed, self._shuffle = seed, shuffle
        (self._size,) = set(sizes.values())
        self.steps_per_epoch = -(-self._size // batch_size)

    def batches(self, start: int = 0, epochs: int | None = None) -> Iterator[Batch]:
        """Reads on from the batch after `start` batches.

        Args:
          start: batches already taken, of all epochs.
          epochs: where to end, counted from batch 0; None = never.

        Yields:
          The arrays [B, ...] under their names; "rows", bool [B], False where the last
          batch of an epoch has no example.
        """
        step, rows = start, self._batch_size
        while epochs is None or step < epochs * self.steps_per_epoch:
            epoch, step_of_epoch = divmod(step, self.steps_per_epoch)
            if step == start or step_of_epoch == 0:
                order = self._order(epoch)
            members = order[step_of_epoch * rows : (step_of_epoch + 1) * rows]
            batch = {n: _filled(a[members], rows) for n, a in self._examples.items()}
            yield batch | {"rows": np.arange(rows) < len(members)}
            step += 1

    def _order(self, epoch: int) -> np.ndarray:
        if not self._shuffle:
            return np.arange(self._size)
        return np.random.default_rng((self._seed, epoch)).permutation(self._size)


def _filled(found: np.ndarray, rows: int) -> np.ndarray:
    missing = rows - len(found)
    return np.pad(found, [(0, missing)] + [(0, 0)] * (found.ndim - 1))
