"""Limited look-ahead: both directions over a chunk and a few steps behind it.

A run forward in time carries its state from chunk to chunk, and loses nothing. A run
backward needs what has not come yet: here it begins a limited number of steps after the
chunk, its look-ahead, from its initial state.
"""

from typing import Any

import jax.numpy as jnp
from jax import Array

from seqnets.cells.cell import Cell, Params, State
from seqnets.cells.inputs import check_directions
from seqnets.cells.stack import Stack
from seqnets.kernels import chunks
from seqnets.plan import Plan
from seqnets.unroll import unroll

DIRECTIONS = ("forward", "backward", "both")


def read_chunk(
    cell: Cell,
    params: Params,
    xs: Array,
    *,
    look_ahead: int = 0,
    direction: str = "both",
    state: State | None = None,
    mask: Array | None = None,
    reset: Array | None = None,
    plan: Plan | None = None,
) -> tuple[State, Array]:
    """Runs a cell over a chunk of N steps, given L steps that follow it.

    h→ begins with `state`, and what is returned of it is h→_N
    h← begins with the initial state behind step N + L
    y_t = [h→_t; h←_t],  t = 1 ... N + L

    Of the whole sequence's outputs, those of the chunk lack what comes after the
    look-ahead; the others are provisional. In a stack, each layer reads both halves of
    the layer below over all N + L steps, and the state that it carries has read those
    of the chunk as they were then.

    Args:
      cell: any cell, or a `Stack`.
      params: of `init_bidirectional` for "both", else of `cell.init`.
      xs: inputs [B, N + L, D].
      look_ahead: L.
      direction: one of `DIRECTIONS`.
      state: of the forward run, before the chunk; the initial state by default. It is
        the cell's own, and () for "backward".
      mask, reset, plan: as in `unroll`.

    Returns:
      The state of the forward run after the chunk, and outputs [B, N + L, H], or
      [B, N + L, 2H] of both directions.

    Raises:
      ValueError: for an unknown direction, params of one direction for
        "both", a look-ahead longer than xs, or as `unroll`.
    """
    if direction not in DIRECTIONS:
        raise ValueError(f"direction must be one of {DIRECTIONS}, not {direction!r}")
    if not 0 <= look_ahead <= xs.shape[1]:
        raise ValueError(
            f"look_ahead must be from 0 to the {xs.shape[1]} steps of xs, not"
            f" {look_ahead}"
        )
    marks = {"mask": mask, "reset": reset}
    if direction == "backward":
        return (), unroll(cell, params, xs, reverse=True, plan=plan, **marks)[1]
    read = _both if direction == "both" else _forward
    return read(cell, params, xs, state, look_ahead, marks, plan)


def _forward(cell, params, xs, state, look_ahead, marks, plan):
    """Runs over chunk and look-ahead; returns the state between the two."""
    size = xs.shape[1] - look_ahead
    after, ys = [], []
    for part in (slice(0, size), slice(size, None))[: 2 if look_ahead else 1]:
        own = {n: None if m is None else m[:, part] for n, m in marks.items()}
        state, y = unroll(cell, params, xs[:, part], state=state, plan=plan, **own)
        after.append(state)
        ys.append(y)
    return after[0], jnp.concatenate(ys, 1)


def _both(cell, params, xs, state, look_ahead, marks, plan):
    """As `_forward`, with a backward run from the end of the look-ahead beside it."""
    check_directions(cell, params=params)
    if isinstance(cell, Stack):
        if cell.passes_inputs:
            xs = chunks.zero_masked(marks["mask"], xs)  # It is part of outputs.
        before = (None,) * len(cell.cells) if state is None else state
        after = []
        for layer, p, s in zip(cell.cells, params, before, strict=True):
            s, ys = _both(layer, p, xs, s, look_ahead, marks, plan)
            after.append(s)
            xs = cell.join(xs, ys)
        return tuple(after), xs
    forward, backward = params
    state, ahead = _forward(cell, forward, xs, state, look_ahead, marks, plan)
    _, back = unroll(cell, backward, xs, reverse=True, plan=plan, **marks)
    return state, jnp.concatenate([ahead, back], -1)


def start(
    cell: Cell, params: Params, batch_size: int, dtype: Any, direction: str = "both"
) -> State:
    """Returns the state before the first chunk; arguments as of `read_chunk`.

    Raises:
      ValueError: for params of one direction for "both".
    """
    if direction == "backward":
        return ()
    if direction == "both":
        check_directions(cell, params=params)
        if isinstance(cell, Stack):
            layers = zip(cell.cells, params, strict=True)
            return tuple(start(layer, p, batch_size, dtype) for layer, p in layers)
        params, _ = params
    return cell.initial_state(params, batch_size, dtype)
