"""Gates of a cell over time, and how many of them are saturated (C6, C10).

A saturated gate multiplies a gradient by nearly 1 or nearly 0; one in between reduces
it at every step.
"""

import functools

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.analysis import jacobians
from seqnets.cells import GRU, LSTM, Glimpse, Stack
from seqnets.cells.attending import Reading
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
      cell: any cell, wrapped and stacked ones included, but those of the error below.
      params: its parameters, with a memory bound where the cell reads one.
      xs: inputs [B, T, D].
      state, mask, reset: as in `unroll`.

    Returns:
      Values in (0, 1), [B, T, H], by letter: i, f and o, or r and z, as far as the
      cell has them, and "0.f" in a stack; nothing for other cells.

    Raises:
      ValueError: for a cell, or one inside of it, that reads a bound memory and its
        inputs together, such as `AttendBefore`.
    """
    _check(cell)
    body, state, inputs = jacobians.chain(cell, params, xs, state, mask, reset)
    _, (_, (befores, _)) = jax.lax.scan(body, state, inputs)
    found = _gates(cell, params, befores, chunks.zero_masked(mask, xs).swapaxes(0, 1))
    return {name: value.swapaxes(0, 1) for name, value in found.items()}  # [B, T, H]


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


def _check(cell: Cell) -> None:
    """Raises ValueError where only a step knows what the cell inside reads."""
    if isinstance(cell, Reading | Glimpse):
        raise ValueError(
            "gate_values takes no cell that reads a bound memory with its inputs:"
            f" {type(cell).__name__}"
        )
    if isinstance(cell, Wrapper):
        own = type(cell).__module__.startswith("seqnets.")
        if not own and type(cell).project is not Wrapper.project:
            raise ValueError(
                "gate_values takes no wrapper that changes what the cell inside reads:"
                f" {type(cell).__name__}"
            )
        _check(cell.cell)
    if isinstance(cell, Stack):
        for own in cell.cells:
            _check(own)


def _gates(cell: Cell, params: Params, befores: State, xs: Array) -> dict[str, Array]:
    """Returns the gates [T, B, H] of a cell that reads xs [T, B, D] in given states."""
    if isinstance(cell, Wrapper):
        return _gates(cell.cell, cell.inner(params), befores, xs)
    if isinstance(cell, Stack):
        found = {}
        for i, layer in enumerate(zip(cell.cells, params, befores, strict=True)):
            own, p, states = layer
            values = _gates(own, p, states, xs)
            found |= {f"{i}.{name}": value for name, value in values.items()}
            step = functools.partial(own.step, p)
            xs = cell.join(xs, jax.vmap(step)(states, own.project(p, xs))[1])
        return found
    if type(cell) not in GATED:
        return {}
    forward = functools.partial(GATED[type(cell)].forward, cell, params)
    packed = jax.vmap(forward)(befores, cell.project(params, xs))[1].gates
    names = cell.gates.replace("n", "")  # A GRU's candidate is not packed with them.
    values = jnp.split(packed, len(names), -1)
    return {n: v for n, v in zip(names, values, strict=True) if n != "g"}
