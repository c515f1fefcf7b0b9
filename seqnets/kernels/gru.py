"""The custom gradient of the GRU, for every form of it."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from seqnets.cells.gru import GRU, GRUParams, GRUState
from seqnets.cells.recurrence import recur, recur_back, transposed
from seqnets.kernels.kernel import Kernel, Residuals, weight_gradient


class Saved(NamedTuple):
    gates: Array  # [B, H] or [B, 2H]: r z, or z.
    n: Array  # [B, H]
    m: Array | None  # [B, H], what the gate resets with reset="after": W_n h' + b_n.


class Partials(NamedTuple):
    """Factors of ∂h; with reset="before" that of r multiplies ∂(r h')."""

    gates: Array  # [B, GH], of the pre-activations.
    reset: Array | None  # [B, H], r.
    keep: Array  # [B, H], ∂h/∂h' beside the gates.


class Errors(NamedTuple):
    s: Array  # [B, GH], of h' W_h, or (r h') W_h.
    n: Array | None  # [B, H], of the candidate's pre-activation, where it differs.


def forward(cell: GRU, params: GRUParams, state: GRUState, u: Array):
    H = cell.dim
    (h,) = state
    if cell.reset == "before":
        gates = pack(cell, u[:, :-H], recur(h, params.w_h[..., :-H]))
        m = None
        reset = gates[:, :H] * h
        n = jnp.tanh(u[:, -H:] + recur(reset, params.w_h[..., -H:]))
    else:
        # One product serves gates and candidate alike.
        s = recur(h, params.w_h)
        gates = pack(cell, u[:, :-H], s[:, :-H])
        if cell.reset == "after":
            m = s[:, -H:] if params.b_n is None else s[:, -H:] + params.b_n
            n = jnp.tanh(u[:, -H:] + gates[:, :H] * m)
        else:
            m = None
            n = jnp.tanh(u[:, -H:] + s[:, -H:])
    z = gates[:, -H:]
    new, old = (n, h) if cell.update == "new" else (h, n)
    h = z * new + (1.0 - z) * old
    return GRUState(h.astype(state.h.dtype)), Saved(gates, n, m)


def pack(cell: GRU, u: Array, s: Array) -> Array:
    """Returns the gates σ(u + s) = ½ + ½ tanh((u + s) / 2), packed.

    Each is computed by itself and then put beside the other: XLA would otherwise
    compute both where they are used, in a loop that does not vectorise.
    """
    count = len(cell.gates) - 1
    parts = zip(*(jnp.split(a, count, -1) for a in (u, s)), strict=True)
    tanhs = [jnp.tanh(0.5 * (of_u + of_s)) for of_u, of_s in parts]
    return 0.5 + 0.5 * jnp.concatenate(tanhs, -1)


def linearise(cell: GRU, params: GRUParams, residuals: Residuals) -> Partials:
    """With h = z n + (1 - z) h' (update="new"):

    ∂h/∂s_n = z (1 - n²)        ∂h/∂s_z = (n - h') z (1 - z)
    reset="after", q = W_n h' + b_n:  ∂h/∂s_r = ∂h/∂s_n q r (1 - r)
    reset="before":  ∂(r h')/∂s_r = h' r (1 - r)
    """
    H = cell.dim
    (h,) = residuals.before
    gates, n, m = residuals.saved
    z = gates[..., -H:]
    keep, change = (1.0 - z, n - h) if cell.update == "new" else (z, h - n)
    of_n = (1.0 - keep) * (1.0 - n * n)
    of_z = change * z * (1.0 - z)
    if cell.reset == "none":
        return Partials(jnp.concatenate([of_z, of_n], -1), None, keep)
    r = gates[..., :H]
    of_r = (of_n * m if cell.reset == "after" else h) * r * (1.0 - r)
    return Partials(jnp.concatenate([of_r, of_z, of_n], -1), r, keep)


def transpose_weights(cell: GRU, params: GRUParams) -> tuple[Array, ...]:
    if cell.reset != "before":
        return (transposed(params.w_h),)
    parts = params.w_h[..., : -cell.dim], params.w_h[..., -cell.dim :]
    return tuple(map(transposed, parts))


def backward(cell: GRU, weights_t: tuple[Array, ...], p: Partials, d_state: GRUState):
    """Sums ∂h' through the interpolation, the gates and the reset."""
    H = cell.dim
    (d_h,) = d_state
    d_before = d_h * p.keep
    d_n = d_h * p.gates[:, -H:]
    match cell.reset:
        case "before":
            w_gates_t, w_n_t = weights_t
            d_m = recur_back(d_n, w_n_t, H)
            d_gates = jnp.concatenate([d_m, d_h], -1) * p.gates[:, :-H]
            d_before += d_m * p.reset + recur_back(d_gates, w_gates_t, H)
            errors = Errors(d_gates, d_n)
        case "after":
            d_s = jnp.concatenate([d_h, d_h, d_h * p.reset], -1) * p.gates
            d_before += recur_back(d_s, *weights_t, H)
            errors = Errors(d_s, d_n)
        case "none":
            d_s = jnp.concatenate([d_h, d_h], -1) * p.gates
            d_before += recur_back(d_s, *weights_t, H)
            errors = Errors(d_s, None)
    return GRUState(d_before), errors


def gradients(
    cell: GRU, params: GRUParams, residuals: Residuals, partials, errors: Errors
):
    H = cell.dim
    (h,) = residuals.before
    d_b_n = None
    delta = errors.s
    match cell.reset:
        case "before":
            d_gates = weight_gradient(h, errors.s, params.w_h)
            reset = residuals.saved.gates[..., :H] * h
            d_n = weight_gradient(reset, errors.n, params.w_h)
            d_w_h = jnp.concatenate([d_gates, d_n], -1)
            delta = jnp.concatenate([errors.s, errors.n], -1)
        case "after":
            d_w_h = weight_gradient(h, errors.s, params.w_h)
            delta = jnp.concatenate([errors.s[..., :-H], errors.n], -1)
            if params.b_n is not None:
                d_b_n = errors.s[..., -H:].sum((0, 1))
        case "none":
            d_w_h = weight_gradient(h, errors.s, params.w_h)
    return delta, GRUParams(None, d_w_h, None, d_b_n)


KERNEL = Kernel(forward, linearise, transpose_weights, backward, gradients)
