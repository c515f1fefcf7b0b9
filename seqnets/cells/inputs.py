"""Checks of what a cell is run on: its inputs, their marks, and its parameters."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.cells.cell import Cell, Params, State
from seqnets.cells.stack import Stack
from seqnets.linear import floating


class Directions(NamedTuple):
    """Parameters, or states, of a forward and a backward run."""

    forward: Any
    backward: Any


def arrays(
    xs: Any, mask: Any = None, reset: Any = None
) -> tuple[Array, Array | None, Array | None]:
    """Returns xs, floating [B, T, D], and marks, bool [B, T] or None, as arrays.

    Raises:
      ValueError: for others.
    """
    xs = jnp.asarray(xs)  # NumPy's float64 is float32 without JAX's 64-bit mode.
    if xs.ndim != 3 or not floating(xs):
        raise ValueError(
            f"xs must be floating [B, T, D], not {xs.dtype} of shape {xs.shape}"
        )
    mask, reset = (None if m is None else jnp.asarray(m) for m in (mask, reset))
    for name, marks in (("mask", mask), ("reset", reset)):
        if marks is not None and (
            marks.shape != xs.shape[:2] or marks.dtype != jnp.bool_
        ):
            raise ValueError(
                f"{name} must be bool of shape {xs.shape[:2]}, not {marks.dtype}"
                f" of shape {marks.shape}"
            )
    return xs, mask, reset


def check_step(x: Array) -> None:
    """Raises ValueError unless x is floating [B, D]."""
    if x.ndim != 2 or not floating(x):
        raise ValueError(f"x must be floating [B, D], not {x.dtype} of shape {x.shape}")


def check_state(cell: Cell, params: Params, state: State, xs: Array) -> None:
    """Raises ValueError unless a state is of this cell, for the rows of xs [B, ...].

    Its floating arrays may have another precision, but must be floating.
    """

    def initial(params: Params) -> State:
        return cell.initial_state(params, len(xs), xs.dtype)

    own = jax.tree.leaves(jax.eval_shape(initial, params))
    given = [jnp.asarray(leaf) for leaf in jax.tree.leaves(state)]
    expected, found = ([leaf.shape for leaf in leaves] for leaves in (own, given))
    if found != expected:
        raise ValueError(
            f"state must be one of {cell} for {len(xs)} rows, arrays of shapes"
            f" {expected}, not {found}: see cell.initial_state"
        )
    for leaf, like in zip(given, own, strict=True):
        if floating(leaf) != floating(like):
            raise ValueError(
                f"state must have {like.dtype}, as cell.initial_state has, where it"
                f" has {leaf.dtype}"
            )


def check_directions(cell: Cell, **trees: Any) -> None:
    """Raises ValueError for what has no two directions, or not one part per layer.

    Args:
      cell: any cell, or a `Stack`.
      **trees: parameters or states by name; None passes.
    """
    what, count = "Directions, forward and backward", 2
    if isinstance(cell, Stack):
        count = len(cell.cells)
        what = f"a tuple of {count}, one per layer"
    for name, tree in trees.items():
        plain = type(tree) in (Directions, tuple, list)
        if tree is not None and not (plain and len(tree) == count):
            found = f"{len(tree)} in a " if plain else ""
            raise ValueError(
                f"{name} must be {what}, as of init_bidirectional and bidirectional,"
                f" not {found}{type(tree).__name__}"
            )


def check_params(cell: Cell, params: Params, in_dim: int) -> None:
    """Raises ValueError for parameters of another cell or width.

    Those are others than `init` draws for this cell and width, by names and shapes. Of
    a cell that is not hashable, or whose `init` fails, nothing is known.

    Args:
      cell: any cell.
      params: its parameters.
      in_dim: width D of the inputs.
    """
    try:
        fitting = _drawn(cell, in_dim)
    except TypeError:  # A cell that is not hashable.
        return
    found = _named_shapes(params)
    if fitting is None or found == fitting:
        return
    fitting = _drawn.__wrapped__(cell, in_dim)  # Its class may have changed since.
    if fitting is None or found == fitting:
        return
    if found.keys() != fitting.keys():
        raise ValueError(
            f"params are not of {cell}: they have {', '.join(found)}, where init gives"
            f" {', '.join(fitting)}"
        )
    name = next(name for name, shape in found.items() if fitting[name] != shape)
    raise ValueError(
        f"xs have width D = {in_dim}, for which params{name and '.' + name} of {cell}"
        f" have shape {fitting[name]}, not {found[name]}: pass inputs of the width of"
        f" the parameters, the cell that they are of, or init(key, {in_dim})"
    )


@functools.lru_cache(64)
def _drawn(cell: Cell, in_dim: int) -> dict[str, tuple[int, ...]] | None:
    """Returns the shapes of what `init` draws, by name; None where it fails."""
    try:
        drawn = jax.eval_shape(lambda: cell.init(jax.random.key(0), in_dim))
    except Exception:  # Whatever a cell of one's own raises where it is traced.
        return None
    return _named_shapes(drawn)


def _named_shapes(params: Params) -> dict[str, tuple[int, ...]]:
    leaves = jax.tree_util.tree_leaves_with_path(params)
    named = {
        jax.tree_util.keystr(path, simple=True, separator="."): jnp.shape(leaf)
        for path, leaf in leaves
    }
    # What is bound is not drawn by `init`.
    return {n: s for n, s in named.items() if "memory" not in n.split(".")}
