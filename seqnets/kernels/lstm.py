"""The custom gradient of the LSTM, for every variant of it (Greff et al., 2017)."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.cells.lstm import (
    LSTM,
    NORM_EPSILON,
    LSTMParams,
    LSTMState,
    NormParams,
    standardise,
)
from seqnets.cells.recurrence import recur, recur_back, transposed
from seqnets.kernels.kernel import Kernel, Residuals, weight_gradient
from seqnets.linear import matmul, transpose


class Saved(NamedTuple):
    gates: Array  # [B, GH], after their nonlinearities.
    s: Array | None  # [B, GH], W_h h before layer norm.


class Partials(NamedTuple):
    """Factors of ∂y (before projection) and of ∂c."""

    gates: Array  # [B, GH]: ∂c/∂s of i, f and g, ∂y/∂s of o.
    read: Array  # [B, H], ∂y/∂c; with layer norm ∂y/∂LN(c).
    keep: Array  # [B, H], ∂c/∂c'.
    norm: tuple[Array, Array] | None  # What layer norm read: s [B, GH], c [B, H].


class TransposedWeights(NamedTuple):
    w_h: Array  # [GH, P]; of a diagonal recurrence [GH].
    w_p: Array | None  # [P, H]
    peephole: Array | None  # [H], the output gate's.
    norm: NormParams | None


class Errors(NamedTuple):
    """Errors: δ, and those that differ from it under some options."""

    delta: Array  # [B, GH]
    s: Array | None  # [B, GH], of W_h h before layer norm.
    h: Array | None  # [B, P], of the output, for the projection.
    read: Array | None  # [B, H], of the normalised memory.


def squash(cell: LSTM, s: Array) -> Array:
    """Applies the gates' nonlinearities."""
    half = [gate != "g" or cell.candidate == "logistic" for gate in cell.gates]
    return squash_blocks(half, s)


