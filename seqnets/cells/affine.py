"""Cells whose recurrence is linear in the state, given the input."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax

from seqnets.cells.cell import Cell, Params, Projected, State
from seqnets.linear import memory_dtype


class AffineCell(Cell):
    """A cell stepped by its `affine` and `read`; see `Cell.affine`."""

    def step(
        self, params: Params, state: State, u: Projected, *, keep: Any = None
    ) -> tuple[State, Array]:
        # No matrix reads the state, so that `keep` has nothing to mask.
        a, b = self.affine(params, u)
        after = jax.tree.map(_advance, a, b, state)
        return after, self.read(params, after, u)


def as_factor(state: Array, a: Array) -> Array:
    """Returns an array of a state as `Cell.affine` gives it: [..., 2N] is N complex.

    Args:
      state: [..., H].
      a: real or complex: which of the two is wanted.
    """
    wide = state.astype(memory_dtype(state.dtype))
    if not jnp.iscomplexobj(a):
        return wide
    return lax.complex(*jnp.split(wide, 2, -1))


def as_state(found: Array) -> Array:
    """Returns the array of a state that `as_factor` made real or complex numbers of."""
    if not jnp.iscomplexobj(found):
        return found
    return jnp.concatenate([found.real, found.imag], -1)


def _advance(a: Array, b: Array, state: Array) -> Array:
    return as_state(a * as_factor(state, a) + b).astype(state.dtype)
