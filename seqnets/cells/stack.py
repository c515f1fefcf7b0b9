"""The stack of cells."""

import dataclasses
from typing import Any

import jax
from jax import Array

from seqnets.cells.cell import Cell, Memory, Noise, Params, Projected, State
from seqnets.cells.kept import kept_shapes, read_output, step_kept


@dataclasses.dataclass(frozen=True)
class Stack(Cell):
    """Cells on top of each other: layer l reads the outputs of layer l - 1.

    x⁽ˡ⁺¹⁾_t = y⁽ˡ⁾_t, plus x⁽ˡ⁾_t where `residual` and the widths agree.

    A stack is a cell, so it can be stepped one symbol at a time; `unroll` runs
    it layer by layer, which is the same numbers, faster.
    """

    cells: tuple[Cell, ...]
    residual: bool = False

    def __post_init__(self):
        object.__setattr__(self, "cells", tuple(self.cells))  # A list has no hash.
        if not self.cells:
            raise ValueError("Stack: cells must hold at least one cell")

    @property
    def out_dim(self) -> int:
        return self.cells[-1].out_dim

    @property
    def passes_inputs(self) -> bool:
        """Whether the inputs themselves are part of the outputs."""
        return self.residual

    def in_dims(self, in_dim: int) -> tuple[int, ...]:
        """Returns the width that each layer reads."""
        return in_dim, *(cell.out_dim for cell in self.cells[:-1])

    def join(self, xs: Array, ys: Array) -> Array:
        """Returns what the next layer reads, given a layer's xs and ys [..., D]."""
        return ys + xs if self.residual and xs.shape == ys.shape else ys

    def init(self, key: Array, in_dim: int) -> tuple[Params, ...]:
        keys = jax.random.split(key, len(self.cells))
        dims = self.in_dims(in_dim)
        return tuple(
            c.init(k, d) for c, k, d in zip(self.cells, keys, dims, strict=True)
        )

    def initial_state(self, params, batch_size: int, dtype: Any) -> tuple[State, ...]:
        return tuple(
            cell.initial_state(p, batch_size, dtype)
            for cell, p in zip(self.cells, params, strict=True)
        )

    def noise(self, key, length, batch_size, in_dim) -> tuple[Noise, ...]:
        keys = jax.random.split(key, len(self.cells))
        return tuple(
            cell.noise(k, length, batch_size, d)
            for cell, k, d in zip(self.cells, keys, self.in_dims(in_dim), strict=True)
        )

    def project(self, params, xs: Array, noise: Noise = None) -> Projected:
        first, *rest = (None,) * len(self.cells) if noise is None else noise
        # A residual connection adds the input of the first layer to its output.
        skip = xs if self.passes_inputs else None
        return self.cells[0].project(params[0], xs, first), skip, tuple(rest)

    def step(
        self, params, state, u: Projected, *, keep: tuple | None = None
    ) -> tuple[tuple[State, ...], Array]:
        u, x, noise = u
        keeps = (None,) * len(self.cells) if keep is None else keep
        states = []
        for layer, cell in enumerate(self.cells):
            if layer:
                u = self._project(params, layer, x, noise)
            new, y = step_kept(cell, params[layer], state[layer], u, keeps[layer])
            states.append(new)
            x = y if x is None else self.join(x, y)
        return tuple(states), x

    def _project(self, params, layer: int, x: Array, noise: tuple) -> Projected:
        """Projects the input [B, D] of one step of a layer above the first."""
        drawn = jax.tree.map(lambda n: n[None], noise[layer - 1])
        us = self.cells[layer].project(params[layer], x[None], drawn)
        return jax.tree.map(lambda u: u[0], us)

    def bind(self, params, memory: Memory) -> tuple[Params, ...]:
        return tuple(
            cell.bind(p, memory) for cell, p in zip(self.cells, params, strict=True)
        )

    def output_of(self, state, y: Array, *, keep: tuple | None = None) -> Array:
        if self.residual:
            return y
        own = None if keep is None else keep[-1]
        return read_output(self.cells[-1], state[-1], y, own)

    def alignment_of(self, params, state, u: Projected) -> Array | None:
        u, x, noise = u
        for layer, cell in enumerate(self.cells):
            if layer:
                u = self._project(params, layer, x, noise)
            alpha = cell.alignment_of(params[layer], state[layer], u)
            if alpha is not None:
                return alpha
            _, y = cell.step(params[layer], state[layer], u)
            x = y if x is None else self.join(x, y)
        return None

    def state_shape(self, batch_size: int, in_dim: int) -> tuple[State, ...]:
        return tuple(
            cell.state_shape(batch_size, d)
            for cell, d in zip(self.cells, self.in_dims(in_dim), strict=True)
        )

    def keep_shape(self, batch_size: int, in_dim: int) -> tuple[Any, ...]:
        return tuple(
            kept_shapes(cell, batch_size, d)
            for cell, d in zip(self.cells, self.in_dims(in_dim), strict=True)
        )


def shows_sum(cell: Cell) -> bool:
    """Returns whether an output is the sum of a residual stack, which no state shows.

    Args:
      cell: any cell; the stack may be inside of wrappers, or on top of another stack.
    """
    if isinstance(cell, Stack):
        shown = cell.cells if cell.passes_inputs else cell.cells[-1:]
        return cell.residual or any(map(shows_sum, shown))
    inner = getattr(cell, "cell", None)
    return isinstance(inner, Cell) and shows_sum(inner)
