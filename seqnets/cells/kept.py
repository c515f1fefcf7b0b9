"""What variational dropout masks of a state, and how a cell is stepped on it."""

import inspect
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.cells.cell import Cell, Params, Projected, State
from seqnets.cells.inputs import floating


def step_kept(
    cell: Cell, params: Params, state: State, u: Projected, keep: Any
) -> tuple[State, Array]:
    """Steps a cell whose recurrent h is read as keep ⊙ h.

    Args:
      cell, params, state, u: as in `Cell.step`.
      keep: in the shape that `kept_shapes` gives, or None for no mask.
    """
    if keep is None:
        return cell.step(params, state, u)
    if takes_keep(cell):
        return cell.step(params, state, u, keep=keep)

    return cell.step(params, _masked(state, keep), u)


def read_output(cell: Cell, state: State, y: Array, keep: Any) -> Array:
    """Returns the output that a state shows, as matrices read it.

    Args:
      cell, state, keep: as in `step_kept`.
      y: the output where the state does not show it.
    """
    if keep is None:
        return cell.output_of(state, y)
    if not takes_keep(cell):
        return cell.output_of(_masked(state, keep), y)
    own = cell.output_of(state, y)
    return (own * keep).astype(own.dtype) if own.shape == keep.shape else own


def kept_shapes(cell: Cell, batch_size: int, in_dim: int) -> Any:
    """Returns the shape of `keep`: [B, out_dim], or a tree like the state.

    The second for a cell whose `step` does not take `keep`; it has None for those
    arrays of the state that are not masked.
    """
    while takes_keep(cell) and isinstance(getattr(cell, "cell", None), Cell):
        cell = cell.cell
    if takes_keep(cell):
        return jax.ShapeDtypeStruct((batch_size, cell.out_dim), jnp.float32)
    state = cell.state_shape(batch_size, in_dim)
    paths = [
        path
        for path, leaf in jax.tree_util.tree_flatten_with_path(state)[0]
        if floating(leaf)
    ]
    masked = [path for path in paths if field_name(path) == "h"] or paths[:1]
    return jax.tree_util.tree_map_with_path(
        lambda path, leaf: leaf if path in masked else None, state
    )


def field_name(path: tuple) -> str | None:
    """Returns the field or key at the end of a path in a tree."""
    last = path[-1] if path else None
    return getattr(last, "name", getattr(last, "key", None))


def _masked(state: State, keep: Any) -> State:
    def mask(a, keep):
        return a if keep is None else (a * keep).astype(a.dtype)

    return jax.tree.map(mask, state, keep)


def takes_keep(cell: Cell) -> bool:
    """Returns whether the `step` of a cell has the keyword argument `keep`."""
    return "keep" in inspect.signature(cell.step).parameters
