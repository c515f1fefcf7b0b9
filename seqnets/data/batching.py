"""Batches as a pure function of the position in the training.

A batch is a dict of arrays (or trees of arrays) that lead with the axis of the rows, B.
"rows", bool [B], is False where a row is filling. Training can be resumed at any step:
`batches(start)` yields what would have come there, without making what came before.
"""

import functools
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from seqnets.checks import require_choice

SPLITS = ("train", "valid", "test")

Batch = dict[str, Any]
EPOCH = 1000  # Number of generated batches that are called an epoch.

Draw = Callable[[np.random.Generator, int], Batch]


class Batches:
    """Batches in an order of their own for each epoch.

    A subclass gives `_batch`, and `_order` where batches are not rows of examples.

    Attributes:
      steps_per_epoch: number of batches that hold all examples once; None where the
        batches are drawn without end.
    """

    steps_per_epoch: int | None

    def __init__(self, size: int, batch_size: int, *, seed: int, shuffle: bool):
        """Names the order.

        Args:
          size: number of examples, N.
          batch_size: number of rows, B.
          seed: seed of the orders.
          shuffle: whether each epoch has an order of its own.
        """
        self._size, self._batch_size = size, batch_size
        self._seed, self._shuffle = seed, shuffle
        self.steps_per_epoch = -(-size // batch_size)

    def batches(self, start: int = 0, epochs: int | None = None) -> Iterator[Batch]:
        """Yields the batches after the first `start` ones.

        Args:
          start: number of batches already taken, counted over all epochs.
          epochs: number of epochs after which to end, counted from batch 0; None =
            never.
        """
        step, size = start, self.steps_per_epoch
        while epochs is None or step < epochs * size:
            epoch, place = divmod(step, size)
            if step == start or place == 0:
                order = self._order(epoch)
            yield self._batch(order[place])
            step += 1

    def _order(self, epoch: int) -> Sequence[Any]:
        """Returns what each batch of an epoch is made of: the places of its rows."""
        places = np.arange(self._size)
        if self._shuffle:
            places = self._rng(epoch).permutation(self._size)
        return np.split(places, range(self._batch_size, self._size, self._batch_size))

    def _rng(self, *place: int) -> np.random.Generator:
        return np.random.default_rng((self._seed, *place))

    def _batch(self, item: Any) -> Batch:
        """Returns the batch made of an item of the order."""
        raise NotImplementedError


class ArrayBatches(Batches):
    """Batches of examples of one shape, the rows of some arrays.

    Yields the arrays [B, ...] under their names; "rows", bool [B], False where the last
    batch of an epoch has no example; "index", int32 [B], the place of each example.
    """

    def __init__(
        self,
        arrays: Mapping[str, np.ndarray],
        batch_size: int,
        *,
        seed: int = 0,
        shuffle: bool = True,
    ):
        """Takes the examples.

        Args:
          arrays: name -> array [N, ...], one row per example.
          batch_size: number of rows, B.
          seed: seed of the orders.
          shuffle: whether each epoch has an order of its own; otherwise the given order
            is kept.

        Raises:
          ValueError: there are no examples, or the arrays differ in length.
        """
        sizes = {name: len(array) for name, array in arrays.items()}
        if len(set(sizes.values())) != 1 or not all(sizes.values()):
            raise ValueError(f"examples must be rows of all arrays, not {sizes}")
        require_rows(batch_size)
        (size,) = set(sizes.values())
        super().__init__(size, batch_size, seed=seed, shuffle=shuffle)
        self._arrays = dict(arrays)

    def _batch(self, item: np.ndarray) -> Batch:
        rows = self._batch_size
        batch = {n: fill(array[item], rows) for n, array in self._arrays.items()}
        return batch | index(item, rows)


class GeneratedBatches(Batches):
    """Batches that a function draws: without end to train, once to evaluate.

    Batch `step` of "train" is drawn by (seed, 0, step). The examples of another split
    are drawn in chunks, chunk i by (seed, the split's number, i), and served as rows of
    arrays, so that an evaluation does not depend on the size of its batches.
    """

    def __init__(
        self,
        draw: Draw,
        batch_size: int,
        *,
        seed: int,
        split: str,
        examples: int | None = None,
        chunk: int = 32,
        steps_per_epoch: int | None = None,
        schedule: Callable[[int], Draw] | None = None,
    ):
        """Names what is drawn; nothing is drawn yet.

        Args:
          draw: `(rng, rows) -> {name: array [rows, ...]}`.
          batch_size: number of rows, B.
          seed: seed of all draws.
          split: "train", "valid" or "test".
          examples: number of examples of "valid" or "test".
          chunk: number of rows that are drawn at once for an evaluation.
          steps_per_epoch: number of training batches to be called an epoch.
          schedule: says what draws training batch `step`, where that changes in the
            course of training; None: `draw`.

        Raises:
          ValueError: an evaluation without a number of examples.
        """
        require_rows(batch_size)
        require_choice(self, "split", split, SPLITS)
        if split != "train" and (examples is None or min(examples, chunk) < 1):
            raise ValueError(
                f"the {split} split needs a number of examples, not {examples}, and"
                f" positive chunks, not {chunk}"
            )
        super().__init__(examples or 0, batch_size, seed=seed, shuffle=False)
        self._draw, self._split, self._chunk = draw, SPLITS.index(split), chunk
        self._schedule = schedule or (lambda step: draw)
        if split == "train":
            self.steps_per_epoch = steps_per_epoch

    def batches(self, start: int = 0, epochs: int | None = None) -> Iterator[Batch]:
        """Yields the batches after the first `start` ones; see `Batches.batches`."""
        if self._split:
            yield from self._drawn.batches(start, epochs)
            return
        end = None if epochs is None else epochs * self.steps_per_epoch
        for step in itertools.takewhile(lambda s: s != end, itertools.count(start)):
            batch = self._schedule(step)(self._rng(0, step), self._batch_size)
            yield batch | {"rows": np.ones(self._batch_size, bool)}

    @functools.cached_property
    def _drawn(self) -> ArrayBatches:
        chunks = []
        for i, begin in enumerate(range(0, self._size, self._chunk)):
            rows = min(self._chunk, self._size - begin)
            chunks.append(self._draw(self._rng(self._split, i), rows))
        arrays = {n: np.concatenate([chunk[n] for chunk in chunks]) for n in chunks[0]}
        return ArrayBatches(arrays, self._batch_size, shuffle=False)


def index(places: np.ndarray, rows: int) -> Batch:
    """Returns "rows" and "index" [rows] of a batch with the examples at `places`."""
    return {
        "rows": np.arange(rows) < len(places),
        "index": fill(np.asarray(places, np.int32), rows),
    }


def fill(array: np.ndarray, rows: int) -> np.ndarray:
    """Appends rows of zeros to an array [N, ...], N <= `rows`."""
    missing = rows - len(array)
    return np.pad(array, [(0, missing)] + [(0, 0)] * (array.ndim - 1))


def require_rows(batch_size: int, length: int = 1) -> None:
    """Raises ValueError unless a batch can have such a shape."""
    if batch_size < 1 or length < 1:
        raise ValueError(f"no batch has {batch_size} rows of {length} steps")
