"""All steps of an SRN, LSTM or GRU in one launch on a GPU, forward and backward.

The kernels (`seqnets.kernels.persistent_triton`) run the recurrence alone, in float32,
never in TF32. What does not wait for the step before stays JAX's, in the precision that
JAX is asked for: the projection of the inputs, and gradients of all weights, each one
product over the whole sequence (see `seqnets.kernels.bptt`).

    forward    us [T, B, GH] -> h [T, B, H], and the gates where a gradient is asked for
    backward   ∂h [T, B, H] -> δ [T, B, GH]

Derivatives of the gradient are those of the plain scan.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.cells.cell import Cell, Params, State
from seqnets.cells.gru import GRU
from seqnets.cells.lstm import LSTM
from seqnets.cells.simple import SRN
from seqnets.kernels import persistent_launch
from seqnets.kernels.chunks import Inputs, Steps, select, zero_masked
from seqnets.kernels.persistent_gradient import (
    GATES,
    Given,
    How,
    name_of,
    reference,
    sequence,
    tiles_of,
)

MOST_COLUMNS = 512


def why_not(cell: Cell, dtype: Any, us: Any, state: State) -> str | None:
    """Says why a run is not possible here; None if it is.

    Args:
      cell: without wrappers.
      dtype: the compute dtype.
      us: what the cell projects, or its shape.
      state: the state to begin with.
    """
    if not _plain(cell):
        return f"it runs a plain SRN, LSTM, or GRU with a reset, not {cell}"
    if dtype not in (jnp.float32, jnp.bfloat16):
        return f"it computes in float32 or bfloat16, not {jnp.dtype(dtype)}"
    if not hasattr(us, "shape") or us.shape[-1] != GATES[type(cell)] * cell.dim:
        return "what is drawn for each step has no place in it"
    if any(s.dtype not in (jnp.float32, jnp.bfloat16) for s in state):
        return f"it holds float32 or bfloat16, not {[str(s.dtype) for s in state]}"
    if cell.dim > MOST_COLUMNS:
        return f"it holds states up to {MOST_COLUMNS} wide, not {cell.dim}"
    if jax.sharding.get_abstract_mesh().manual_axes:
        return "it does not run inside jax.shard_map"
    missing = persistent_launch.missing()
    if missing:
        return missing
    parts = tiles_of(cell, us.shape[1]).parts
    if parts > 1 and name_of(cell) == "gru_before":
        return f"it runs a GRU that resets before its product up to H 128, not {cell}"
    if parts > persistent_launch.multiprocessors():
        return f"it needs {parts} multiprocessors for {cell.dim} columns"
    return None


def pays(cell: Cell, batch_size: int) -> bool:
    """Returns whether it was measured to be the fastest way; see `seqnets.plan`.

    That is where a program holds all columns of its rows, and these are few.
    """
    tiles = tiles_of(cell, batch_size)
    measured = tiles.parts == 1 and tiles.rows <= 2
    return measured and name_of(cell) != "gru_before"


def check(cell: Cell, params: Params, xs: Array, us: Any, state: State) -> None:
    """Raises ValueError for a run that is not possible, or not here."""
    reason = why_not(cell.core(params)[0], xs.dtype, us, state)
    if reason:
        raise ValueError(f"the persistent kernel is not possible: {reason}")


def _plain(cell: Cell) -> bool:
    if type(cell) is SRN:
        return cell.form == "standard"
    if type(cell) is LSTM:
        return cell == LSTM(cell.dim, forget_bias=cell.forget_bias, bias=cell.bias)
    if type(cell) is not GRU or cell.reset == "none":
        return False
    return cell.recurrence == "dense"


def run(
    cell: Cell,
    params: Params,
    inputs: Inputs,
    state: State,
    start: State | None,
    reverse: bool,
) -> tuple[State, Array]:
    """Runs a cell over a sequence; see `seqnets.unroll`.

    Args:
      cell: a cell, wrapped or not, for which `why_not` has no reason.
      params: its parameters.
      inputs: their values, noise and marks.
      state: the state to begin with.
      start: the state that a reset puts in place; None without resets.
      reverse: whether time runs from the last step to the first.

    Returns:
      The last state, and the outputs [B, T, H].
    """
    part = inputs.chunk(0, inputs.xs.shape[1])
    us = cell.project(params, part.xs, part.noise)  # [T, B, GH]
    core, own = cell.core(params)
    mask, reset = part.steps
    afresh = reset
    if reset is not None and reverse:  # There it acts after its step.
        afresh = jnp.concatenate([reset[1:], jnp.zeros_like(reset[:1])])
    given, steps = Given(own, us, state, start), Steps(mask, afresh)
    how = How(core, reverse)
    if us.size:
        state, hs = sequence(how, given, steps)
    else:
        state, hs = reference(how, given, steps)
    if reset is not None and reverse and len(reset):
        state = select(reset[0], start, state)
    ys = zero_masked(mask, hs).astype(inputs.xs.dtype)
    return state, ys.swapaxes(0, 1)
