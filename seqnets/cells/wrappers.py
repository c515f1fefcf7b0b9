"""Cells made from cells: dropout, variational dropout, zoneout, a trainable start."""

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.cells.cell import Cell, Memory, Noise, Params, Projected, State
from seqnets.cells.kept import (
    field_name,
    kept_shapes,
    read_output,
    step_kept,
    takes_keep,
)
from seqnets.cells.stack import shows_sum
from seqnets.checks import require_rate
from seqnets.dropout import drop
from seqnets.linear import floating


@dataclasses.dataclass(frozen=True)
class Wrapper(Cell):
    """A cell that behaves as the one it holds, except for what a subclass changes."""

    cell: Cell
    beside = 0  # Width of what the cell inside reads beside the inputs.

    @property
    def out_dim(self) -> int:
        return self.cell.out_dim

    def inner(self, params: Params) -> Params:
        """Returns the parameters of the cell inside: all of them by default."""
        return params

    def init(self, key: Array, in_dim: int) -> Params:
        return self.cell.init(key, in_dim)

    def initial_state(self, params: Params, batch_size: int, dtype: Any) -> State:
        return self.cell.initial_state(self.inner(params), batch_size, dtype)

    def noise(self, key, length, batch_size, in_dim) -> Noise:
        return self.cell.noise(key, length, batch_size, in_dim)

    def project(self, params, xs: Array, noise: Noise = None) -> Projected:
        return self.cell.project(self.inner(params), xs, noise)

    def step(
        self, params, state: State, u: Projected, *, keep: Any = None
    ) -> tuple[State, Array]:
        return step_kept(self.cell, self.inner(params), state, u, keep)

    def bind(self, params: Params, memory: Memory) -> Params:
        return self.cell.bind(params, memory)

    def output_of(self, state: State, y: Array, *, keep: Any = None) -> Array:
        return read_output(self.cell, state, y, keep)

    def alignment_of(self, params, state: State, u: Projected) -> Array | None:
        return self.cell.alignment_of(self.inner(params), state, u)

    def state_shape(self, batch_size: int, in_dim: int) -> State:
        return self.cell.state_shape(batch_size, in_dim)

    def keep_shape(self, batch_size: int, in_dim: int) -> Any:
        return kept_shapes(self.cell, batch_size, in_dim + self.beside)


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

    def project(self, params, xs: Array, noise: Noise = None) -> Projected:
        if noise is None:
            return self.cell.project(params, xs)
        m, inner = noise
        return self.cell.project(params, drop(xs, m, self.rate), inner)

    def core(self, params: Params) -> tuple[Cell, Params]:
        return self.cell.core(params)


@dataclasses.dataclass(frozen=True)
class VariationalDropout(Wrapper):
    """Drops inputs and states with one mask a sequence (Gal & Ghahramani, 2016).

    Every matrix reads m_x ⊙ x_t / (1 - inputs) and m_h ⊙ h_{t-1} / (1 - state);
    memories that no matrix reads are left alone. A stack has an m_h for every layer,
    and m_x for the inputs of the lowest.

    That holds for cells whose `step` takes `keep`: ours but `NTM` and `ConvLSTM`. Of
    these and of any other cell, the state that `step` reads is masked: its fields named
    `h`, or where it has none, its first floating array. A cell that adds to its h, as
    these do not, should take `keep` instead: what is added up would be scaled by
    1 / (1 - state) at every step.
    """

    inputs: float = 0.0
    state: float = 0.5

    def __post_init__(self):
        require_rate(self, inputs=self.inputs, state=self.state)

    def noise(self, key, length, batch_size, in_dim) -> Noise:
        key_x, key_h = jax.random.split(key)

        def once(key, rate, shape):
            m = jax.random.bernoulli(key, 1.0 - rate, (1, *shape))
            return jnp.broadcast_to(m, (length, *shape))

        shapes, treedef = jax.tree.flatten(kept_shapes(self.cell, batch_size, in_dim))
        keys = [key_h] if len(shapes) == 1 else jax.random.split(key_h, len(shapes))
        m_h = [once(k, self.state, s.shape) for k, s in zip(keys, shapes, strict=True)]
        return (
            once(key_x, self.inputs, (batch_size, in_dim)),
            treedef.unflatten(m_h),
            self.cell.noise(jax.random.fold_in(key, 2), length, batch_size, in_dim),
        )

    def project(self, params, xs: Array, noise: Noise = None) -> Projected:
        if noise is None:
            return self.cell.project(params, xs), None
        m_x, m_h, inner = noise
        return self.cell.project(params, drop(xs, m_x, self.inputs), inner), m_h

    def step(
        self, params, state: State, u: Projected, *, keep: Any = None
    ) -> tuple[State, Array]:
        u, m = u
        if m is None:
            return step_kept(self.cell, params, state, u, keep)
        dtype = next(a.dtype for a in jax.tree.leaves(u) if floating(a))
        own = jax.tree.map(lambda m: m.astype(dtype) / (1.0 - self.state), m)
        keep = own if keep is None else jax.tree.map(jnp.multiply, own, keep)
        return step_kept(self.cell, params, state, u, keep)

    def affine(self, params, u: Projected) -> tuple[State, State] | None:
        cell, own = self.cell.core(params)
        u, m = u
        # No matrix reads the state of such a recurrence: a cell with `keep` ignores it.
        return cell.affine(own, u) if m is None or takes_keep(cell.step) else None

    def read(self, params, state: State, u: Projected) -> Array:
        cell, own = self.cell.core(params)
        return cell.read(own, state, u[0])

    def alignment_of(self, params, state: State, u: Projected) -> Array | None:
        return self.cell.alignment_of(params, state, u[0])


