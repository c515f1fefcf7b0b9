"""The GRU's gradient written out, for every form of it."""

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.cells.cell import matmul
from seqnets.cells.gru import GRU, GRUParams, GRUState
from seqnets.kernels.bptt import Kernel, weight_gradient


def forward(cell: GRU, params: GRUParams, state: GRUState, u: Array):
    """Steps as `GRU.step`, saving (h', gates, n, m): m is what meets the reset gate.

    m is r h' for reset="before", W_h h' + b_n for "after", absent for "none".
    """
    H = cell.dim
    (h,) = state
    if cell.reset == "before":
        s = matmul(h, params.w_h[:, :-H])
        gates = jax.nn.sigmoid(u[:, :-H] + s)
        m = gates[:, :H] * h
        n = jnp.tanh(u[:, -H:] + matmul(m, params.w_h[:, -H:]))
    else:
        # One product serves gates and candidate alike.
        s = matmul(h, params.w_h)
        gates = jax.nn.sigmoid(u[:, :-H] + s[:, :-H])
        if cell.reset == "after":
            m = s[:, -H:] if params.b_n is None else s[:, -H:] + params.b_n
            n = jnp.tanh(u[:, -H:] + gates[:, :H] * m)
        else:
            m = None
            n = jnp.tanh(u[:, -H:] + s[:, -H:])
    z = gates[:, -H:]
    new, old = (n, h) if cell.update == "new" else (h, n)
    h = (z * new + (1.0 - z) * old).astype(h.dtype)
    return GRUState(h), h.astype(params.w_h.dtype), (state.h, gates, n, m)


def backward(cell: GRU, params: GRUParams, saved, d_state: GRUState, d_y: Array):
    """∂n and ∂z from the interpolation; ∂h' through it, the reset and W_h.

    With h = z n + (1 - z) h' (update="new"):
      δ_n = ∂h z (1 - n²)        δ_z = ∂h (n - h') z (1 - z)
    reset="before":  ∂(r h') = δ_n W_nᵀ,  δ_r = ∂(r h') h' r (1 - r)
    reset="after":   q = W_n h' + b_n,  δ_r = δ_n q r (1 - r),  ∂q = δ_n r
    """
    H = cell.dim
    h, gates, n, m = saved
    z = gates[:, -H:]
    d_h = d_state.h + d_y
    keep = 1.0 - z if cell.update == "new" else z
    d_gate = d_h * (n - h if cell.update == "new" else h - n)
    delta_n = d_h * (1.0 - keep) * (1.0 - n * n)
    delta_z = d_gate * z * (1.0 - z)
    d_before = d_h * keep

    match cell.reset:
        case "before":
            r = gates[:, :H]
            d_m = matmul(delta_n, params.w_h[:, -H:].T)
            delta = jnp.concatenate([d_m * h * r * (1.0 - r), delta_z, delta_n], -1)
            d_before += d_m * r + matmul(delta[:, :-H], params.w_h[:, :-H].T)
            kept = None
        case "after":
            r = gates[:, :H]
            delta_r = delta_n * m * r * (1.0 - r)
            delta = jnp.concatenate([delta_r, delta_z, delta_n], -1)
            kept = jnp.concatenate([delta_r, delta_z, delta_n * r], -1)
            d_before += matmul(kept, params.w_h.T)
        case "none":
            delta = jnp.concatenate([delta_z, delta_n], -1)
            d_before += matmul(delta, params.w_h.T)
            kept = None
    return GRUState(d_before.astype(d_state.h.dtype)), delta, kept


def weights(cell: GRU, params: GRUParams, saved, deltas: Array, kept) -> GRUParams:
    H = cell.dim
    h, _, _, m = saved
    d_b_n = None
    match cell.reset:
        case "before":
            d_gates = weight_gradient(h, deltas[..., :-H], params.w_h)
            d_n = weight_gradient(m, deltas[..., -H:], params.w_h)
            d_w_h = jnp.concatenate([d_gates, d_n], -1)
        case "after":
            d_w_h = weight_gradient(h, kept, params.w_h)
            if params.b_n is not None:
                d_b_n = kept[..., -H:].sum((0, 1)).astype(params.b_n.dtype)
        case "none":
            d_w_h = weight_gradient(h, deltas, params.w_h)
    return GRUParams(None, d_w_h, None, d_b_n)


KERNEL = Kernel(forward, backward, weights)
