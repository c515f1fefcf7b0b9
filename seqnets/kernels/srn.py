"""The SRN's gradient written out (001 eq 23-30; Werbos, 1990)."""

import jax.numpy as jnp
from jax import Array

from seqnets.cells.cell import matmul, memory_dtype
from seqnets.cells.simple import ACTIVATIONS, SRN, SRNParams, SRNState
from seqnets.kernels.bptt import Kernel, weight_gradient

# f'(s) in terms of a = f(s).
DERIVATIVES = {
    "tanh": lambda a: 1.0 - a * a,
    "logistic": lambda a: a * (1.0 - a),
    "relu": lambda a: (a > 0.0).astype(a.dtype),
    "identity": jnp.ones_like,
}


def forward(cell: SRN, params: SRNParams, state: SRNState, u: Array):
    f = ACTIVATIONS[cell.activation]
    if cell.form == "preactivation":
        a = f(state.h)
        h = u + matmul(a, params.w_h)
        saved = a, a
    else:
        h = f(u + matmul(state.h, params.w_h))
        saved = state.h, h
    h = h.astype(state.h.dtype)
    return SRNState(h), h.astype(params.w_h.dtype), saved


def backward(cell: SRN, params: SRNParams, saved, d_state: SRNState, d_y: Array):
    """δ_t = ∂h_t ⊙ f'(s_t),  ∂h_{t-1} = δ_t W_hᵀ; f' moves behind W_h in eq 39."""
    _, a = saved
    slope = DERIVATIVES[cell.activation](a)
    d_h = d_state.h + d_y
    if cell.form == "preactivation":
        delta = d_h.astype(memory_dtype(d_h.dtype))
        d_before = matmul(delta, params.w_h.T) * slope
    else:
        delta = d_h * slope
        d_before = matmul(delta, params.w_h.T)
    return SRNState(d_before.astype(d_state.h.dtype)), delta, None


def weights(cell: SRN, params: SRNParams, saved, deltas: Array, kept) -> SRNParams:
    reads, _ = saved
    return SRNParams(None, weight_gradient(reads, deltas, params.w_h), None)


KERNEL = Kernel(forward, backward, weights)