def squash_blocks(logistic: Sequence[bool], s: Array) -> Array:
    """Applies σ or tanh to equal blocks of the last axis: σ(s) = ½ + ½ tanh(s / 2).

    One pass over a contiguous array vectorises where several over slices do not.
    """
    half = jnp.where(jnp.array(logistic), 0.5, 1.0)
    scale = jnp.repeat(half, s.shape[-1] // len(logistic)).astype(s.dtype)
    return scale * jnp.tanh(scale * s) + (scale < 1.0) * (1.0 - scale)


def split(cell: LSTM, gates: Array) -> dict[str, Array]:
    """Returns the gates by letter; an absent i is 1 - f, an absent f is 1."""
    named = dict(zip(cell.gates, jnp.split(gates, len(cell.gates), -1), strict=True))
    named.setdefault("f", 1.0)
    if cell.coupled:
        named["i"] = 1.0 - named["f"]
    return named


def peep(cell: LSTM, params: LSTMParams, c: Array) -> Array:
    """Returns the peephole terms of i and f, zero for g and o, [B, GH]."""
    seen = [p * c for p in params.peephole[:-1]]
    return jnp.concatenate([*seen, jnp.zeros_like(c), jnp.zeros_like(c)], -1)


def read_out(cell: LSTM, params: LSTMParams, c: Array, o: Array):
    """Returns LN(c) or None, the memory that the output reads, and the output."""
    c_hat = standardise(c) if cell.layer_norm else None
    read = c if c_hat is None else c_hat * params.norm.c + params.norm.c_bias
    if cell.output == "gated_tanh":
        return c_hat, read, o * jnp.tanh(read)
    return c_hat, read, jnp.tanh(o * read)


def forward(cell: LSTM, params: LSTMParams, state: LSTMState, u: Array):
    h, c = state
    s = recur(h, params.w_h)
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
    saved = Saved(gates, s if cell.layer_norm else None)
    return LSTMState(h.astype(state.h.dtype), c.astype(state.c.dtype)), saved


def linearise(cell: LSTM, params: LSTMParams, residuals: Residuals) -> Partials:
    """With y = o tanh(c) and c = f c' + i g:

    ∂c/∂s_i = g i (1 - i)      ∂c/∂s_f = c' f (1 - f)      ∂c/∂s_g = i (1 - g²)
    ∂y/∂s_o = tanh(c) o (1 - o)     ∂y/∂c = o (1 - tanh² c)     ∂c/∂c' = f
    """
    gates, s = residuals.saved
    before, c = residuals.before.c, residuals.after.c
    a = split(cell, gates)
    f, i, g, o = a["f"], a["i"], a["g"], a["o"]
    _, read, out = read_out(cell, params, c, o)
    if cell.output == "gated_tanh":
        t = jnp.tanh(read)
        of_o, of_read = t, o * (1.0 - t * t)
    else:
        slope = 1.0 - out * out
        of_o, of_read = slope * read, slope * o

    of = {"i": g, "f": before - g if cell.coupled else before, "g": i, "o": of_o}
    of = jnp.concatenate([jnp.broadcast_to(of[n], c.shape) for n in cell.gates], -1)
    partials = of * derivative(cell, gates)
    keep = jnp.broadcast_to(f, c.shape)
    by_gate = split(cell, partials)
    for gate, p in peepholes(cell, params).items():
        if gate != "o":
            keep = keep + p * by_gate[gate]
    return Partials(partials, of_read, keep, (s, c) if cell.layer_norm else None)


def derivative(cell: LSTM, gates: Array) -> Array:
    """Returns the derivatives of the gates: σ' = σ (1 - σ), tanh' = 1 - tanh²."""
    column = jnp.arange(gates.shape[-1]) // cell.dim
    tanh = (column == cell.gates.index("g")) & (cell.candidate == "tanh")
    return jnp.where(tanh, 1.0 - gates * gates, gates * (1.0 - gates))


def peepholes(cell: LSTM, params: LSTMParams) -> dict[str, Array]:
    """Returns the peephole weights [H] by gate; none without peepholes."""
    if not cell.peephole:
        return {}
    return dict(zip(cell.gates.replace("g", ""), params.peephole, strict=True))


def transpose_weights(cell: LSTM, params: LSTMParams) -> TransposedWeights:
    w_p = transpose(params.w_p) if cell.projection else None
    peephole = peepholes(cell, params).get("o")
    return TransposedWeights(transposed(params.w_h), w_p, peephole, params.norm)


def backward(cell: LSTM, weights_t: TransposedWeights, p: Partials, d_state: LSTMState):
    """∂c += ∂y ∂y/∂c,   δ from ∂c and ∂y,   ∂h' = δ W_hᵀ,   ∂c' = ∂c ∂c/∂c'."""
    d_h, d_c = d_state
    d_out = matmul(d_h, weights_t.w_p) if cell.projection else d_h
    d_read = d_out * p.read
    if cell.layer_norm:
        s, c = p.norm
        d_c += standardise_backward(c, d_read * weights_t.norm.c)
    else:
        d_c += d_read
    if cell.peephole:
        d_c += weights_t.peephole * d_out * p.gates[:, -cell.dim :]
    # One product over a packed array vectorises; four over parts of it do not.
    packed = jnp.concatenate([d_c] * (len(cell.gates) - 1) + [d_out], -1)
    d_s = delta = packed * p.gates
    if cell.layer_norm:
        d_s = standardise_backward(s, delta * weights_t.norm.h)
    errors = Errors(
        delta,
        d_s if cell.layer_norm else None,
        d_h if cell.projection else None,
        d_read if cell.layer_norm else None,
    )
    return LSTMState(recur_back(d_s, weights_t.w_h, cell.dim), d_c * p.keep), errors


def standardise_backward(x: Array, d: Array) -> Array:
    """Returns ∂x = (∂x̂ - mean(∂x̂) - x̂ mean(∂x̂ x̂)) / √(variance + ε)."""
    x_hat = standardise(x)
    scale = jax.lax.rsqrt(jnp.var(x, -1, keepdims=True) + NORM_EPSILON)
    mean, slope = d.mean(-1, keepdims=True), (d * x_hat).mean(-1, keepdims=True)
    return scale * (d - mean - x_hat * slope)


def gradients(
    cell: LSTM, params: LSTMParams, residuals: Residuals, partials, errors: Errors
):
    delta = errors.delta
    d_peephole = d_w_p = d_norm = None
    if cell.peephole or cell.projection or cell.layer_norm:
        c, o = residuals.after.c, residuals.saved.gates[..., -cell.dim :]
        c_hat, _, out = read_out(cell, params, c, o)
    if cell.peephole:
        d_peephole = _peephole_gradient(cell, residuals.before.c, c, delta)
    if cell.projection:
        d_w_p = weight_gradient(out, errors.h, params.w_p)
    if cell.layer_norm:
        d_norm = NormParams(
            x=None,
            h=(delta * standardise(residuals.saved.s)).sum((0, 1)),
            c=(errors.read * c_hat).sum((0, 1)),
            c_bias=errors.read.sum((0, 1)),
        )
    d_s = errors.s if cell.layer_norm else delta
    d_w_h = weight_gradient(residuals.before.h, d_s, params.w_h)
    return delta, LSTMParams(None, d_w_h, None, d_peephole, d_w_p, d_norm)


def _peephole_gradient(cell: LSTM, before: Array, after: Array, delta: Array) -> Array:
    deltas = dict(zip(cell.gates, jnp.split(delta, len(cell.gates), -1), strict=True))
    read = {"i": before, "f": before, "o": after}
    rows = [
        (deltas[gate] * read[gate]).sum((0, 1)) for gate in cell.gates if gate in read
    ]
    return jnp.stack(rows)


KERNEL = Kernel(forward, linearise, transpose_weights, backward, gradients)
