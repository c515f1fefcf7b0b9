"""Cells and a wrapper as a user writes them, for the tests of what accepts them."""

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets import attention, cells
from seqnets.checks import require_bound


@dataclasses.dataclass(frozen=True)
class Leaky(cells.Cell):
    """h_t = rate h_{t-1} + (1 - rate) tanh(W x_t): all that a cell needs."""

    out_dim: int
    rate: float = 0.7

    def init(self, key, in_dim):
        return jax.random.normal(key, (in_dim, self.out_dim))

    def initial_state(self, params, batch_size, dtype):
        return jnp.zeros((batch_size, self.out_dim), dtype)

    def project(self, params, xs, noise=None):
        return jnp.tanh(xs @ params.astype(xs.dtype))

    def step(self, params, h, u):
        h = (self.rate * h + (1.0 - self.rate) * u).astype(h.dtype)
        return h, h.astype(params.dtype)


class ReaderParams(NamedTuple):
    w: Array  # [D, H]
    memory: cells.Memory | None = None


class ReaderState(NamedTuple):
    h: Array  # [B, H]
    steps: Array  # [B], integers.


@dataclasses.dataclass(frozen=True)
class Reader(cells.Cell):
    """h_t = tanh(W x_t + Σ_s α_s m_s),  α = softmax_s(h_{t-1}ᵀ m_s);  h_0 is bound."""

    out_dim: int

    def init(self, key, in_dim):
        return ReaderParams(jax.random.normal(key, (in_dim, self.out_dim)))

    def bind(self, params, memory):
        return params._replace(memory=memory)

    def initial_state(self, params, batch_size, dtype):
        start = require_bound(self, params.memory).start
        return ReaderState(start.astype(dtype), jnp.zeros(batch_size, jnp.int32))

    def state_shape(self, batch_size, in_dim):
        h = jax.ShapeDtypeStruct((batch_size, self.out_dim), jnp.float32)
        return ReaderState(h, jax.ShapeDtypeStruct((batch_size,), jnp.int32))

    def project(self, params, xs, noise=None):
        return xs @ params.w

    def step(self, params, state, u):
        memory = require_bound(self, params.memory)
        scores = jnp.einsum("bh,bsh->bs", state.h, memory.values)
        alpha = attention.masked_softmax(scores, memory.mask)
        h = jnp.tanh(u + jnp.einsum("bs,bsh->bh", alpha, memory.values))
        return ReaderState(h.astype(state.h.dtype), state.steps + 1), h


class ContextParams(NamedTuple):
    cell: Any
    memory: cells.Memory | None = None


@dataclasses.dataclass(frozen=True)
class Context(cells.Wrapper):
    """Adds the mean of a memory to every input, and keeps the fast form of a cell."""

    def init(self, key, in_dim):
        return ContextParams(self.cell.init(key, in_dim))

    def inner(self, params):
        return params.cell

    def bind(self, params, memory):
        return ContextParams(self.cell.bind(params.cell, memory), memory)

    def project(self, params, xs, noise=None):
        memory = require_bound(self, params.memory)
        mean = attention.mean(memory.values, memory.mask)
        return self.cell.project(params.cell, xs + mean, noise)

    def core(self, params):
        return self.cell.core(params.cell)
