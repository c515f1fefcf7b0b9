"""The reference kernel: `lax.scan` over `Cell.step`, differentiated by JAX."""

import functools

import jax
from jax import Array

from seqnets.cells.cell import Cell, Params, State
from seqnets.kernels import chunks
from seqnets.kernels.chunks import Inputs
from seqnets.linear import memory_dtype
from seqnets.plan import Plan


def run(
    cell: Cell,
    params: Params,
    inputs: Inputs,
    state: State,
    start: State | None,
    reverse: bool,
    plan: Plan,
) -> tuple[State, Array]:
    """Runs a cell over a sequence by one scan; the gradient is JAX's.

    Args:
      cell: any cell.
      params: its parameters.
      inputs: their values, noise and marks.
      state: the state to begin with.
      start: the state that a reset puts in place; None without resets.
      reverse: whether time runs from the last step to the first.
      plan: with `recompute`, the gradient keeps the states between chunks alone.

    Returns:
      The last state, and the outputs [B, T, H].
    """
    masked = chunks.masked_step(functools.partial(cell.step, params), start, reverse)

    def step(state, marked):
        state, (_, y) = masked(state, marked)
        return state, y.astype(memory_dtype(y.dtype))  # As `bptt` writes h.

    def scan(state, part):
        xs, noise, steps = part
        us = cell.project(params, xs, noise)  # [T, B, U]
        if not jax.tree.leaves(state):  # No step waits for the one before.
            return state, jax.vmap(lambda u: cell.step(params, state, u)[1])(us)
        return jax.lax.scan(step, state, (us, steps), reverse=reverse)

    length = inputs.xs.shape[1]
    part = inputs.chunk(0, length)
    if plan.recompute and plan.chunk < length:
        state, ys = chunks.recomputed(scan, state, part, length, plan.chunk, reverse)
    else:
        state, ys = scan(state, part)
    ys = chunks.zero_masked(inputs.steps.mask, ys.astype(inputs.xs.dtype))
    return state, ys.swapaxes(0, 1)  # [B, T, H]