@dataclasses.dataclass(frozen=True)
class Zoneout(Wrapper):
    """Keeps random units of the state as they were (Krueger et al., 2017).

    h_t = m_t ⊙ h_{t-1} + (1 - m_t) ⊙ h̃_t,  m_t ~ Bernoulli(rate);
    in evaluation m_t is its mean. This holds for every floating array of the state;
    those named `c`, such as the LSTM's, have a rate of their own, which is that of h
    where `memory_rate` is None. The output is that of the new state; see
    `Cell.output_of`. A residual stack, whose output no state shows, is refused.
    """

    rate: float = 0.1
    memory_rate: float | None = None

    def __post_init__(self):
        require_rate(self, rate=self.rate, memory_rate=self.memory_rate or 0.0)
        if shows_sum(self.cell):
            raise ValueError(
                "Zoneout: wrap the layers of a residual stack, not the stack"
            )

    def rates(self, state: State) -> State:
        """Returns the rate of every array of a state; None where it has none."""
        memory_rate = self.rate if self.memory_rate is None else self.memory_rate

        def rate(path, leaf):
            if not floating(leaf):
                return None
            return memory_rate if field_name(path) == "c" else self.rate

        return jax.tree_util.tree_map_with_path(rate, state)

    def noise(self, key, length, batch_size, in_dim) -> Noise:
        key, inner = jax.random.split(key)
        state = self.cell.state_shape(batch_size, in_dim)
        leaves, treedef = jax.tree.flatten(state)
        keys = treedef.unflatten(list(jax.random.split(key, len(leaves))))

        def draw(leaf, key, rate):
            if rate is None:
                return None
            return jax.random.bernoulli(key, rate, (length, *leaf.shape))

        m = jax.tree.map(draw, state, keys, self.rates(state))
        return m, self.cell.noise(inner, length, batch_size, in_dim)

    def project(self, params, xs: Array, noise: Noise = None) -> Projected:
        m, inner = (None, None) if noise is None else noise
        return self.cell.project(params, xs, inner), m

    def step(
        self, params, state: State, u: Projected, *, keep: Any = None
    ) -> tuple[State, Array]:
        u, m = u
        m = self.rates(state) if m is None else m
        proposed, y = step_kept(self.cell, params, state, u, keep)
        state = jax.tree.map(blend, state, proposed, m)
        return state, self.cell.output_of(state, y)

    def affine(self, params, u: Projected) -> tuple[State, State] | None:
        """As the cell inside, with a' = m + (1 - m) ⊙ a and b' = (1 - m) ⊙ b.

        None where the output is not the state's `h`: it would be that of h̃_t.
        """
        cell, own = self.cell.core(params)
        u, m = u
        found = cell.affine(own, u)
        if found is None or getattr(found[0], "h", None) is None:
            return None
        a, b = found
        m = self.rates(b) if m is None else m
        ones, zeros = jnp.ones(()), jnp.zeros(())
        a = jax.tree.map(lambda a, m: blend(ones, a, m), a, m)
        return a, jax.tree.map(lambda b, m: blend(zeros, b, m), b, m)

    def read(self, params, state: State, u: Projected) -> Array:
        cell, own = self.cell.core(params)
        return self.cell.output_of(state, cell.read(own, state, u[0]))

    def alignment_of(self, params, state: State, u: Projected) -> Array | None:
        return self.cell.alignment_of(params, state, u[0])


class TrainableStartParams(NamedTuple):
    cell: Params
    start: State  # leading [1]; None for arrays that are not floating.


@dataclasses.dataclass(frozen=True)
class TrainableStart(Wrapper):
    """Learns the state before the first step, beginning with zeros."""

    def init(self, key: Array, in_dim: int) -> TrainableStartParams:
        def zeros(a):
            return jnp.zeros(a.shape, a.dtype) if floating(a) else None

        start = jax.tree.map(zeros, self.cell.state_shape(1, in_dim))
        return TrainableStartParams(self.cell.init(key, in_dim), start)

    def inner(self, params: TrainableStartParams) -> Params:
        return params.cell

    def initial_state(self, params, batch_size: int, dtype: Any) -> State:
        def replace(own, start):
            if start is None:
                return own
            return jnp.broadcast_to(start, own.shape).astype(own.dtype)

        own = super().initial_state(params, batch_size, dtype)
        return jax.tree.map(replace, own, params.start)

    def bind(self, params, memory: Memory) -> TrainableStartParams:
        cell = self.cell.bind(params.cell, memory)
        held, starts = jax.tree.leaves(cell), jax.tree.leaves(memory.start)
        # A start is not for this cell where nothing inside holds it.
        if any(leaf is start for leaf in held for start in starts):
            raise ValueError(
                "TrainableStart replaces the start that a memory brings: use one of"
                " the two"
            )
        return params._replace(cell=cell)

    def core(self, params: Params) -> tuple[Cell, Params]:
        return self.cell.core(params.cell)


def blend(old: Array, new: Array, m: Array | float | None) -> Array:
    """Returns m ⊙ old + (1 - m) ⊙ new for a mask m or its mean; new for None."""
    if m is None:
        return new
    if isinstance(m, float):
        return (m * old + (1.0 - m) * new).astype(new.dtype)
    return jnp.where(m, old, new)
