"""Cells made from cells: dropout, variational dropout, a trainable start."""

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.cells.cell import Cell, Memory, Noise, Params, Projected, State
from seqnets.cells.kept import kept_shapes, read_output, step_kept, takes_keep
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
        inside = cell
        while isinstance(inside, Wrapper):
            inside = inside.cell
        # No matrix reads the state of such a recurrence: a cell with `keep` ignores it.
        return cell.affine(own, u) if m is None or takes_keep(inside.step) else None

    def read(self, params, state: State, u: Projected) -> Array:
        cell, own = self.cell.core(params)
        return cell.read(own, state, u[0])

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
