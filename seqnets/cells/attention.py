"""Cells that attend to a bound memory (B4): decoders with attention.

Bahdanau et al. (2015) attend with the state before a step, Luong et al. (2015) with
the one after it. All read the values and the mask of `Memory`; see `seqnets.alignment`
for how values are weighed.
"""

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets import initializers
from seqnets.alignment import Alignment, Keys, read
from seqnets.cells.attending import Attending, alignments, check_bound, keys_of
from seqnets.cells.cell import Cell, Memory, Params, Projected, State
from seqnets.cells.kept import read_output
from seqnets.checks import require_choice, require_positive
from seqnets.linear import matmul, supported

__all__ = ["Attend", "AttendAfter", "AttendBefore", "alignments"]


class AttendBeforeParams(NamedTuple):
    cell: Params
    alignment: Any
    memory: Keys | None = None


class AttendBeforeState(NamedTuple):
    cell: State
    y: Array  # [B, H], what the cell put out; read where its state does not show it.


@dataclasses.dataclass(frozen=True)
class AttendBefore(Attending):
    """Attends with what a cell put out before, and steps on what it read.

    α_i = align(s_{i-1}, m),   c_i = Σ_j α_ij m_j
    s_i = cell(s_{i-1}, [x_i; c_i]),   y_i = [s_i; c_i]  (Bahdanau et al., 2015)

    where s is the output of the cell: before the first step, that of its start, as
    `Cell.output_of` has it.

    Attributes:
      cell, alignment: as in `Attending`; the cell reads [x; c], of width D + M.
      memory_dim: M, width of the values of the memory.
      output: "after", as above; or "before", y_i = [s_{i-1}; c_i], which is what the
        paper's read-out reads.
    """

    memory_dim: int
    output: str = "after"

    def __post_init__(self):
        require_positive(self, memory_dim=self.memory_dim)
        require_choice(self, "output", self.output, ("after", "before"))

    @property
    def out_dim(self) -> int:
        return self.cell.out_dim + self.memory_dim

    @property
    def beside(self) -> int:
        return self.memory_dim

    def init(self, key: Array, in_dim: int) -> AttendBeforeParams:
        key_cell, key_alignment = jax.random.split(key)
        return AttendBeforeParams(
            self.cell.init(key_cell, in_dim + self.memory_dim),
            self.alignment.init(key_alignment, self.cell.out_dim, self.memory_dim),
        )

    def initial_state(self, params, batch_size: int, dtype: Any) -> AttendBeforeState:
        state = self.cell.initial_state(params.cell, batch_size, dtype)
        return AttendBeforeState(state, _zeros(batch_size, self.cell.out_dim, dtype))

    def state_shape(self, batch_size: int, in_dim: int) -> AttendBeforeState:
        state = self.cell.state_shape(batch_size, in_dim + self.memory_dim)
        return AttendBeforeState(state, _shape(batch_size, self.cell.out_dim))

    def step(
        self, params, state: AttendBeforeState, u: Projected, *, keep: Any = None
    ) -> tuple[AttendBeforeState, Array]:
        x, noise = u
        before = self.cell.output_of(state.cell, state.y)
        c = read(params.memory, self.alignment_of(params, state, u, keep=keep))
        after, y = self.step_inside(params, state, x, c, noise, keep)
        shown = y if self.output == "after" else before
        shown = jnp.concatenate([shown.astype(y.dtype), c.astype(y.dtype)], -1)
        return AttendBeforeState(after, y.astype(state.y.dtype)), shown

    def alignment_of(self, params, state, u: Projected, *, keep: Any = None) -> Array:
        s = read_output(self.cell, state.cell, state.y, keep)
        return self.alignment.weights(params.alignment, params.memory, s)

    def output_of(self, state: AttendBeforeState, y: Array) -> Array:
        if self.output == "before":
            return y
        s, c = y[..., : self.cell.out_dim], y[..., self.cell.out_dim :]
        return jnp.concatenate([self.cell.output_of(state.cell, s), c], -1)


class AttendAfterParams(NamedTuple):
    cell: Params
    alignment: Any
    w: Array  # [M + H, dim], W_c.
    memory: Keys | None = None


class AttendAfterState(NamedTuple):
    cell: State
    h: Array  # [B, dim], h̃.


