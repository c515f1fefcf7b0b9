"""Sequences in chunks of steps, with masks and resets."""

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from seqnets.cells.cell import Noise, State


class Steps(NamedTuple):
    """Masks and resets of a sequence; None where there are none."""

    mask: Array | None  # [T, B] bool, True at real steps.
    reset: Array | None  # [T, B] bool, True at the first step of a sequence.


class Inputs(NamedTuple):
    """Inputs of a run, its noise and its marks."""

    xs: Array  # [B, T, D]
    noise: Noise  # leading [T, B]
    steps: Steps

    def chunk(self, first: Array | int, size: int) -> "Inputs":
        """Returns some steps, with xs as [T, B, D] and zero at padding."""
        xs = cut(self.xs, first, size, 1).swapaxes(0, 1)
        noise, steps = cut((self.noise, self.steps), first, size)
        return Inputs(zero_masked(steps.mask, xs), noise, steps)


def cut(tree: Any, first: Array | int, size: int, axis: int = 0) -> Any:
    """Returns some steps of arrays that have time on an axis."""
    return jax.tree.map(lambda a: lax.dynamic_slice_in_dim(a, first, size, axis), tree)


def put(arrays: Any, given: Any, t: Array | int) -> Any:
    """Writes the outputs of a step into arrays that lead with time."""
    return jax.tree.map(
        lambda a, own: lax.dynamic_update_index_in_dim(a, own, t, 0), arrays, given
    )


def zeros_like(tree: Any, *count: int) -> Any:
    """Returns zeros in the shapes of a tree, each with leading axes `count`."""
    return jax.tree.map(lambda a: jnp.zeros((*count, *a.shape), a.dtype), tree)


def zero_masked(mask: Array | None, xs: Array) -> Array:
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


def masked_step(
    step: Callable[[State, Any], tuple[State, Any]], start: State, reverse: bool
) -> Callable[[State, Any], tuple[State, tuple[State, Any]]]:
    """Returns a step with mask and reset: the body of a scan over (u, marks).

    Args:
      step: (state, u) -> (state, output).
      start: the state that a reset puts in place.
      reverse: whether time runs backwards.

    Returns:
      (state, (u, marks)) -> (the state for the next step, (state, output)).
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
      handed: the state before the chunk.
      after: the states after its steps, [T, B, ...].
      start: the state that a reset puts in place.
      steps: its marks.
      reverse: whether time runs backwards.
    """
    reset = steps.reset
    if reset is not None and reverse:  # It acts after its step; see `masked_step`.
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
    in_line: bool = False,
) -> tuple[Any, Any]:
    """Runs `lax.scan`, writing its outputs into existing arrays.

    Args:
      body: (carry, inputs of a step) -> (carry, output).
      carry: the first carry.
      into: arrays like the output of a step, with an axis of time.
      axes: which axis that is, in a tree like `into`.
      first: place of the first step on that axis.
      inputs: leading [T].
      reverse: whether the last step is the first to run.
      in_line: whether the steps are compiled one after the other, without a loop.

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
    return lax.scan(recorded, (carry, into), inputs, reverse=reverse, unroll=in_line)[0]


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
      carry: passed from chunk to chunk.
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


def recomputed(
    run: Callable[[State, Any], tuple[State, Array]],
    state: State,
    part: Any,
    length: int,
    chunk: int,
    reverse: bool,
) -> tuple[State, Array]:
    """Runs by chunks, of which the gradient keeps only the states between them.

    Args:
      run: (state, some steps of `part`) -> (state, outputs [T, B, H]).
      state: the first state.
      part: arrays that lead with time.
      length: T.
      chunk: steps in a chunk.
      reverse: whether the last step is the first to run.

    Returns:
      The last state, and all outputs.
    """
    run = jax.checkpoint(run)
    count, rest = divmod(length, chunk)
    whole = jax.tree.map(
        lambda a: a[: count * chunk].reshape(count, chunk, *a.shape[1:]), part
    )
    pieces = [(functools.partial(lax.scan, run, reverse=reverse), whole)]
    if rest:
        pieces.append((run, cut(part, count * chunk, rest)))
    ys = []
    for piece, own in reversed(pieces) if reverse else pieces:
        state, y = piece(state, own)
        steps = math.prod(y.shape[:-2])  # Not -1, which a batch of no rows leaves open.
        ys.append(y.reshape(steps, *y.shape[-2:]))
    return state, jnp.concatenate(ys[::-1] if reverse else ys)
