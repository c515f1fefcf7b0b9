"""The simple recurrent network (Elman, 1990)."""

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets import initializers
from seqnets.cells.cell import Cell
from seqnets.cells.recurrence import recur
from seqnets.checks import require_choice, require_positive
from seqnets.linear import affine, supported

ACTIVATIONS = {
    "tanh": jnp.tanh,
    "logistic": jax.nn.sigmoid,
    "relu": jax.nn.relu,
    "identity": lambda x: x,
}


class SRNParams(NamedTuple):
    w_x: Array  # [D, H]
    w_h: Array  # [H, H]
    b: Array | None  # [H]


class SRNState(NamedTuple):
    h: Array  # [B, H]


@dataclasses.dataclass(frozen=True)
class SRN(Cell):
    """Simple recurrent network.

    standard:       h_t = f(W_x x_t + W_h h_{t-1} + b)    (Elman, 1990)
    preactivation:  h_t = W_x x_t + W_h f(h_{t-1}) + b    (Pascanu et al., 2013)

    The output is the state h_t in both forms.
    """

    dim: int
    activation: str = "tanh"
    form: str = "standard"
    bias: bool = True

    def __post_init__(self):
        require_positive(self, dim=self.dim)
        require_choice(self, "activation", self.activation, ACTIVATIONS)
        require_choice(self, "form", self.form, ("standard", "preactivation"))

    @property
    def out_dim(self) -> int:
        return self.dim

    def init(self, key: Array, in_dim: int) -> SRNParams:
        key_x, key_h = jax.random.split(key)
        return SRNParams(
            w_x=initializers.glorot(key_x, (in_dim, self.dim)),
            w_h=initializers.orthogonal(key_h, (self.dim, self.dim)),
            b=jnp.zeros(self.dim) if self.bias else None,
        )

    def initial_state(self, params, batch_size: int, dtype: Any) -> SRNState:
        return SRNState(jnp.zeros((batch_size, self.dim), supported(dtype)))

    def project(self, params: SRNParams, xs: Array, noise: None = None) -> Array:
        return affine(xs, params.w_x, params.b)  # [T, B, H]

    def step(
        self, params: SRNParams, state: SRNState, u: Array, *, keep: Array | None = None
    ) -> tuple[SRNState, Array]:
        f = ACTIVATIONS[self.activation]
        read = f(state.h) if self.form == "preactivation" else state.h
        s = u + recur(read if keep is None else read * keep, params.w_h)
        h = s if self.form == "preactivation" else f(s)
        h = h.astype(state.h.dtype)
        return SRNState(h), h.astype(params.w_h.dtype)