@dataclasses.dataclass(frozen=True)
class AttendAfter(Attending):
    """Attends with what a cell puts out, and feeds what it made of it to the next step.

    s_t = cell(s_{t-1}, [x_t; h̃_{t-1}]),   α_t = align(s_t, m),   c_t = Σ_j α_tj m_j
    y_t = h̃_t = tanh(W_c [c_t; s_t]),   h̃_0 = 0  (Luong et al., 2015: input feeding)

    Without feeding it is `Stack((cell, Attend(...)))`, which is faster.

    Attributes:
      cell, alignment: as in `Attending`; the cell reads [x; h̃], of width D + dim.
      dim: width of h̃.
      memory_dim: M, width of the values of the memory.
    """

    dim: int
    memory_dim: int

    def __post_init__(self):
        require_positive(self, dim=self.dim, memory_dim=self.memory_dim)

    @property
    def out_dim(self) -> int:
        return self.dim

    @property
    def beside(self) -> int:
        return self.dim

    def init(self, key: Array, in_dim: int) -> AttendAfterParams:
        key_cell, key_alignment, key_w = jax.random.split(key, 3)
        width = self.cell.out_dim
        return AttendAfterParams(
            self.cell.init(key_cell, in_dim + self.dim),
            self.alignment.init(key_alignment, width, self.memory_dim),
            initializers.glorot(key_w, (self.memory_dim + width, self.dim)),
        )

    def initial_state(self, params, batch_size: int, dtype: Any) -> AttendAfterState:
        state = self.cell.initial_state(params.cell, batch_size, dtype)
        return AttendAfterState(state, _zeros(batch_size, self.dim, dtype))

    def state_shape(self, batch_size: int, in_dim: int) -> AttendAfterState:
        state = self.cell.state_shape(batch_size, in_dim + self.dim)
        return AttendAfterState(state, _shape(batch_size, self.dim))

    def step(
        self, params, state: AttendAfterState, u: Projected, *, keep: Any = None
    ) -> tuple[AttendAfterState, Array]:
        x, noise = u
        after, s = self.step_inside(params, state, x, state.h, noise, keep)
        alpha = self.alignment.weights(params.alignment, params.memory, s)
        h = _attended(params.w, read(params.memory, alpha), s)
        return AttendAfterState(after, h.astype(state.h.dtype)), h.astype(s.dtype)

    def alignment_of(self, params, state, u: Projected) -> Array:
        x, noise = u
        _, s = self.step_inside(params, state, x, state.h, noise, None)
        return self.alignment.weights(params.alignment, params.memory, s)

    def output_of(self, state: AttendAfterState, y: Array) -> Array:
        return state.h.astype(y.dtype)


class AttendParams(NamedTuple):
    alignment: Any
    w: Array  # [M + D, dim], W_c.
    memory: Keys | None = None


@dataclasses.dataclass(frozen=True)
class Attend(Cell):
    """Attends with its inputs: a layer without a state, for all steps at once.

    α_t = align(x_t, m),   c_t = Σ_j α_tj m_j,   y_t = tanh(W_c [c_t; x_t])

    Above a recurrence, `Stack((cell, Attend(...)))`, it is the attention of Luong et
    al. (2015) without input feeding.

    Attributes:
      alignment: of `seqnets.alignment`.
      dim: width of y.
      memory_dim: M, width of the values of the memory.
    """

    alignment: Alignment
    dim: int
    memory_dim: int

    def __post_init__(self):
        require_positive(self, dim=self.dim, memory_dim=self.memory_dim)

    @property
    def out_dim(self) -> int:
        return self.dim

    def init(self, key: Array, in_dim: int) -> AttendParams:
        key_alignment, key_w = jax.random.split(key)
        return AttendParams(
            self.alignment.init(key_alignment, in_dim, self.memory_dim),
            initializers.glorot(key_w, (self.memory_dim + in_dim, self.dim)),
        )

    def bind(self, params: AttendParams, memory: Memory) -> AttendParams:
        return params._replace(memory=keys_of(self, params.alignment, memory))

    def initial_state(self, params, batch_size: int, dtype: Any) -> tuple[()]:
        return ()

    def project(self, params, xs: Array, noise: None = None) -> Projected:
        check_bound(self, params.memory, xs)
        alpha = self.alignment.weights(params.alignment, params.memory, xs)
        h = _attended(params.w, read(params.memory, alpha), xs)
        return h.astype(xs.dtype), alpha

    def step(self, params, state: tuple[()], u: Projected) -> tuple[tuple[()], Array]:
        return state, u[0]

    def alignment_of(self, params, state, u: Projected) -> Array:
        return u[1]


def _attended(w: Array, c: Array, s: Array) -> Array:
    """Computes tanh(W_c [c; s])."""
    split = c.shape[-1]
    return jnp.tanh(matmul(c, w[:split]) + matmul(s, w[split:]))


def _zeros(batch_size: int, dim: int, dtype: Any) -> Array:
    return jnp.zeros((batch_size, dim), supported(dtype))


def _shape(batch_size: int, dim: int) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct((batch_size, dim), jnp.float32)
