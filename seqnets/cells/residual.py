"""Linear and residual recurrence: the state is a running sum."""

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets import initializers
from seqnets.cells.cell import Cell
from seqnets.cells.recurrence import recur
from seqnets.checks import require_positive
from seqnets.linear import affine, memory_dtype, supported


class ResidualParams(NamedTuple):
    w_x: Array  # [D, H]
    w_h: Array | None  # [H, H]
    b: Array | None  # [H]


class ResidualState(NamedTuple):
    h: Array  # [B, H], float32 or wider: it is the memory.


@dataclasses.dataclass(frozen=True)
class Residual(Cell):
    """Recurrence that adds to its state.

    recurrent=True:   h_t = h_{t-1} + tanh(W_x x_t + W_h h_{t-1} + b)
    recurrent=False:  h_t = h_{t-1} + tanh(W_x x_t + b), so that ∂h_t/∂h_{t-1} = I
    """

    dim: int
    recurrent: bool = True
    bias: bool = True

    def __post_init__(self):
        require_positive(self, dim=self.dim)

    @property
    def out_dim(self) -> int:
        return self.dim

    def init(self, key: Array, in_dim: int) -> ResidualParams:
        key_x, key_h = jax.random.split(key)
        return ResidualParams(
            w_x=initializers.glorot(key_x, (in_dim, self.dim)),
            w_h=initializers.orthogonal(key_h, (self.dim, self.dim))
            if self.recurrent
            else None,
            b=jnp.zeros(self.dim) if self.bias else None,
        )

    def initial_state(self, params, batch_size: int, dtype: Any) -> ResidualState:
        memory = memory_dtype(supported(dtype))
        return ResidualState(jnp.zeros((batch_size, self.dim), memory))

    def project(self, params: ResidualParams, xs: Array, noise: None = None) -> Array:
        return affine(xs, params.w_x, params.b)  # [T, B, H]

    def step(
        self,
        params: ResidualParams,
        state: ResidualState,
        u: Array,
        *,
        keep: Array | None = None,
    ) -> tuple[ResidualState, Array]:
        s = u
        if self.recurrent:
            s = u + recur(state.h if keep is None else state.h * keep, params.w_h)
        h = (state.h + jnp.tanh(s)).astype(state.h.dtype)
        return ResidualState(h), h.astype(params.w_x.dtype)

    def affine(
        self, params: ResidualParams, u: Array
    ) -> tuple[ResidualState, ResidualState] | None:
        if self.recurrent:
            return None
        return ResidualState(jnp.ones_like(u[..., :1, :1])), ResidualState(jnp.tanh(u))

    def read(self, params: ResidualParams, state: ResidualState, u: Array) -> Array:
        return state.h.astype(params.w_x.dtype)
