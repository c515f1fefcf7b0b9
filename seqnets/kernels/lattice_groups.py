"""The words of a batch of sentences, sorted by their ends and taken in groups.

Words that end at the same step are neighbours in the order, so a group of at most W of
them is a slice.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

WIDTH = 32  # The largest W.


class Order(NamedTuple):
    """The words of a batch, S = B·N + WIDTH of them with padding."""

    row: Array  # [S], of the batch.
    place: Array  # [S], the step after the one at which the word begins.
    first: Array  # [T + 1], the place in the order of the first that ends at a step.


class Group(NamedTuple):
    """Some of the words that end at a step."""

    at: Array  # The place of the first in the order.
    valid: Array  # [W, 1], whether they end at the step at all.
    pick: Array  # [W, B], 1 at the row of each, to spread and to add up with.
    where: tuple[Array, Array]  # Step after the beginning, and row: [W] each.


def order(
    begin: Array, end: Array, length: int
) -> tuple[Order, Callable[[Array], Array]]:
    """Sorts words by their ends.

    Args:
      begin, end: int32 [B, N], the places of words; padding ends at T.
      length: T.

    Returns:
      The order, and a function that puts arrays [B, N, ...] into it, [S, ...].
    """
    ends = end.reshape(-1)
    by_end = jnp.argsort(ends, stable=True)
    padding = 0, WIDTH  # So that the last group has its width.
    words = Order(
        row=jnp.pad(by_end // max(1, end.shape[1]), padding),
        place=jnp.pad(begin.reshape(-1)[by_end] + 1, padding),
        first=jnp.searchsorted(ends[by_end], jnp.arange(length + 1)),
    )

    def sort(vs: Array) -> Array:
        return jnp.pad(vs.reshape(-1, vs.shape[-1])[by_end], (padding, (0, 0)))

    return words, sort


def size(batch_size: int) -> int:
    """Returns W: of a sentence, one or two words end at most steps."""
    return min(WIDTH, 2 * batch_size + 2)


def count(words: Order, t: Array, width: int) -> Array:
    """Returns the number of groups of words that end at step t."""
    return -(-(words.first[t + 1] - words.first[t]) // width)


def group(
    words: Order, t: Array, k: Array, width: int, batch_size: int, dtype
) -> Group:
    """Returns the k-th group of words that end at step t."""
    at = words.first[t] + k * width
    row = jax.lax.dynamic_slice_in_dim(words.row, at, width)
    place = jax.lax.dynamic_slice_in_dim(words.place, at, width)
    valid = (at + jnp.arange(width) < words.first[t + 1])[:, None]
    pick = (row[:, None] == jnp.arange(batch_size)) & valid
    return Group(at, valid, pick.astype(dtype), (place, row))
