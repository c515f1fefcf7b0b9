"""Batches of examples of different lengths, those of like length together."""

import functools
import logging
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from seqnets.data.batching import Batch, Batches, index, require_rows

Example = Mapping[str, np.ndarray]
Collate = Callable[[Sequence[Example], int, Mapping[str, int]], Batch]

RAGGED = {"tokens": "mask"}


class BucketedBatches(Batches):
    """Batches of examples, each a row; a batch is as long as its bucket.

    The examples are divided by the length of the first ragged field into buckets of
    equal number, and each of these by the length of a field with a second mask, so that
    little is padded and few shapes are compiled.

    Yields the ragged fields [B, T, ...] with T the longest of their bucket, and their
    masks, bool [B, T]; all other fields stacked, [B, ...]; "rows", bool [B], False
    where a row has no example; "index", int32 [B], the place of each example.

    Attributes:
      lengths: length of the first ragged field in each bucket, ascending.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        batch_size: int,
        *,
        ragged: Mapping[str, str] = RAGGED,
        buckets: int = 1,
        parts: int = 1,
        collate: Collate | None = None,
        seed: int = 0,
        shuffle: bool = True,
    ):
        """Sorts the examples into buckets.

        Args:
          examples: name -> array, the same names for all.
          batch_size: number of rows, B.
          ragged: the fields with a length that differs among examples -> the name of
            their mask. Fields with one mask have one length in each example.
          buckets: number of different lengths that batches may have.
          parts: number of different lengths of the second mask's fields in a bucket.
          collate: `(examples, rows, widths) -> batch` makes a batch of other than
            padded arrays; `widths` has the greatest length of the bucket by mask.
          seed: seed of the orders.
          shuffle: whether the examples of a batch, and the order of the batches, are
            drawn for each epoch; otherwise both follow from lengths and given order.

        Raises:
          ValueError: there are no examples, a number is not positive, or fields with
            one mask differ in length.
        """
        require_rows(batch_size, min(buckets, parts))
        if not examples:
            raise ValueError("there are no examples")
        super().__init__(len(examples), batch_size, seed=seed, shuffle=shuffle)
        self._examples = examples
        self._collate = collate or functools.partial(pad_examples, ragged=ragged)
        found = [lengths_of(e, ragged, i) for i, e in enumerate(examples)]
        masks = list(dict.fromkeys(ragged.values()))
        sizes = {mask: np.array([own[mask] for own in found]) for mask in masks}
        every = np.arange(len(examples))
        by_first = _divide(sizes[masks[0]], every, buckets)
        self.lengths = tuple(by_first)
        self._buckets = list(by_first.values())
        if parts > 1 and len(masks) > 1:
            divided = (_divide(sizes[masks[1]], b, parts) for b in self._buckets)
            self._buckets = [part for own in divided for part in own.values()]
        self._widths = [_longest([found[i] for i in b]) for b in self._buckets]
        self.steps_per_epoch = sum(-(-len(b) // batch_size) for b in self._buckets)

    def _order(self, epoch: int) -> list[tuple[dict[str, int], np.ndarray]]:
        rng, order = self._rng(epoch), []
        for widths, members in zip(self._widths, self._buckets, strict=True):
            if self._shuffle:
                members = rng.permutation(members)
            for begin in range(0, len(members), self._batch_size):
                order.append((widths, members[begin : begin + self._batch_size]))
        if self._shuffle:
            order = [order[i] for i in rng.permutation(len(order))]
        return order

    def _batch(self, item: tuple[dict[str, int], np.ndarray]) -> Batch:
        widths, members = item
        chosen = [self._examples[i] for i in members]
        batch = self._collate(chosen, self._batch_size, widths)
        return batch | index(members, self._batch_size)


def _divide(sizes: np.ndarray, chosen: np.ndarray, parts: int) -> dict[int, np.ndarray]:
    """Divides examples by size into parts of equal number; of equal longest, one.

    Args:
      sizes: of all examples.
      chosen: places of those that are divided.
      parts: how many parts there may be.

    Returns:
      The places of each part, in order of size, by the longest in it.
    """
    by_size = chosen[np.argsort(sizes[chosen], kind="stable")]
    longest: dict[int, list[np.ndarray]] = {}
    for group in np.array_split(by_size, min(parts, len(by_size))):
        longest.setdefault(max(1, int(sizes[group].max())), []).append(group)
    return {size: np.concatenate(groups) for size, groups in longest.items()}


def pad_examples(
    examples: Sequence[Example],
    rows: int,
    widths: Mapping[str, int],
    *,
    ragged: Mapping[str, str] = RAGGED,
) -> Batch:
    """Makes a batch by padding.

    Args:
      examples: at least one and at most `rows`.
      rows: number of rows, B; those without an example are zero.
      widths: mask -> T, at least the longest of its fields.
      ragged: as `BucketedBatches` has it.

    Returns:
      The ragged fields [B, T, ...] and their masks, bool [B, T]; others [B, ...].
    """
    batch = {m: np.zeros((rows, widths[m]), bool) for m in ragged.values()}
    for name, like in examples[0].items():
        like = np.asarray(like)
        shape = like.shape
        if name in ragged:
            shape = (widths[ragged[name]], *shape[1:])
        values = batch[name] = np.zeros((rows, *shape), like.dtype)
        for b, example in enumerate(examples):
            if name in ragged:
                size = len(example[name])
                values[b, :size] = example[name]
                batch[ragged[name]][b, :size] = True
            else:
                values[b] = example[name]
    return batch


def collate(
    examples: Sequence[Example],
    ragged: Mapping[str, str] = RAGGED,
    rows: int | None = None,
) -> Batch:
    """Makes one batch of any examples, with lengths rounded up to few shapes.

    Args:
      examples: at least one.
      ragged: as `BucketedBatches` has it.
      rows: number of rows, B; as many as there are examples by default.

    Returns:
      The batch, as `BucketedBatches` yields them.
    """
    rows = len(examples) if rows is None else rows
    found = [lengths_of(e, ragged, i) for i, e in enumerate(examples)]
    widths = {mask: round_up_length(size) for mask, size in _longest(found).items()}
    batch = pad_examples(examples, rows, widths, ragged=ragged)
    return batch | index(np.arange(len(examples)), rows)


def pad(
    sequences: Sequence[np.ndarray], length: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Puts each sequence in a row of its own.

    Args:
      sequences: B arrays, [N_i, ...].
      length: length of a row, T; that of the longest sequence by default.

    Returns:
      The rows [B, T, ...], zero after each end, and their mask, bool [B, T].

    Raises:
      ValueError: there is no sequence, or one is longer than a row.
    """
    if not len(sequences):
        raise ValueError("pad needs one row or more")
    longest = max(map(len, sequences))
    length = longest if length is None else length
    if longest > length:
        raise ValueError(f"a sequence of {longest} is longer than a row, {length}")
    examples = [{"tokens": sequence} for sequence in sequences]
    batch = pad_examples(examples, len(examples), {"mask": length})
    return batch["tokens"], batch["mask"]


