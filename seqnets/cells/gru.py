"""The gated recurrent unit (Cho et al., 2014); diagonal: Danieli et al. (2025)."""

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets import initializers
from seqnets.cells.cell import Cell
from seqnets.cells.recurrence import RECURRENCES, draw_diagonal, recur
from seqnets.checks import require_choice, require_positive
from seqnets.linear import affine, memory_dtype, supported


class GRUParams(NamedTuple):
    w_x: Array  # [D, 3H], gate order r z n; [D, 2H], z n, without a reset gate.
    w_h: Array  # [H, 3H]; of a diagonal recurrence [3H].
    b: Array | None  # [3H]
    b_n: Array | None = None  # [H], inside the reset; only reset="after" has it.


class GRUState(NamedTuple):
    h: Array  # [B, H], float32 or wider: it is the memory.


@dataclasses.dataclass(frozen=True)
class GRU(Cell):
    """Gated recurrent unit.

    r, z = σ(W_x x_t + W_h h_{t-1} + b)

    reset="before":  n = tanh(W_x x_t + W_h (r h_{t-1}) + b)      (Cho et al., 2014)
    reset="after":   n = tanh(W_x x_t + r (W_h h_{t-1} + b_n) + b)    (cuDNN)
    reset="none":    n = tanh(W_x x_t + W_h h_{t-1} + b), without r

    update="new":    h_t = z n + (1 - z) h_{t-1}
    update="old":    h_t = z h_{t-1} + (1 - z) n                  (PyTorch)

    recurrence="diagonal":  every W_h h becomes w_h ⊙ h
    """

    dim: int
    reset: str = "before"
    update: str = "new"
    bias: bool = True
    recurrence: str = "dense"

    def __post_init__(self):
        require_positive(self, dim=self.dim)
        require_choice(self, "reset", self.reset, ("before", "after", "none"))
        require_choice(self, "update", self.update, ("new", "old"))
        require_choice(self, "recurrence", self.recurrence, RECURRENCES)

    @property
    def out_dim(self) -> int:
        return self.dim

    @property
    def gates(self) -> str:
        """The gates present, in the order in which the matrices pack them."""
        return "zn" if self.reset == "none" else "rzn"

    def init(self, key: Array, in_dim: int) -> GRUParams:
        H, G = self.dim, len(self.gates)
        key_x, key_h = jax.random.split(key)
        return GRUParams(
            w_x=initializers.glorot(key_x, (in_dim, H), blocks=G),
            w_h=initializers.orthogonal(key_h, (H, H), blocks=G)
            if self.recurrence == "dense"
            else draw_diagonal(key_h, H, blocks=G),
            b=jnp.zeros(G * H) if self.bias else None,
            b_n=jnp.zeros(H) if self.bias and self.reset == "after" else None,
        )

    def initial_state(self, params, batch_size: int, dtype: Any) -> GRUState:
        memory = memory_dtype(supported(dtype))
        return GRUState(jnp.zeros((batch_size, self.dim), memory))

    def project(self, params: GRUParams, xs: Array, noise: None = None) -> Array:
        return affine(xs, params.w_x, params.b)  # [T, B, 3H]

    def step(
        self, params: GRUParams, state: GRUState, u: Array, *, keep: Array | None = None
    ) -> tuple[GRUState, Array]:
        H = self.dim
        (h,) = state
        read = h if keep is None else h * keep
        w_gates, w_n = params.w_h[..., :-H], params.w_h[..., -H:]
        gates = jax.nn.sigmoid(u[..., :-H] + recur(read, w_gates))
        z = gates[..., -H:]
        match self.reset:
            case "before":
                s = recur(gates[..., :H] * read, w_n)
            case "after":
                s = recur(read, w_n)
                s = gates[..., :H] * (s if params.b_n is None else s + params.b_n)
            case "none":
                s = recur(read, w_n)
        n = jnp.tanh(u[..., -H:] + s)
        new, old = (n, h) if self.update == "new" else (h, n)
        h = (z * new + (1.0 - z) * old).astype(h.dtype)
        return GRUState(h), h.astype(params.w_h.dtype)
