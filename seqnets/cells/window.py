"""A window that slides over a text while it is written, and stacks with skips.

Graves (2013), "Generating sequences with recurrent neural networks", sections 2 and 5.
"""

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets import initializers
from seqnets.cells.attending import Reading, check_memory
from seqnets.cells.cell import Memory, Params, Projected, State
from seqnets.cells.kept import read_output
from seqnets.cells.stack import Stack
from seqnets.checks import require_positive
from seqnets.linear import affine, memory_dtype, supported

SLOWEST, FASTEST = -10.0, 3.0  # ln of the places that a window moves in a step.


class WindowParams(NamedTuple):
    cell: Params
    w: Array  # [H, 3K], of α̂, β̂ and κ̂.
    b: Array  # [3K]
    memory: Memory | None = None


class WindowState(NamedTuple):
    cell: State
    read: Array  # [B, M], w: what the window showed before.
    place: Array  # [B, K], κ, float32 or wider.


@dataclasses.dataclass(frozen=True)
class Window(Reading):
    """Reads a memory through Gaussians that only move forward along it.

    s_t = cell(s_{t-1}, [x_t; w_{t-1}]),   (α̂, β̂, κ̂) = W s_t + b
    α = exp α̂,   β = exp β̂,   κ_t = κ_{t-1} + exp κ̂
    φ(t, u) = Σ_k α_k exp(-β_k (κ_k - u)²),   w_t = Σ_u φ(t, u) m_u,   y_t = [s_t; w_t]

    The places u of the memory count from 0, and κ_0 = 0. Exponents are kept from
    -10 to 3, beyond which they have no gradient.

    Attributes:
      cell: any cell or stack; it reads [x; w], of width D + M.
      components: K.
      memory_dim: M, width of the values of the memory.
      pace: exp κ̂ at first: places a step.
    """

    components: int
    memory_dim: int
    pace: float = 0.1

    def __post_init__(self):
        require_positive(self, components=self.components, memory_dim=self.memory_dim)
        if not self.pace > 0:
            raise ValueError(f"Window: pace must be above 0, not {self.pace}")

    @property
    def out_dim(self) -> int:
        return self.cell.out_dim + self.memory_dim

    @property
    def beside(self) -> int:
        return self.memory_dim

    def init(self, key: Array, in_dim: int) -> WindowParams:
        key_cell, key_w = jax.random.split(key)
        starts = jnp.array([0.0, 0.0, jnp.log(self.pace)])
        shape = self.cell.out_dim, self.components
        return WindowParams(
            self.cell.init(key_cell, in_dim + self.memory_dim),
            0.1 * initializers.glorot(key_w, shape, blocks=3),
            jnp.repeat(starts, self.components),
        )

    def bind(self, params: WindowParams, memory: Memory) -> WindowParams:
        check_memory(self, memory)
        values, mask = memory.values, memory.mask
        if mask is not None:  # Padding is read as nothing.
            values = jnp.where(mask[..., None], values, 0.0)
        cell = self.cell.bind(params.cell, memory)
        return params._replace(cell=cell, memory=Memory(values, mask))

    def initial_state(self, params, batch_size: int, dtype: Any) -> WindowState:
        read, place = self._start(batch_size)
        return WindowState(
            self.cell.initial_state(params.cell, batch_size, dtype),
            jnp.zeros(read.shape, supported(dtype)),
            jnp.zeros(place.shape, memory_dtype(dtype)),
        )

    def state_shape(self, batch_size: int, in_dim: int) -> WindowState:
        state = self.cell.state_shape(batch_size, in_dim + self.memory_dim)
        return WindowState(state, *self._start(batch_size))

    def step(
        self, params, state: WindowState, u: Projected, *, keep: Any = None
    ) -> tuple[WindowState, Array]:
        x, noise = u
        after, s = self.step_inside(params, state, x, state.read, noise, keep)
        phi, place = self._look(params, state, s)
        w = jnp.einsum("bs,bsm->bm", phi, params.memory.values.astype(phi.dtype))
        state = WindowState(
            after, w.astype(state.read.dtype), place.astype(state.place.dtype)
        )
        return state, jnp.concatenate([s, w.astype(s.dtype)], -1)

    def alignment_of(self, params, state, u: Projected) -> Array:
        x, noise = u
        _, s = self.step_inside(params, state, x, state.read, noise, None)
        return self._look(params, state, s)[0]

    def output_of(self, state: WindowState, y: Array) -> Array:
        s = self.cell.output_of(state.cell, y[..., : self.cell.out_dim])
        return jnp.concatenate([s, state.read.astype(y.dtype)], -1)

    def _look(self, params, state: WindowState, s: Array) -> tuple[Array, Array]:
        """Returns φ [B, S] and κ [B, K], float32 or wider."""
        moves = affine(s, params.w.astype(s.dtype), params.b)
        moves = jnp.clip(moves, SLOWEST, FASTEST)
        alpha, beta, forward = jnp.split(jnp.exp(moves), 3, -1)
        place = state.place + forward
        values, mask = params.memory.values, params.memory.mask
        far = place[..., None] - jnp.arange(values.shape[1], dtype=place.dtype)
        phi = (alpha[..., None] * jnp.exp(-beta[..., None] * far**2)).sum(1)
        return (phi if mask is None else jnp.where(mask, phi, 0.0)), place

    def _start(self, batch_size: int) -> tuple[jax.ShapeDtypeStruct, ...]:
        shapes = (batch_size, self.memory_dim), (batch_size, self.components)
        return tuple(jax.ShapeDtypeStruct(shape, jnp.float32) for shape in shapes)


@dataclasses.dataclass(frozen=True)
class SkipStack(Stack):
    """Cells on top of each other, each of which reads the inputs and all cells below.

    x⁽ˡ⁾_t = [x_t; y⁽¹⁾_t; ...; y⁽ˡ⁻¹⁾_t],   y_t = [x_t; y⁽¹⁾_t; ...; y⁽ᴸ⁾_t]

    Graves (2013) connects the inputs to every layer and every layer to the outputs;
    here a layer reads those further below as well, and so a window in the first one.

    Attributes:
      in_dim: D, width of the inputs, which `out_dim` counts.
    """

    in_dim: int = dataclasses.field(kw_only=True)

    def __post_init__(self):
        super().__post_init__()
        require_positive(self, in_dim=self.in_dim)
        if self.residual:
            raise ValueError("SkipStack: skips are in the place of residual=True")

    @property
    def passes_inputs(self) -> bool:
        return True

    @property
    def out_dim(self) -> int:
        return self.in_dim + sum(cell.out_dim for cell in self.cells)

    def in_dims(self, in_dim: int) -> tuple[int, ...]:
        if in_dim != self.in_dim:
            raise ValueError(f"SkipStack: in_dim is {self.in_dim}, not {in_dim}")
        sums = [in_dim]
        for cell in self.cells[:-1]:
            sums.append(sums[-1] + cell.out_dim)
        return tuple(sums)

    def join(self, xs: Array, ys: Array) -> Array:
        return jnp.concatenate([xs, ys], -1)

    def output_of(self, state, y: Array, *, keep: tuple | None = None) -> Array:
        keeps = (None,) * len(self.cells) if keep is None else keep
        parts, begin = [y[..., : self.in_dim]], self.in_dim
        for cell, own, m in zip(self.cells, state, keeps, strict=True):
            end = begin + cell.out_dim
            parts.append(read_output(cell, own, y[..., begin:end], m))
            begin = end
        return jnp.concatenate(parts, -1)
