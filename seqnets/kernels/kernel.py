"""The interface between a cell and `bptt`: its step, backward step, what is saved."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.cells.cell import Params, Projected, State
from seqnets.linear import matmul, memory_dtype, transpose


class Kernel(NamedTuple):
    """The step of a cell with a custom gradient; y is the h of its state.

    forward(cell, params, state, u) -> (state, saved)
    linearise(cell, params, residuals) -> partials, the Jacobians that backward needs;
      see `Residuals`.
    transpose_weights(cell, params) -> the matrices that backward multiplies by.
    backward(cell, weights_t, partials, ∂state) -> (∂state before, errors), linear in
      ∂state, which has ∂y in its h.
    gradients(cell, params, residuals, partials, errors) -> (δ, ∂params), δ = ∂L/∂u;
      None for what only `project` reads. Here all have leading [T, B].
    """

    forward: Callable[..., tuple[State, Any]]
    linearise: Callable[..., Any]
    transpose_weights: Callable[..., Any]
    backward: Callable[..., tuple[State, Any]]
    gradients: Callable[..., tuple[Projected, Params]]


class Residuals(NamedTuple):
    """What the backward pass knows of steps that were run, leading [T, B]."""

    before: State
    after: State
    saved: Any


def weight_gradient(reads: Array, deltas: Array, like: Array) -> Array:
    """Sums the outer products over all steps and rows: one matrix product.

    ∂L/∂W = Σ_t Σ_b read_{t,b} δ_{t,b}ᵀ

    Args:
      reads: inputs of the matrix, [T, B, P].
      deltas: errors of its outputs, [T, B, Q].
      like: the matrix [P, Q], in whose dtype the factors are; or [Q] of a diagonal
        recurrence.

    Returns:
      The gradient in the shape of `like`, float32 or wider.
    """
    if like.ndim == 1:
        blocks = deltas.reshape(*deltas.shape[:-1], -1, reads.shape[-1])
        d = jnp.einsum("tbh,tbgh->gh", reads.astype(deltas.dtype), blocks)
        return d.reshape(-1)
    reads, deltas = reads.astype(like.dtype), deltas.astype(like.dtype)
    if jax.device_count() > 1:
        # XLA divides rows only where their axis is not merged behind time.
        wide = memory_dtype(like.dtype)
        return jnp.einsum("tbp,tbq->pq", reads, deltas, preferred_element_type=wide)
    reads, deltas = (a.reshape(-1, a.shape[-1]) for a in (reads, deltas))
    return matmul(transpose(reads), deltas)
