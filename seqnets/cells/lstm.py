"""Long short-term memory and its variants.

Hochreiter & Schmidhuber (1997); forget gate: Gers et al. (2000); peepholes:
Gers & Schmidhuber (2000), with the timing of Graves (2013); coupled gates:
Greff et al. (2017); projection: Sak et al. (2014); layer norm: Ba et al. (2016);
diagonal recurrence: Danieli et al. (2025).
"""

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets import initializers
from seqnets.cells.cell import Cell
from seqnets.cells.recurrence import RECURRENCES, draw_diagonal, recur
from seqnets.checks import require_choice, require_positive
from seqnets.linear import affine, matmul, memory_dtype, supported

NORM_EPSILON = 1e-5


class NormParams(NamedTuple):
    """Gains of W_x x and W_h h, gain and bias of the memory that is read."""

    x: Array  # [GH]
    h: Array  # [GH]
    c: Array  # [H]
    c_bias: Array  # [H]


class LSTMParams(NamedTuple):
    """G is the number of gates present (4 by default), P the width of h."""

    w_x: Array  # [D, GH], gate order i f g o.
    w_h: Array  # [P, GH]; of a diagonal recurrence [GH].
    b: Array | None  # [GH]
    peephole: Array | None = None  # [G - 1, H], order i f o.
    w_p: Array | None = None  # [H, P]
    norm: NormParams | None = None


class LSTMState(NamedTuple):
    h: Array  # [B, P]
    c: Array  # [B, H], float32 or wider.


def standardise(x: Array) -> Array:
    """Returns (x - mean) / √(variance + ε) over the last axis."""
    mean = jnp.mean(x, -1, keepdims=True)
    variance = jnp.mean((x - mean) ** 2, -1, keepdims=True)
    return (x - mean) * jax.lax.rsqrt(variance + NORM_EPSILON)


@dataclasses.dataclass(frozen=True)
class LSTM(Cell):
    """LSTM with a forget gate.

    i, f, g, o = split(W_x x_t + W_h h_{t-1} + b)
    c_t = σ(f) c_{t-1} + σ(i) tanh(g)
    h_t = σ(o) tanh(c_t)

    Options, each changing one term:
      forget_gate=False         c_t = c_{t-1} + σ(i) tanh(g)
      coupled=True              σ(i) becomes 1 - σ(f)
      peephole=True             i += p_i c_{t-1};  f += p_f c_{t-1};  o += p_o c_t
      candidate="logistic"      tanh(g) becomes σ(g)
      output="tanh_of_gated"    h_t = tanh(σ(o) c_t)
      projection=P              h_t is multiplied by W_p [H, P]
      layer_norm=True           gates read LN(W_x x) + LN(W_h h) + b, and the
                                output reads LN(c_t)
      recurrence="diagonal"     W_h h_{t-1} becomes w_h ⊙ h_{t-1}, for each gate
    """

    dim: int
    forget_gate: bool = True
    coupled: bool = False
    peephole: bool = False
    candidate: str = "tanh"
    output: str = "gated_tanh"
    forget_bias: float = 1.0
    projection: int | None = None
    layer_norm: bool = False
    bias: bool = True
    recurrence: str = "dense"

    def __post_init__(self):
        require_positive(self, dim=self.dim, projection=self.projection)
        require_choice(self, "candidate", self.candidate, ("tanh", "logistic"))
        require_choice(self, "output", self.output, ("gated_tanh", "tanh_of_gated"))
        require_choice(self, "recurrence", self.recurrence, RECURRENCES)
        if self.recurrence == "diagonal" and self.projection:
            raise ValueError(
                "LSTM: a diagonal recurrence has no projection, for h would be"
                " narrower than the gates: leave one of them out"
            )
        if self.coupled and not self.forget_gate:
            raise ValueError("LSTM: coupled gates need the forget gate they couple to")

    @property
    def out_dim(self) -> int:
        return self.projection or self.dim

    @property
    def gates(self) -> str:
        """The gates present, in the order in which the matrices pack them."""
        return ("" if self.coupled else "i") + ("f" if self.forget_gate else "") + "go"

    def init(self, key: Array, in_dim: int) -> LSTMParams:
        H, G = self.dim, len(self.gates)
        key_x, key_h, key_p = jax.random.split(key, 3)
        offsets = {"f": self.forget_bias}
        b = jnp.repeat(jnp.array([offsets.get(gate, 0.0) for gate in self.gates]), H)
        norm = NormParams(jnp.ones(G * H), jnp.ones(G * H), jnp.ones(H), jnp.zeros(H))
        return LSTMParams(
            w_x=initializers.glorot(key_x, (in_dim, H), blocks=G),
            w_h=initializers.orthogonal(key_h, (self.out_dim, H), blocks=G)
            if self.recurrence == "dense"
            else draw_diagonal(key_h, H, blocks=G),
            b=b if self.bias else None,
            peephole=jnp.zeros((G - 1, H)) if self.peephole else None,
            w_p=initializers.orthogonal(key_p, (H, self.projection))
            if self.projection
            else None,
            norm=norm if self.layer_norm else None,
        )

    def initial_state(self, params, batch_size: int, dtype: Any) -> LSTMState:
        return LSTMState(
            h=jnp.zeros((batch_size, self.out_dim), supported(dtype)),
            c=jnp.zeros((batch_size, self.dim), memory_dtype(dtype)),
        )

    def project(self, params: LSTMParams, xs: Array, noise: None = None) -> Array:
        if not self.layer_norm:
            return affine(xs, params.w_x, params.b)  # [T, B, GH]
        us = standardise(affine(xs, params.w_x, None)) * params.norm.x
        return us if params.b is None else us + params.b

    def step(
        self,
        params: LSTMParams,
        state: LSTMState,
        u: Array,
        *,
        keep: Array | None = None,
    ) -> tuple[LSTMState, Array]:
        h, c = state
        s = recur(h if keep is None else h * keep, params.w_h)
        s = u + (standardise(s) * params.norm.h if self.layer_norm else s)
        z = dict(zip(self.gates, jnp.split(s, len(self.gates), -1), strict=True))
        p = dict.fromkeys("ifo", 0.0)
        if self.peephole:
            p |= zip(self.gates.replace("g", ""), params.peephole, strict=True)

        f = jax.nn.sigmoid(z["f"] + p["f"] * c) if self.forget_gate else 1.0
        i = 1.0 - f if self.coupled else jax.nn.sigmoid(z["i"] + p["i"] * c)
        g = jnp.tanh(z["g"]) if self.candidate == "tanh" else jax.nn.sigmoid(z["g"])
        c = f * c + i * g
        o = jax.nn.sigmoid(z["o"] + p["o"] * c)

        read = c
        if self.layer_norm:
            read = standardise(c) * params.norm.c + params.norm.c_bias
        h = o * jnp.tanh(read) if self.output == "gated_tanh" else jnp.tanh(o * read)
        if self.projection:
            h = matmul(h, params.w_p)
        state = LSTMState(h.astype(state.h.dtype), c.astype(state.c.dtype))
        return state, h.astype(params.w_h.dtype)
