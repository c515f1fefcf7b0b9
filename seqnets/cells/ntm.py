"""A cell with an external memory that attention reads and writes (B10).

The content addressing of Graves et al. (2014), "Neural Turing Machines", with one head
that writes and one that reads. In the place of their shifts, every slot also has a
trained address that stays as it is (Gulcehre et al., 2018): without one, a slot could
be found only by what it holds.
"""

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets import initializers
from seqnets.cells.cell import Cell
from seqnets.cells.lstm import LSTM, LSTMParams, LSTMState
from seqnets.checks import require_positive
from seqnets.linear import affine, matmul, memory_dtype, supported

STRENGTH = 3.0  # β at first: enough to tell slots apart.
EPSILON = 1e-6  # Of a norm, so that a vector of zeros is as far from all others.


class NTMParams(NamedTuple):
    """A is the width of addresses, M that of contents, N the number of slots."""

    controller: LSTMParams
    w: Array  # [H, 2 (A + M + 1) + 2M]: key and strength to write, to read; erase, add.
    b: Array
    addresses: Array  # [N, A]
    start: Array  # [N, M], the contents before the first step.


class NTMState(NamedTuple):
    controller: LSTMState
    memory: Array  # [B, N, M], float32 or wider.
    read: Array  # [B, M], float32 or wider.


@dataclasses.dataclass(frozen=True)
class NTM(Cell):
    """An LSTM that writes into the slots of a memory, and reads them.

    h_t = LSTM([x_t; r_{t-1}]),    k, β, e, a from W h_t + b, of the head that writes
    w_i = softmax_i(softplus(β) cos(k, [a_i; m_i]))
    m_i ← m_i (1 - w_i σ(e)) + w_i tanh(a)
    r_t = Σ_i w'_i m_i,   w' of k', β' in the same way,   y_t = [h_t; r_t]

    Attributes:
      dim: H, the width of the controller.
      slots: N.
      width: M, of what a slot holds.
      address: A, of the trained address a_i of a slot; 0 leaves content addressing
        alone.
    """

    dim: int
    slots: int = 16
    width: int = 16
    address: int = 8

    def __post_init__(self):
        sizes = {"dim": self.dim, "slots": self.slots, "width": self.width}
        require_positive(self, **sizes)
        if self.address < 0:
            raise ValueError(f"NTM: address must not be negative, but {self.address}")

    @property
    def out_dim(self) -> int:
        return self.dim + self.width

    @property
    def controller(self) -> LSTM:
        return LSTM(self.dim)

    @property
    def _splits(self) -> list[int]:
        """Where W h + b is cut: k, β, k', β', e and a."""
        key, width = self.address + self.width, self.width
        return [key, key + 1, 2 * key + 1, 2 * key + 2, 2 * key + 2 + width]

    def init(self, key: Array, in_dim: int) -> NTMParams:
        keys = jax.random.split(key, 4)
        heads, splits = self._splits[-1] + self.width, self._splits
        strengths = jnp.array([splits[0], splits[2]])
        # Slots that were alike would stay alike, whatever is written.
        return NTMParams(
            self.controller.init(keys[0], in_dim + self.width),
            initializers.glorot(keys[1], (self.dim, heads)),
            jnp.zeros(heads).at[strengths].set(STRENGTH),
            jax.random.normal(keys[2], (self.slots, self.address)),
            0.1 * jax.random.normal(keys[3], (self.slots, self.width)),
        )

    def initial_state(self, params, batch_size: int, dtype: Any) -> NTMState:
        wide = memory_dtype(supported(dtype))
        memory = jnp.broadcast_to(
            params.start.astype(wide), (batch_size, self.slots, self.width)
        )
        controller = self.controller.initial_state(params.controller, batch_size, dtype)
        return NTMState(controller, memory, jnp.zeros((batch_size, self.width), wide))

    def project(self, params: NTMParams, xs: Array, noise: None = None) -> Array:
        split = xs.shape[-1]  # The rest of W_x reads r.
        return affine(xs, params.controller.w_x[:split], params.controller.b)

    def step(self, params: NTMParams, state: NTMState, u: Array):
        dtype = params.w.dtype
        own = params.controller
        u = u + matmul(state.read.astype(dtype), own.w_x[-self.width :])
        controller, h = self.controller.step(own, state.controller, u)
        parts = affine(h, params.w, params.b).astype(state.memory.dtype)
        k, beta, k_read, beta_read, erase, add = jnp.split(parts, self._splits, -1)
        w = self._address(params, state.memory, k, beta)[..., None]  # [B, N, 1]
        erase, add = jax.nn.sigmoid(erase)[:, None], jnp.tanh(add)[:, None]
        memory = state.memory * (1 - w * erase) + w * add
        w_read = self._address(params, memory, k_read, beta_read)
        read = jnp.einsum("bn,bnm->bm", w_read, memory)
        y = jnp.concatenate([h, read.astype(h.dtype)], -1)
        return NTMState(controller, memory, read), y

    def _address(
        self, params: NTMParams, memory: Array, k: Array, beta: Array
    ) -> Array:
        """Returns softmax_i(softplus(β) cos(k, [a_i; m_i])), [B, N]."""
        addresses = params.addresses.astype(memory.dtype)
        addresses = jnp.broadcast_to(addresses, (*memory.shape[:2], self.address))
        slots = jnp.concatenate([addresses, memory], -1)  # [B, N, A + M]
        dot = jnp.einsum("bk,bnk->bn", k, slots)
        norms = _norm(k)[:, None] * _norm(slots)
        return jax.nn.softmax(jax.nn.softplus(beta) * dot / norms)

    def output_of(self, state: NTMState, y: Array) -> Array:
        parts = [state.controller.h.astype(y.dtype), state.read.astype(y.dtype)]
        return jnp.concatenate(parts, -1)


def _norm(x: Array) -> Array:
    return jnp.sqrt((x * x).sum(-1) + EPSILON)
