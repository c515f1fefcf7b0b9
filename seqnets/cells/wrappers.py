"""Cells made from cells: dropout, zoneout, a trainable start; and weight drop."""

import dataclasses
import zlib
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.cells.cell import Cell, Noise, Params, State
from seqnets.cells.gru import GRU
from seqnets.cells.lstm import LSTM
from seqnets.cells.residual import Residual
from seqnets.cells.simple import SRN

CHAIN_CELLS = (SRN, LSTM, GRU, Residual)


def require_rate(cell: Cell, **rates: float) -> None:
    """Raises ValueError unless every given rate is in [0, 1)."""
    for name, rate in rates.items():
        if not 0.0 <= rate < 1.0:
            raise ValueError(
                f"{type(cell).__name__}: {name} must be in [0, 1), not {rate}"
            )


@dataclasses.dataclass(frozen=True)
class Wrapper:
    """A cell that behaves as the one it holds, but for what a subclass changes."""

    cell: Cell

    @property
    def out_dim(self) -> int:
        return self.cell.out_dim

    def init(self, key: Array, in_dim: int) -> Params:
        return self.cell.init(key, in_dim)

    def initial_state(self, params: Params, batch_size: int, dtype: Any) -> State:
        return self.cell.initial_state(params, batch_size, dtype)

    def noise(self, key, length, batch_size, in_dim) -> Noise:
        return self.cell.noise(key, length, batch_size, in_dim)

    def project(self, params, xs: Array, noise: Noise = None) -> Any:
        return self.cell.project(params, xs, noise)

    def step(self, params, state: State, u: Any) -> tuple[State, Array]:
        return self.cell.step(params, state, u)

    def core(self, params: Params) -> tuple[Cell, Params]:
        """Returns the cell, and its parameters, whose `step` is this cell's `step`.

        A wrapper that changes only what goes into `step` names the cell inside,
        so that `unroll` finds the fast form of it.
        """
        return self, params


@dataclasses.dataclass(frozen=True)
class Dropout(Wrapper):
    """Drops inputs afresh at every step (Zaremba et al., 2014).

    x_t becomes m_t ⊙ x_t / (1 - rate),  m_t ~ Bernoulli(1 - rate)
    """

    rate: float = 0.5

    def __post_init__(self):
        require_rate(self, rate=self.rate)

    def noise(self, key, length, batch_size, in_dim) -> Noise:
        key, inner = jax.random.split(key)
        shape = (length, batch_size, in_dim)
        m = jax.random.bernoulli(key, 1.0 - self.rate, shape)
        return m, self.cell.noise(inner, length, batch_size, in_dim)

    def project(self, params, xs: Array, noise: Noise = None) -> Any:
        if noise is None:
            return self.cell.project(params, xs)
        m, inner = noise
        return self.cell.project(params, drop(xs, m, self.rate), inner)

    def core(self, params: Params) -> tuple[Cell, Params]:
        return core(self.cell, params)


@dataclasses.dataclass(frozen=True)
class VariationalDropout(Wrapper):
    """Drops inputs and states with one mask a sequence (Gal & Ghahramani, 2016).

    Every matrix reads m_x ⊙ x_t / (1 - inputs) and m_h ⊙ h_{t-1} / (1 - state);
    memories that no matrix reads are left alone.
    """

    inputs: float = 0.0
    state: float = 0.5

    def __post_init__(self):
        require_rate(self, inputs=self.inputs, state=self.state)
        if not isinstance(self.cell, CHAIN_CELLS):
            raise ValueError(
                "VariationalDropout wraps SRN, LSTM, GRU or Residual, not"
                f" {type(self.cell).__name__}: put the other wrapper outside"
            )

    def noise(self, key, length, batch_size, in_dim) -> Noise:
        key_x, key_h = jax.random.split(key)

        def once(key, rate, dim):
            m = jax.random.bernoulli(key, 1.0 - rate, (1, batch_size, dim))
            return jnp.broadcast_to(m, (length, batch_size, dim))

        return (
            once(key_x, self.inputs, in_dim),
            once(key_h, self.state, self.cell.out_dim),
        )

    def project(self, params, xs: Array, noise: Noise = None) -> Any:
        if noise is None:
            return self.cell.project(params, xs), None
        m_x, m_h = noise
        return self.cell.project(params, drop(xs, m_x, self.inputs)), m_h

    def step(self, params, state: State, u: Any) -> tuple[State, Array]:
        u, m = u
        keep = None if m is None else m.astype(u.dtype) / (1.0 - self.state)
        return self.cell.step(params, state, u, keep=keep)


