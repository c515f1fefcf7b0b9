"""A sequence taken in chunks of steps, some of which are marked."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from seqnets.cells.cell import Noise, State


class Steps(NamedTuple):
    """What marks the steps of a sequence; None where nothing is marked."""

    mask: Array | None  # [T, B] bool, True at real steps.
    reset: Array | None  # [T, B] bool, True at the first step of a sequence.


class Read(NamedTuple):
    """What a run reads at its steps."""

    xs: Array  # [B, T, D]
    noise: Noise  # leading [T, B]
    steps: Steps

    def chunk(self, first: Array | int, size: int) -> "Read":
        """Returns some steps, xs being [T, B, D] and zero where it is padding."""
        xs = cut(self.xs, first, size, 1).swapaxes(0, 1)
        noise, steps = cut((self.noise, self.steps), first, size)
        return Read(hide(steps.mask, xs), noise, steps)


def cut(tree: Any, first: Array | int, size: int, axis: int = 0) -> Any:
    """Returns some steps of arrays that have time on an axis."""
    return jax.tree.map(lambda a: lax.dynamic_slice_in_dim(a, first, size, axis), tree)


def put(arrays: Any, given: Any, t: Array | int) -> Any:
    """Writes what a step gives into arrays that lead with time."""
    return jax.tree.map(
        lambda a, own: lax.dynamic_update_index_in_dim(a, own, t, 0), arrays, given
    )


def blank(tree: Any, *count: int) -> Any:
    """Returns zeros in the shapes of a tree, or so many of each."""
    return jax.tree.map(lambda a: jnp.zeros((*count, *a.shape), a.dtype), tree)


def hide(mask: Array | None, xs: Array) -> Array:
    """Returns xs, zero at masked steps; NaN times zero would be NaN."""
    return xs if mask is None else jnp.where(mask[..., None], xs, 0.0)


def select(where: Array, new: Any, old: Any) -> Any:
    """Returns `new` where `where` is True and `old` elsewhere.

    Args:
      where: bool, [B] or [T, B].
      new, old: trees of arrays with these axes and more, which broadcast.
    """

    def rows(a, b):
        extra = max(a.ndim, b.ndim) - where.ndim
        return jnp.where(where.reshape(*where.shape, *(1,) * extra), a, b)

    return jax.tree.map(rows, new, old)


def heed(
    step: Callable[[State, Any], tuple[State, Any]], start: State, reverse: bool
) -> Callable[[State, Any], tuple[State, tuple[State, Any]]]:
    """Returns a step that heeds marks: the body of a scan over (u, marks).

    Args:
      step: (state, u) -> (state, what it gives).
      start: the state that a reset puts in place.
      reverse: whether time runs backwards.

    Returns:
      (state, (u, marks)) -> (the state handed on, (state, what the step gave)).
    """

    def body(state, inputs):
        u, (real, first) = inputs
        if first is not None and not reverse:
            state = select(first, start, state)
        after, given = step(state, u)
        if real is not None:
            after = select(real, after, state)
        handed = after
        if first is not None and reverse:
            handed = select(first, start, after)
        return handed, (after, given)

    return body


def before(
    handed: State, after: State, start: State, steps: Steps, reverse: bool
) -> State:
    """Returns the states before the steps of a chunk, [T, B, ...].

    Args:
      handed: the state handed to the chunk.
      after: the states after its steps, [T, B, ...].
      start: the state that a reset puts in place.
      steps: its marks.
      reverse: whether time runs backwards.
    """
    reset = steps.reset
    if reset is not None and reverse:  # It acts behind its step; see `handed`.
        reset = jnp.concatenate([reset[1:], jnp.zeros_like(reset[:1])])

    def shift(first, all_):
        parts = [all_[1:], first[None]] if reverse else [first[None], all_[:-1]]
        return jnp.concatenate(parts)

    states = jax.tree.map(shift, handed, after)
    return states if reset is None else select(reset, start, states)


def record(
    body: Callable[[Any, Any], tuple[Any, Any]],
    carry: Any,
    into: Any,
    axes: Any,
    first: Array | int,
    inputs: Any,
    reverse: bool,
) -> tuple[Any, Any]:
    """Runs `lax.scan`, writing what it gives into arrays that are there already.

    Args:
      body: (carry, inputs of a step) -> (carry, what it gives).
      carry: the first carry.
      into: arrays like what a step gives, but for the axis of time.
      axes: which axis that is, in a tree like `into`.
      first: where on that axis the first step stands.
      inputs: leading [T].
      reverse: whether the last step is the first to run.

    Returns:
      The last carry, and the arrays.
    """

    def write(array, given, axis, t):
        return lax.dynamic_update_index_in_dim(array, given, t, axis)

    def recorded(carry, inputs):
        (carry, into), (t, inputs) = carry, inputs
        carry, given = body(carry, inputs)
        write_at = functools.partial(write, t=t)
        return (carry, jax.tree.map(write_at, into, given, axes)), None

    size = len(jax.tree.leaves(inputs)[0])
    inputs = first + jnp.arange(size), inputs
    return lax.scan(recorded, (carry, into), inputs, reverse=reverse)[0]


def over_chunks(
    body: Callable[[Any, Any, Any, int], Any],
    carry: Any,
    length: int,
    chunk: int,
    reverse: bool,
) -> Any:
    """Runs over the chunks of a sequence, the last of which may be shorter.

    Args:
      body: (carry, number of the chunk, its first step, its size) -> carry.
      carry: what is handed from chunk to chunk.
      length: T.
      chunk: steps in a chunk.
      reverse: whether the last chunk is the first to run.

    Returns:
      The carry.
    """
    count, rest = divmod(length, chunk) if chunk < length else (0, length)

    def one(carry, i):
        return body(carry, i, i * chunk, chunk), None

    if rest and reverse:
        carry = body(carry, count, count * chunk, rest)
    if count:
        carry, _ = lax.scan(one, carry, jnp.arange(count), reverse=reverse)
    if rest and not reverse:
        carry = body(carry, count, count * chunk, rest)
    return carry