def round_up_length(length: int, least: int = 8) -> int:
    """Returns the power of two that holds a length, so that few shapes are compiled."""
    return max(least, 1 << max(length - 1, 0).bit_length())


def report_cuts(count: int, total: int, split: str, what: str, limit: int) -> None:
    """Logs a warning where examples were cut to a limit.

    Args:
      count: number of examples that were cut; nothing is logged for none.
      total: number of examples of the split.
      split: the split's name.
      what: what the examples are and are counted in, as in "texts" or "sentences".
      limit: the greatest length.
    """
    if count:
        logging.getLogger(__name__).warning(
            "%d of %d %s %s are longer than limit = %d and were cut",
            *(count, total, split, what, limit),
        )


def report_cut(read: int, given: int, what: str, limit: int) -> None:
    """Logs a warning where of an example that is asked for only the first are read.

    Args:
      read: how many are read; nothing is logged for all.
      given: how many there are.
      what: what they are, as in "points".
      limit: the greatest length.
    """
    if read < given:
        logging.getLogger(__name__).warning(
            "the first %d of %d %s are read, limit = %d", read, given, what, limit
        )


def lengths_of(
    example: Example, ragged: Mapping[str, str], place: int
) -> dict[str, int]:
    """Returns the length of the fields of each mask.

    Raises:
      ValueError: fields with one mask differ in length; with the example's place.
    """
    lengths: dict[str, int] = {}
    for name, mask in ragged.items():
        size = len(example[name])
        if lengths.setdefault(mask, size) != size:
            sizes = {n: len(example[n]) for n, own in ragged.items() if own == mask}
            raise ValueError(
                f"example {place} has arrays of different lengths: {sizes}"
            )
    return lengths


def _longest(found: Sequence[Mapping[str, int]]) -> dict[str, int]:
    return {mask: max(1, *(f[mask] for f in found)) for mask in found[0]}
