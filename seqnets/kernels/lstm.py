"""The LSTM's gradient written out, for every variant of it (Greff et al., 2017)."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.cells.cell import matmul
from seqnets.cells.lstm import (
    LSTM,
    NORM_EPSILON,
    LSTMParams,
    LSTMState,
    NormParams,
    standardise,
)
from seqnets.kernels.bptt import Kernel, weight_gradient


class Saved(NamedTuple):
    h: Array  # [B, P], before the step.
    c: Array  # [B, H], before the step.
    gates: Array  # [B, GH], after their nonlinearities.
    s: Array | None  # [B, GH], W_h h before layer norm.


class Kept(NamedTuple):
    """Errors that differ from δ, where an option makes them so."""

    s: Array | None  # [B, GH], of W_h h before layer norm.
    h: Array | None  # [B, P], of the output, for the projection.
    read: Array | None  # [B, H], of the normalised memory.


def squash(cell: LSTM, s: Array) -> Array:
    """Applies the gates' nonlinearities by one tanh: σ(s) = ½ + ½ tanh(s / 2).

    One pass over a contiguous array vectorises where four over slices do not.
    """
    half = [gate != "g" or cell.candidate == "logistic" for gate in cell.gates]
    scale = jnp.repeat(jnp.where(jnp.array(half), 0.5, 1.0), cell.dim).astype(s.dtype)
    return scale * jnp.tanh(scale * s) + (scale < 1.0) * (1.0 - scale)


def split(cell: LSTM, gates: Array) -> dict[str, Array]:
    """Returns the gates by letter; an absent i is 1 - f, an absent f is 1."""
    named = dict(zip(cell.gates, jnp.split(gates, len(cell.gates), -1), strict=True))
    named.setdefault("f", 1.0)
    if cell.coupled:
        named["i"] = 1.0 - named["f"]
    return named


def peep(cell: LSTM, params: LSTMParams, c: Array) -> Array:
    """Returns what the peepholes add before the update, [B, GH]: none to g and o."""
    seen = [p * c for p in params.peephole[:-1]]
    return jnp.concatenate([*seen, jnp.zeros_like(c), jnp.zeros_like(c)], -1)


def read_out(cell: LSTM, params: LSTMParams, c: Array, o: Array):
    """Returns the normalised memory, what the output reads, and the output."""
    ĉ = standardise(c) if cell.layer_norm else None
    read = c if ĉ is None else ĉ * params.norm.c + params.norm.c_bias
    if cell.output == "gated_tanh":
        return ĉ, read, o * jnp.tanh(read)
    return ĉ, read, jnp.tanh(o * read)


def forward(cell: LSTM, params: LSTMParams, state: LSTMState, u: Array):
    h, c = state
    s = matmul(h, params.w_h)
    z = u + (standardise(s) * params.norm.h if cell.layer_norm else s)
    if cell.peephole:
        z += peep(cell, params, c)
    gates = squash(cell, z)
    a = split(cell, gates)
    c = a["f"] * c + a["i"] * a["g"]
    if cell.peephole:
        o = jax.nn.sigmoid(z[:, -cell.dim :] + params.peephole[-1] * c)
        gates = gates.at[:, -cell.dim :].set(o)
        a["o"] = o
    *_, h = read_out(cell, params, c, a["o"])
    if cell.projection:
        h = matmul(h, params.w_p)
    saved = Saved(state.h, state.c, gates, s if cell.layer_norm else None)
    state = LSTMState(h.astype(state.h.dtype), c.astype(state.c.dtype))
    return state, h.astype(params.w_h.dtype), saved


def backward(cell: LSTM, params: LSTMParams, saved: Saved, d_state: LSTMState, d_y):
    """With h = o tanh(c) and c = f c' + i g:

    ∂c += ∂h o (1 - tanh² c)      δ_o = ∂h tanh(c) o (1 - o)
    δ_i = ∂c g i (1 - i)          δ_f = ∂c c' f (1 - f)      δ_g = ∂c i (1 - g²)
    ∂c' = ∂c f                    ∂h' = δ W_hᵀ
    """
    a = split(cell, saved.gates)
    f, i, g, o = a["f"], a["i"], a["g"], a["o"]
    c = f * saved.c + i * g
    ĉ, read, out = read_out(cell, params, c, o)

    d_h = d_state.h + d_y
    d_out = matmul(d_h, params.w_p.T) if cell.projection else d_h
    if cell.output == "gated_tanh":
        t = jnp.tanh(read)
        d_o, d_read = d_out * t, d_out * o * (1.0 - t * t)
    else:
        d_s = d_out * (1.0 - out * out)
        d_o, d_read = d_s * read, d_s * o
    d_c = d_state.c
    d_c += (
        standardise_backward(c, ĉ, d_read * params.norm.c)
        if cell.layer_norm
        else d_read
    )

    delta = {"o": d_o * o * (1.0 - o)}
    p = {}
    if cell.peephole:
        p = dict(zip(cell.gates.replace("g", ""), params.peephole, strict=True))
        d_c += p["o"] * delta["o"]
    d_before = d_c * f
    slope = 1.0 - g * g if cell.candidate == "tanh" else g * (1.0 - g)
    delta["g"] = d_c * i * slope
    if cell.forget_gate:
        d_f = d_c * (saved.c - g if cell.coupled else saved.c)
        delta["f"] = d_f * f * (1.0 - f)
    if not cell.coupled:
        delta["i"] = d_c * g * i * (1.0 - i)
    for gate in set("if") & p.keys():
        d_before += p[gate] * delta[gate]

    delta = jnp.concatenate([delta[gate] for gate in cell.gates], -1)
    d_s = delta
    if cell.layer_norm:
        ŝ = standardise(saved.s)
        d_s = standardise_backward(saved.s, ŝ, delta * params.norm.h)
    kept = Kept(
        d_s if cell.layer_norm else None,
        d_h if cell.projection else None,
        d_read if cell.layer_norm else None,
    )
    d_h = matmul(d_s, params.w_h.T).astype(d_state.h.dtype)
    return LSTMState(d_h, d_before.astype(d_state.c.dtype)), delta, kept


def standardise_backward(x: Array, x̂: Array, d: Array) -> Array:
    """Returns ∂x = (∂x̂ - mean(∂x̂) - x̂ mean(∂x̂ x̂)) / √(variance + ε)."""
    scale = jax.lax.rsqrt(jnp.var(x, -1, keepdims=True) + NORM_EPSILON)
    mean, slope = d.mean(-1, keepdims=True), (d * x̂).mean(-1, keepdims=True)
    return scale * (d - mean - x̂ * slope)


def weights(
    cell: LSTM, params: LSTMParams, saved: Saved, deltas: Array, kept: Kept
) -> LSTMParams:
    d_s = kept.s if cell.layer_norm else deltas
    d_peephole = d_w_p = d_norm = None
    if cell.peephole or cell.projection or cell.layer_norm:
        a = split(cell, saved.gates)
        c = a["f"] * saved.c + a["i"] * a["g"]
        ĉ, _, out = read_out(cell, params, c, a["o"])
    if cell.peephole:
        d_peephole = _peephole_gradient(cell, saved.c, c, deltas, params.peephole)
    if cell.projection:
        d_w_p = weight_gradient(out, kept.h, params.w_p)
    if cell.layer_norm:
        d_norm = NormParams(
            x=None,
            h=(deltas * standardise(saved.s)).sum((0, 1)).astype(params.norm.h.dtype),
            c=(kept.read * ĉ).sum((0, 1)).astype(params.norm.c.dtype),
            c_bias=kept.read.sum((0, 1)).astype(params.norm.c_bias.dtype),
        )
    d_w_h = weight_gradient(saved.h, d_s, params.w_h)
    return LSTMParams(None, d_w_h, None, d_peephole, d_w_p, d_norm)


def _peephole_gradient(cell: LSTM, before, after, deltas, like: Array) -> Array:
    δ = dict(zip(cell.gates, jnp.split(deltas, len(cell.gates), -1), strict=True))
    seen: dict[str, Any] = {"i": before, "f": before, "o": after}
    rows = [(δ[gate] * seen[gate]).sum((0, 1)) for gate in cell.gates if gate in seen]
    return jnp.stack(rows).astype(like.dtype)


KERNEL = Kernel(forward, backward, weights)
