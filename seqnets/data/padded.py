"""Examples in rows of their own, those of like length together.

As in `batching.py`, a batch is a pure function of its position in the training.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from seqnets.data.batching import Batch


class Padded:
    """Batches of examples, each a row; a batch is as long as its bucket.

    The examples are divided by length into buckets of equal number, so that little is
    padded and few shapes are compiled. With one bucket, all batches have one shape.

    Attributes:
      cut: the number of examples that were longer than the limit.
      lengths: T of each bucket, ascending.
      steps_per_epoch: the number of batches that hold all examples once.
    """

    def __init__(
        self,
        examples: Sequence[Mapping[str, np.ndarray]],
        batch_size: int,
        *,
        buckets: int = 1,
        limit: int | None = None,
        beside: Sequence[str] = (),
        seed: int = 0,
        shuffle: bool = True,
    ):
        """Sorts the examples into buckets.

        Args:
          examples: name -> array, the same names for all. Arrays [N_i, ...] of one
            example have one length and are padded; numbers, such as a label, are not.
          batch_size: the number of rows, B.
          buckets: how many lengths batches may have.
          limit: the longest row; of a longer example the first steps are taken.
          beside: names of arrays that have a length of their own, such as the words
            of a sentence of characters; they are padded to the longest of the bucket.
          seed: of the orders.
          shuffle: draws for each epoch which examples share a batch, and the order
            of the batches; without, both follow from lengths and the given order.

        Raises:
          ValueError: there are no examples, or no positive numbers.
        """
        if min(batch_size, buckets, 1 if limit is None else limit) < 1:
            raise ValueError(
                f"no batch has {batch_size} rows in {buckets} buckets of at most"
                f" {limit} steps"
            )
        if not examples:
            raise ValueError("there are no examples")
        self._examples, self._batch_size = examples, batch_size
        self._seed, self._shuffle = seed, shuffle
        self._beside = tuple(beside)
        self._sequences = [
            n for n, a in examples[0].items() if np.ndim(a) and n not in beside
        ]
        sizes = np.array([_size(e, self._sequences, i) for i, e in enumerate(examples)])
        self.cut = 0 if limit is None else int((sizes > limit).sum())
        sizes = sizes if limit is None else np.minimum(sizes, limit)
        by_size = np.argsort(sizes, kind="stable")
        groups = np.array_split(by_size, min(buckets, len(examples)))
        longest: dict[int, list[np.ndarray]] = {}  # T -> the examples of the bucket.
        for group in groups:
            longest.setdefault(max(1, int(sizes[group].max())), []).append(group)
        self.lengths = tuple(longest)
        self._buckets = [np.concatenate(parts) for parts in longest.values()]
        self._widths = {
            length: {n: max(len(examples[i][n]) for i in members) for n in beside}
            for length, members in zip(self.lengths, self._buckets, strict=True)
        }
        self.steps_per_epoch = sum(-(-len(b) // batch_size) for b in self._buckets)

    def batches(self, start: int = 0, epochs: int | None = None) -> Iterator[Batch]:
        """Reads on from the batch after `start` batches.

        Args:
          start: batches already taken, of all epochs.
          epochs: where to end, counted from batch 0; None = never.

        Yields:
          The sequences [B, T, ...] and the numbers [B] under their names; "mask", bool
          [B, T]; "rows", bool [B], False where a short batch has no example.
        """
        step = start
        while epochs is None or step < epochs * self.steps_per_epoch:
            epoch, step_of_epoch = divmod(step, self.steps_per_epoch)
            if step == start or step_of_epoch == 0:
                order = self._order(epoch)
            yield self._batch(*order[step_of_epoch])
            step += 1

    def _order(self, epoch: int) -> list[tuple[int, np.ndarray]]:
        """Returns the length and the examples of each batch of an epoch."""
        rng = np.random.default_rng((self._seed, epoch))
        order = []
        for length, members in zip(self.lengths, self._buckets, strict=True):
            if self._shuffle:
                members = rng.permutation(members)
            for begin in range(0, len(members), self._batch_size):
                order.append((length, members[begin : begin + self._batch_size]))
        if self._shuffle:
            order = [order[i] for i in rng.permutation(len(order))]
        return order

    def _batch(self, length: int, members: np.ndarray) -> Batch:
        rows = self._batch_size
        batch = {"mask": np.zeros((rows, length), bool), "rows": np.zeros(rows, bool)}
        for name, like in self._examples[0].items():
            like = np.asarray(like)
            width = self._widths[length].get(name, length)
            shape = (rows, width, *like.shape[1:]) if like.ndim else (rows,)
            batch[name] = np.zeros(shape, like.dtype)
        for b, i in enumerate(members):
            example, batch["rows"][b] = self._examples[i], True
            for name, values in example.items():
                if name in self._sequences:
                    values = values[:length]
                    batch[name][b, : len(values)] = values
                    batch["mask"][b, : len(values)] = True
                elif name in self._beside:
                    batch[name][b, : len(values)] = values
                else:
                    batch[name][b] = values
        return batch


def _size(example: Mapping[str, np.ndarray], names: Sequence[str], place: int) -> int:
    sizes = {name: len(example[name]) for name in names}
    if len(set(sizes.values())) > 1:
        raise ValueError(f"example {place} has arrays of different lengths: {sizes}")
    return next(iter(sizes.values()), 1)
