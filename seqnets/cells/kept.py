"""What variational dropout masks of a state, and how a cell is stepped on it."""

import inspect
from collections.abc import Callable
from typing import Any

import jax
from jax import Array

from seqnets.cells.cell import Cell, Params, Projected, State
from seqnets.linear import floating


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
    if takes_keep(cell.step):
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
    if takes_keep(cell.output_of):
        return cell.output_of(state, y, keep=keep)
    if not takes_keep(cell.step):
        return cell.output_of(_masked(state, keep), y)
    own = cell.output_of(state, y)
    masked = getattr(keep, "shape", None) == own.shape
    return (own * keep).astype(own.dtype) if masked else own


def kept_shapes(cell: Cell, batch_size: int, in_dim: int) -> Any:
    """Returns the shape of `keep`: that of the cell's `keep_shape`, or of its state.

    The second for a cell whose `step` does not take `keep`; it has None for those
    arrays of the state that are not masked.
    """
    if takes_keep(cell.step):
        return cell.keep_shape(batch_size, in_dim)
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


def takes_keep(method: Callable) -> bool:
    """Returns whether a method of a cell has the keyword argument `keep`."""
    return "keep" in inspect.signature(method).parameters
