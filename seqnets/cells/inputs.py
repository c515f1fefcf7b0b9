"""Checks of what a cell is run on: its inputs, their marks, and its parameters."""

import contextlib
from collections.abc import Iterator
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


def check(xs: Array, mask: Array | None, reset: Array | None) -> None:
    """Raises ValueError unless xs are floating [B, T, D], and marks bool [B, T]."""
    if xs.ndim != 3 or not floating(xs):
        raise ValueError(
            f"xs must be floating [B, T, D], not {xs.dtype} of shape {xs.shape}"
        )
    for name, marks in (("mask", mask), ("reset", reset)):
        if marks is not None and (
            marks.shape != xs.shape[:2] or marks.dtype != jnp.bool_
        ):
            raise ValueError(
                f"{name} must be bool of shape {xs.shape[:2]}, not {marks.dtype}"
                f" of shape {marks.shape}"
            )


def check_step(x: Array) -> None:
    """Raises ValueError unless x is floating [B, D]."""
    if x.ndim != 2 or not floating(x):
        raise ValueError(f"x must be floating [B, D], not {x.dtype} of shape {x.shape}")


def check_state(cell: Cell, params: Params, state: State, xs: Array) -> None:
    """Raises ValueError unless a state is of this cell, for the rows of xs [B, ...]."""

    def initial(params: Params) -> State:
        return cell.initial_state(params, len(xs), xs.dtype)

    expected, found = (
        [jnp.shape(leaf) for leaf in jax.tree.leaves(tree)]
        for tree in (jax.eval_shape(initial, params), state)
    )
    if found != expected:
        raise ValueError(
            f"state must be one of {cell} for {len(xs)} rows, arrays of shapes"
            f" {expected}, not {found}: see cell.initial_state"
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


@contextlib.contextmanager
def fitting(cell: Cell, params: Params, in_dim: int) -> Iterator[None]:
    """Names parameters that do not fit, where `Cell.project` fails inside.

    Args:
      cell: any cell.
      params: its parameters.
      in_dim: width D of the inputs.

    Raises:
      ValueError: for parameters that `init` would not draw for this cell and width,
        in place of the error inside; other errors stay as they are.
    """
    try:
        yield
    except (AttributeError, TypeError, ValueError) as error:
        wrong = _misfit(cell, params, in_dim)
        if wrong is None:
            raise
        raise ValueError(wrong) from error


def _misfit(cell: Cell, params: Params, in_dim: int) -> str | None:
    """Returns what is said of the first array of another shape than `init` gives."""

    def shapes(tree: Any) -> dict[str, tuple[int, ...]]:
        leaves = jax.tree_util.tree_leaves_with_path(tree)
        named = {
            jax.tree_util.keystr(p, simple=True, separator="."): a.shape
            for p, a in leaves
        }
        # What is bound is not drawn by `init`.
        return {n: s for n, s in named.items() if "memory" not in n.split(".")}

    fitting = shapes(
        jax.eval_shape(lambda key: cell.init(key, in_dim), jax.random.key(0))
    )
    found = shapes(params)
    if found.keys() != fitting.keys():
        return (
            f"params are not of {cell}: they have {', '.join(found)}, where init gives"
            f" {', '.join(fitting)}"
        )
    for name, shape in found.items():
        if fitting.get(name, shape) != shape:
            return (
                f"xs have width D = {in_dim}, for which params{name and '.' + name} of"
                f" {cell} have shape {fitting[name]}, not {shape}: pass inputs of"
                f" the width of the parameters, or init(key, {in_dim})"
            )
    return None