@dataclasses.dataclass(frozen=True)
class Zoneout(Wrapper):
    """Keeps random units as they were (Krueger et al., 2017).

    h_t = m_t ⊙ h_{t-1} + (1 - m_t) ⊙ h̃_t,  m_t ~ Bernoulli(rate);
    in evaluation m_t is its mean. The LSTM's c has a rate of its own, that of h
    where `memory_rate` is None.
    """

    rate: float = 0.1
    memory_rate: float | None = None

    def __post_init__(self):
        require_rate(self, rate=self.rate, memory_rate=self.memory_rate or 0.0)
        if not isinstance(self.cell, (*CHAIN_CELLS, VariationalDropout)):
            raise ValueError(
                "Zoneout wraps SRN, LSTM, GRU, Residual or VariationalDropout of"
                f" one, not {type(self.cell).__name__}: put the other wrapper outside"
            )

    def rates(self, state: State) -> State:
        """Returns the rate of every field of a state."""
        own = {"c": self.rate if self.memory_rate is None else self.memory_rate}
        return type(state)(*(own.get(field, self.rate) for field in state._fields))

    def noise(self, key, length, batch_size, in_dim) -> Noise:
        key, inner = jax.random.split(key)
        # No chain cell looks at its parameters for the shape of its state.
        state = self.cell.initial_state(None, batch_size, jnp.float32)
        keys = type(state)(*jax.random.split(key, len(state)))
        m = jax.tree.map(
            lambda k, s, rate: jax.random.bernoulli(k, rate, (length, *s.shape)),
            keys,
            state,
            self.rates(state),
        )
        return m, self.cell.noise(inner, length, batch_size, in_dim)

    def project(self, params, xs: Array, noise: Noise = None) -> Any:
        m, inner = (None, None) if noise is None else noise
        return self.cell.project(params, xs, inner), m

    def step(self, params, state: State, u: Any) -> tuple[State, Array]:
        u, m = u
        m = self.rates(state) if m is None else m
        proposed, y = self.cell.step(params, state, u)
        state = jax.tree.map(blend, m, state, proposed)
        return state, state.h.astype(y.dtype)


class TrainableStartParams(NamedTuple):
    cell: Params
    start: State  # leading [1]


@dataclasses.dataclass(frozen=True)
class TrainableStart(Wrapper):
    """Learns the state before the first step, which is zero at the beginning."""

    def init(self, key: Array, in_dim: int) -> TrainableStartParams:
        params = self.cell.init(key, in_dim)
        return TrainableStartParams(
            params, self.cell.initial_state(params, 1, jnp.float32)
        )

    def initial_state(self, params, batch_size: int, dtype: Any) -> State:
        zeros = self.cell.initial_state(params.cell, batch_size, dtype)
        return jax.tree.map(
            lambda start, zero: jnp.broadcast_to(start, zero.shape).astype(zero.dtype),
            params.start,
            zeros,
        )

    def project(self, params, xs: Array, noise: Noise = None) -> Any:
        return self.cell.project(params.cell, xs, noise)

    def step(self, params, state: State, u: Any) -> tuple[State, Array]:
        return self.cell.step(params.cell, state, u)

    def core(self, params: Params) -> tuple[Cell, Params]:
        return core(self.cell, params.cell)


def core(cell: Cell, params: Params) -> tuple[Cell, Params]:
    """Returns the cell that `step` comes from, and its parameters."""
    return cell.core(params) if isinstance(cell, Wrapper) else (cell, params)


def drop(xs: Array, m: Array, rate: float) -> Array:
    """Returns m ⊙ xs / (1 - rate), so that the expectation is xs."""
    return jnp.where(m, xs / (1.0 - rate), 0.0).astype(xs.dtype)


def blend(m: Array | float, old: Array, new: Array) -> Array:
    """Returns m ⊙ old + (1 - m) ⊙ new for a mask m, or for its mean."""
    if isinstance(m, float):
        return (m * old + (1.0 - m) * new).astype(new.dtype)
    return jnp.where(m, old, new)


def weight_drop(params: Params, key: Array, rate: float) -> Params:
    """Drops recurrent weights for one run over a sequence (Merity et al., 2018).

    W_h becomes M ⊙ W_h / (1 - rate),  M ~ Bernoulli(1 - rate)

    Args:
      params: any tree in which cells' NamedTuples hold a `w_h`.
      key: random key.
      rate: probability of dropping a weight, in [0, 1).

    Returns:
      A tree like `params`.

    Raises:
      ValueError: for a rate outside [0, 1).
    """
    if not 0.0 <= rate < 1.0:
        raise ValueError(f"weight_drop: rate must be in [0, 1), not {rate}")

    def visit(path, leaf):
        if getattr(path[-1], "name", None) != "w_h":
            return leaf
        # The name is hashed by content: equal trees draw equal masks anywhere.
        own = jax.random.fold_in(key, zlib.crc32(jax.tree_util.keystr(path).encode()))
        return drop(leaf, jax.random.bernoulli(own, 1.0 - rate, leaf.shape), rate)

    return jax.tree_util.tree_map_with_path(visit, params)
