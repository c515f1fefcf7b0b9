"""Parts of the rows that run beside one another, on the cores of a CPU.

XLA gives a product of less than 17 million multiplications and additions to one core.
Rows do not read each other, so that two parts of them are two chains of steps, which
XLA runs on two cores where both stand in one program in line; two loops it would run
one after the other.
"""

import os
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from seqnets.cells import LSTM
from seqnets.cells.cell import Cell, Params
from seqnets.kernels.chunks import Inputs

# Where an LSTM is worth two parts: rows, and multiplications and additions of a step.
ROWS = 64
PRODUCT = 8 * 10**6, 21 * 10**6


def of_rows(rows: int, count: int) -> list[slice]:
    """Divides rows into at most `count` parts, of which the last may be smaller."""
    size = max(1, -(-rows // count))
    return [slice(i, min(i + size, rows)) for i in range(0, max(1, rows), size)]


def cut_inputs(inputs: Inputs, rows: slice) -> Inputs:
    """Returns some rows of a run's inputs, noise and marks."""
    noise, steps = jax.tree.map(lambda a: a[:, rows], (inputs.noise, inputs.steps))
    return Inputs(inputs.xs[rows], noise, steps)


def cut(tree: Any, rows: slice) -> Any:
    """Returns some rows of arrays that lead with [B]."""
    return jax.tree.map(lambda a: a[rows], tree)


def join(trees: Sequence[Any]) -> Any:
    """Returns the arrays of all rows from those of the parts, which lead with [B]."""
    if len(trees) == 1:
        return trees[0]
    return jax.tree.map(lambda *arrays: jnp.concatenate(arrays), *trees)


def cores() -> int:
    """Returns how many cores this process may use, as many as XLA takes."""
    if hasattr(os, "sched_getaffinity"):  # Linux.
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def that_pay(cell: Cell, params: Params, inputs: Inputs) -> int:
    """Returns in how many parts a cell was measured to be fastest; see `seqnets.plan`.

    Args:
      cell: any cell, wrapped or not.
      params: its parameters.
      inputs: of the run.
    """
    core, _ = cell.core(params)
    if jax.device_count() > 1 or cores() == 1:
        return 1
    if type(core) is not LSTM or core.recurrence != "dense":
        return 1
    rows, length, _ = inputs.xs.shape
    least, most = PRODUCT
    product = 8 * rows * core.dim**2  # [B, H] by [H, 4H]
    pays = rows >= ROWS and least <= product <= most and length
    return 2 if pays and _divisible(cell, params, inputs) else 1


def check(cell: Cell, params: Params, inputs: Inputs) -> None:
    """Raises ValueError where rows cannot be projected without the others."""
    if len(inputs.xs) > 1 and not _divisible(cell, params, inputs):
        raise ValueError(
            f"the rows of {type(cell).__name__} cannot run in parts: some of its"
            " parameters are bound to each row; leave Plan.parts None"
        )


def _divisible(cell: Cell, params: Params, inputs: Inputs) -> bool:
    """Returns whether some rows can be projected without the others.

    That is not so where a parameter is bound to each row; it is told by shapes.
    """
    some = of_rows(len(inputs.xs), 2)[-1]

    def project(params: Params, inputs: Inputs) -> Any:
        part = cut_inputs(inputs, some).chunk(0, 1)
        return cell.project(params, part.xs, part.noise)

    try:
        jax.eval_shape(project, params, inputs)
    except (TypeError, ValueError):
        return False
    return True
