"""Gates of a cell over time, and how many of them are saturated (C6, C10).

A saturated gate multiplies a gradient by nearly 1 or nearly 0; one in between reduces
it at every step.
"""

import functools

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.analysis import jacobians
from seqnets.cells import GRU, LSTM, Stack
from seqnets.cells.cell import Cell, Params, State
from seqnets.cells.wrappers import Wrapper
from seqnets.kernels import chunks, gru, lstm

GATED = {LSTM: lstm.KERNEL, GRU: gru.KERNEL}
CLOSED, OPEN = 0.1, 0.9  # Gates below and above are saturated.


def gate_values(
    cell: Cell,
    params: Params,
    xs: Array,
    *,
    state: State | None = None,
    mask: Array | None = None,
    reset: Array | None = None,
) -> dict[str, Array]:
    """Returns the gates of an LSTM or a GRU at every step.

    Args:
      cell: any cell.
      params: its parameters.
      xs: inputs [B, T, D].
      state, mask, reset: as in `unroll`.

    Returns:
      Values in (0, 1), [B, T, H], by letter: i, f and o, or r and z, as far as the
      cell has them, and "0.f" in a stack; nothing for cells without gates.
    """
    if isinstance(cell, Stack):
        found = {}
        states = [None] * len(params) if state is None else state
        for i, layer in enumerate(zip(cell.cells, params, states, strict=True)):
            own, p, s = layer
            values = gate_values(own, p, xs, state=s, mask=mask, reset=reset)
            found |= {f"{i}.{name}": value for name, value in values.items()}
            xs = cell.join(xs, _history(own, p, xs, s, mask, reset)[1])
        return found

    befores, _ = _history(cell, params, xs, state, mask, reset)
    while isinstance(cell, Wrapper):
        cell, params = cell.cell, cell.inner(params)
    if type(cell) not in GATED:
        return {}
    us = cell.project(params, chunks.zero_masked(mask, xs).swapaxes(0, 1))
    forward = functools.partial(GATED[type(cell)].forward, cell, params)
    packed = jax.vmap(forward)(befores, us)[1].gates.swapaxes(0, 1)  # [B, T, GH]
    names = cell.gates.replace("n", "")  # A GRU's candidate is not packed with them.
    values = jnp.split(packed, len(names), -1)
    return {n: v for n, v in zip(names, values, strict=True) if n != "g"}


def saturation(values: Array, mask: Array | None = None) -> tuple[Array, Array]:
    """Returns the shares of gates that are closed, below 0.1, and open, above 0.9.

    Args:
      values: [B, T, H].
      mask: [B, T] bool, True at real steps; everywhere by default.

    Returns:
      Two shares [T]; NaN at a step that is real in no row.
    """
    where = None if mask is None else mask[..., None]
    closed, opened = values < CLOSED, values > OPEN
    return closed.mean((0, 2), where=where), opened.mean((0, 2), where=where)


def _history(cell, params, xs, state, mask, reset):
    """Returns the states before all steps, leading [T, B], and outputs [B, T, H]."""
    body, state, inputs = jacobians.chain(cell, params, xs, state, mask, reset)
    _, (_, (befores, ys)) = jax.lax.scan(body, state, inputs)
    return befores, chunks.zero_masked(mask, ys.swapaxes(0, 1))
