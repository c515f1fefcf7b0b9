"""The custom gradient of the SRN (001 eq 23-30; Werbos, 1990)."""

import jax.numpy as jnp
from jax import Array

from seqnets.cells.simple import ACTIVATIONS, SRN, SRNParams, SRNState
from seqnets.kernels.kernel import Kernel, Residuals, weight_gradient
from seqnets.linear import matmul, memory_dtype, transpose

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
        h = u + matmul(f(state.h), params.w_h)
    else:
        h = f(u + matmul(state.h, params.w_h))
    return SRNState(h.astype(state.h.dtype)), None


def linearise(cell: SRN, params: SRNParams, residuals: Residuals) -> Array:
    """f' at every step: of its result, or of the state before it in eq 39."""
    f, slope = ACTIVATIONS[cell.activation], DERIVATIVES[cell.activation]
    if cell.form == "preactivation":
        return slope(f(residuals.before.h))
    return slope(residuals.after.h)


def transpose_weights(cell: SRN, params: SRNParams) -> Array:
    return transpose(params.w_h)


def backward(cell: SRN, w_h_t: Array, slope: Array, d_state: SRNState):
    """δ_t = ∂h_t ⊙ f'(s_t),  ∂h_{t-1} = δ_t W_hᵀ; f' moves behind W_h in eq 39."""
    (d_h,) = d_state
    d_h = d_h.astype(memory_dtype(d_h.dtype))
    if cell.form == "preactivation":
        return SRNState(matmul(d_h, w_h_t) * slope), d_h
    delta = d_h * slope
    return SRNState(matmul(delta, w_h_t)), delta


def gradients(
    cell: SRN, params: SRNParams, residuals: Residuals, slope: Array, delta: Array
):
    reads = residuals.before.h
    if cell.form == "preactivation":
        reads = ACTIVATIONS[cell.activation](reads)
    return delta, SRNParams(None, weight_gradient(reads, delta, params.w_h), None)


KERNEL = Kernel(forward, linearise, transpose_weights, backward, gradients)
