"""Convolutional LSTM: a state that is a picture (Shi et al., 2015)."""

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets import initializers
from seqnets.cells.cell import Cell
from seqnets.cells.lstm import LSTMState
from seqnets.checks import require_positive
from seqnets.convolution2d import FilterParams, convolve
from seqnets.linear import memory_dtype, supported


class ConvLSTMParams(NamedTuple):
    x: FilterParams  # W_x [size, size, D, 4F], gate order i f g o, and b [4F].
    w_h: Array  # [size, size, F, 4F]


@dataclasses.dataclass(frozen=True)
class ConvLSTM(Cell):
    """LSTM whose inputs, gates and memory are pictures, and whose products convolve.

    i, f, g, o = split(W_x * X_t + W_h * H_{t-1} + b)
    C_t = σ(f) C_{t-1} + σ(i) tanh(g),   H_t = σ(o) tanh(C_t)

    Inputs, outputs and state are flat: [B, height · width · channels], line by line.

    Attributes:
      height, width: of the pictures.
      channels: F, of the state.
      size: of the filters, in both directions, an odd number.
      forget_bias: b of the gate f at first.
    """

    height: int
    width: int
    channels: int
    size: int = 3
    forget_bias: float = 1.0

    def __post_init__(self):
        require_positive(
            self,
            height=self.height,
            width=self.width,
            channels=self.channels,
            size=self.size,
        )
        if self.size % 2 == 0:
            raise ValueError(f"ConvLSTM: size must be an odd number, not {self.size}")

    @property
    def out_dim(self) -> int:
        return self.height * self.width * self.channels

    def init(self, key: Array, in_dim: int) -> ConvLSTMParams:
        places, F = self.height * self.width, self.channels
        if in_dim % places:
            raise ValueError(
                f"ConvLSTM: inputs of width {in_dim} are no pictures of {self.height} x"
                f" {self.width} places"
            )
        key_x, key_h = jax.random.split(key)
        square, depth = self.size**2, in_dim // places
        w_x = initializers.glorot(key_x, (square * depth, F), blocks=4)
        w_h = initializers.orthogonal(key_h, (square * F, F), blocks=4)
        b = jnp.zeros((4, F)).at[1].set(self.forget_bias).reshape(-1)
        window = self.size, self.size
        return ConvLSTMParams(
            FilterParams(w_x.reshape(*window, depth, 4 * F), b),
            w_h.reshape(*window, F, 4 * F),
        )

    def initial_state(self, params, batch_size: int, dtype: Any) -> LSTMState:
        shape = batch_size, self.out_dim
        return LSTMState(
            h=jnp.zeros(shape, supported(dtype)),
            c=jnp.zeros(shape, memory_dtype(dtype)),
        )

    def project(self, params: ConvLSTMParams, xs: Array, noise: None = None) -> Array:
        length, rows, width = xs.shape
        depth = params.x.w.shape[2]
        if width != self.height * self.width * depth:
            raise ValueError(
                f"ConvLSTM: inputs of width {width}, where the parameters read"
                f" {self.height} x {self.width} x {depth}"
            )
        us = convolve(params.x, self._picture(xs.reshape(length * rows, width)))
        return us.reshape(length, rows, -1)  # [T, B, height · width · 4F]

    def step(
        self, params: ConvLSTMParams, state: LSTMState, u: Array
    ) -> tuple[LSTMState, Array]:
        h, w_h = self._picture(state.h), params.w_h
        s = convolve(FilterParams(w_h, jnp.zeros(w_h.shape[-1])), h.astype(w_h.dtype))
        s = s.astype(state.c.dtype) + self._picture(u)
        i, f, g, o = jnp.split(s, 4, -1)
        c = jax.nn.sigmoid(f) * self._picture(state.c)
        c += jax.nn.sigmoid(i) * jnp.tanh(g)
        h = (jax.nn.sigmoid(o) * jnp.tanh(c)).reshape(state.h.shape)
        state = LSTMState(h.astype(state.h.dtype), c.reshape(state.c.shape))
        return state, h.astype(w_h.dtype)

    def _picture(self, flat: Array) -> Array:
        return flat.reshape(len(flat), self.height, self.width, -1)
