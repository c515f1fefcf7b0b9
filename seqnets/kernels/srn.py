"""The SRN's gradient written out (001 eq 23-30; Werbos, 1990)."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from seqnets.cells.cell import matmul, memory_dtype, transpose
from seqnets.cells.simple import ACTIVATIONS, SRN, SRNParams, SRNState
from seqnets.kernels.bptt import Kernel, weight_gradient

# f'(s) in terms of a = f(s).
DERIVATIVES = {
    "tanh": lambda a: 1.0 - a * a,
    "logistic": lambda a: a * (1.0 - a),
    "relu": lambda a: (a > 0.0).astype(a.dtype),
    "identity": jnp.ones_like,
}


class Saved(NamedTuple):
    reads: Array  # [B, H], what W_h multiplied.
    a: Array  # [B, H], what f gave.


def forward(cell: SRN, params: SRNParams, state: SRNState, u: Array):
    f = ACTIVATIONS[cell.activation]
    if cell.form == "preactivation":
        a = f(state.h)
        h = u + matmul(a, params.w_h)
        saved = Saved(a, a)
    else:
        h = f(u + matmul(state.h, params.w_h))
        saved = Saved(state.h, h)
    h = h.astype(state.h.dtype)
    return SRNState(h), h.astype(params.w_h.dtype), saved


def linearise(cell: SRN, params: SRNParams, saved: Saved) -> Array:
    return DERIVATIVES[cell.activation](saved.a)


def turn(cell: SRN, params: SRNParams) -> Array:
    return transpose(params.w_h)


def backward(cell: SRN, w_h_t: Array, slope: Array, d_state: SRNState):
    """δ_t = ∂h_t ⊙ f'(s_t),  ∂h_{t-1} = δ_t W_hᵀ; f' moves behind W_h in eq 39."""
    (d_h,) = d_state
    if cell.form == "preactivation":
        delta = d_h.astype(memory_dtype(d_h.dtype))
        d_before = matmul(delta, w_h_t) * slope
    else:
        delta = d_h * slope
        d_before = matmul(delta, w_h_t)
    return SRNState(d_before), delta


def gradients(cell: SRN, params: SRNParams, saved: Saved, slope, delta: Array):
    return delta, SRNParams(None, weight_gradient(saved.reads, delta, params.w_h), None)


KERNEL = Kernel(forward, linearise, turn, backward, gradients)
