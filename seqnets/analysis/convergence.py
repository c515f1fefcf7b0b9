"""How a cell that is run in parallel over time converges: sweeps and residuals."""

from typing import Any, NamedTuple

import jax
from jax import Array

from seqnets.cells import inputs as cell_inputs
from seqnets.cells.cell import Cell, Params, State
from seqnets.cells.stack import Stack
from seqnets.kernels import chunks, newton
from seqnets.kernels.newton import DEFAULT, Method, Report
from seqnets.linear import cast


class Solution(NamedTuple):
    """A run, and how its equations were solved."""

    state: State  # After the last step.
    ys: Array  # [B, T, H]
    report: Report | tuple[Any, ...]  # Of a stack, one for each layer.


def solve(
    cell: Cell,
    params: Params,
    xs: Array,
    *,
    state: State | None = None,
    mask: Array | None = None,
    reset: Array | None = None,
    reverse: bool = False,
    key: Array | None = None,
    method: Method = DEFAULT,
) -> Solution:
    """Runs a cell as `unroll` does with `Plan(time="parallel")`, and reports on it.

    A cell that is linear in its state is run by Newton's method too, which finds it in
    one sweep.

    Args:
      cell: any cell whose state holds floating-point numbers; a `Stack` is run layer by
        layer.
      params, xs, state, mask, reset, reverse, key: as in `unroll`.
      method: how the equations are solved.

    Raises:
      ValueError: as `unroll`; for a form of Jacobians that is not known.
    """
    xs, mask, reset = cell_inputs.arrays(xs, mask, reset)
    params, xs = cast(params, xs)
    batch_size, length, in_dim = xs.shape
    cell_inputs.check_params(cell, params, in_dim)
    noise = None if key is None else cell.noise(key, length, batch_size, in_dim)
    if state is None:
        state = cell.initial_state(params, batch_size, xs.dtype)
    else:
        cell_inputs.check_state(cell, params, state, xs)
    steps = chunks.Steps(*(None if m is None else m.T for m in (mask, reset)))
    return Solution(*_solve(cell, params, xs, noise, state, steps, reverse, method))


def _solve(cell, params, xs, noise, state, steps, reverse, method):
    """As `solve`, with noise already drawn, and marks that lie as [T, B]."""
    if isinstance(cell, Stack):
        if cell.passes_inputs and steps.mask is not None:
            xs = chunks.zero_masked(steps.mask.T, xs)  # It is part of outputs.
        drawn = (None,) * len(cell.cells) if noise is None else noise
        states, reports = [], []
        for layer, p, n, s in zip(cell.cells, params, drawn, state, strict=True):
            s, ys, report = _solve(layer, p, xs, n, s, steps, reverse, method)
            states.append(s)
            reports.append(report)
            xs = cell.join(xs, ys)
        return tuple(states), xs, tuple(reports)
    start = None
    if steps.reset is not None:
        start = cell.initial_state(params, len(xs), xs.dtype)
        start = jax.tree.map(lambda a, held: a.astype(held.dtype), start, state)
    inputs = chunks.Inputs(xs, noise, steps)
    return newton.solve(cell, params, inputs, state, start, reverse, method)
