"""Cells whose recurrence is linear in the state: a ⊙ h + b, of all steps.

a and b do not wait for the state. In a scan, too, they are computed for all steps at
once, so that its loop multiplies and adds, and nothing else.
"""

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.cells.affine import as_factor, as_state
from seqnets.cells.cell import Cell, Params, Projected, State
from seqnets.kernels import chunks
from seqnets.kernels.chunks import Inputs, Steps, select
from seqnets.kernels.linear_scan import diagonal
from seqnets.linear import memory_dtype
from seqnets.plan import Plan


def is_linear(core: Cell, params: Params, us: Projected) -> bool:
    """Returns whether a cell has the form that `Cell.affine` describes.

    A subclass with a step of its own does not, unless `affine` is its own, too.

    Args:
      core: what `Cell.core` gave.
      params: its parameters.
      us: what the cell projects, or the shapes of it.
    """
    bases = type(core).__mro__
    places = {
        name: next(i for i, base in enumerate(bases) if name in vars(base))
        for name in ("step", "affine")
    }
    if places["step"] < places["affine"]:
        return False
    return jax.eval_shape(core.affine, params, us) is not None


def run(
    cell: Cell,
    params: Params,
    inputs: Inputs,
    state: State,
    start: State | None,
    reverse: bool,
    plan: Plan,
) -> tuple[State, Array]:
    """Runs a linear recurrence over a sequence; the gradient is another, backwards.

    The numbers are those of `seqnets.kernels.plain` but for rounding: every state is
    the same sum, which an associative scan adds up in the order of a tree.

    Args:
      cell: one for whose core `is_linear` holds.
      params, inputs, state, start, reverse: as in `seqnets.kernels.plain.run`.
      plan: in turn, or by an associative scan; with `recompute`, the gradient keeps
        the states between chunks alone, each of which is one such scan.

    Returns:
      The last state, and the outputs [B, T, H].
    """
    core, own = cell.core(params)
    how = {"reverse": reverse, "parallel": plan.time == "parallel"}

    def over_time(a, b, before):
        a = jnp.broadcast_to(a, (len(b), *a.shape[1:]))  # Rows stay one where they are.
        return as_state(diagonal(a, b, before, **how))

    def over_part(state, part):
        xs, noise, steps = part
        us = cell.project(params, xs, noise)  # [T, B, U]
        a, b = _marked(*core.affine(own, us), start, steps, reverse)
        before = jax.tree.map(as_factor, state, a)
        states = jax.tree.map(over_time, a, b, before)
        ys = core.read(own, states, us)
        last = _last(states, state, start, steps, reverse)
        return last, ys.astype(memory_dtype(ys.dtype))

    length = inputs.xs.shape[1]
    part = inputs.chunk(0, length)
    if plan.recompute and plan.chunk < length:
        state, ys = chunks.recomputed(
            over_part, state, part, length, plan.chunk, reverse
        )
    else:
        state, ys = over_part(state, part)
    ys = chunks.zero_masked(inputs.steps.mask, ys.astype(inputs.xs.dtype))
    return state, ys.swapaxes(0, 1)  # [B, T, H]


def _marked(
    a: State, b: State, start: State | None, steps: Steps, reverse: bool
) -> tuple[State, State]:
    """Returns a and b of steps with a mask and resets.

    A masked step is a = 1, b = 0. At a reset the state before is `start`, whatever it
    was: a = 0, and a ⊙ start is added to b.
    """
    if steps.mask is not None:
        a = select(steps.mask, a, jax.tree.map(lambda a: jnp.ones((), a.dtype), a))
        b = select(steps.mask, b, jax.tree.map(lambda b: jnp.zeros((), b.dtype), b))
    reset = steps.reset
    if reset is None:
        return a, b
    if reverse:  # It acts after its step: before the one that is next.
        reset = jnp.concatenate([reset[1:], jnp.zeros_like(reset[:1])])
    start = jax.tree.map(as_factor, start, a)
    begun = jax.tree.map(lambda a, b, start: a * start + b, a, b, start)
    b = select(reset, begun, b)
    return select(reset, jax.tree.map(jnp.zeros_like, a), a), b


def _last(
    states: State, state: State, start: State | None, steps: Steps, reverse: bool
) -> State:
    """Returns the state to hand on, in the dtypes of the one before."""
    if not len(jax.tree.leaves(states)[0]):
        return state
    last = jax.tree.map(lambda s: s[0 if reverse else -1], states)
    if reverse and steps.reset is not None:
        last = select(steps.reset[0], start, last)
    return jax.tree.map(lambda own, held: own.astype(held.dtype), last, state)
