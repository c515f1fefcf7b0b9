"""Base classes of cells that read a bound memory, and their attention weights."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.alignment import Alignment, Keys
from seqnets.cells.cell import Cell, Memory, Noise, Params, Projected, State
from seqnets.cells.kept import step_kept
from seqnets.cells.wrappers import Wrapper
from seqnets.checks import require_bound
from seqnets.linear import cast


@dataclasses.dataclass(frozen=True)
class Reading(Wrapper):
    """Base class of cells whose inner cell reads [x; what was read from a memory].

    Attributes:
      cell: any cell or stack, which reads inputs of width D + `beside`.
    """

    @property
    def beside(self) -> int:
        """Width of what the cell inside reads beside its inputs."""
        raise NotImplementedError

    def inner(self, params: Any) -> Params:
        return params.cell

    def noise(self, key, length, batch_size, in_dim) -> Noise:
        return self.cell.noise(key, length, batch_size, in_dim + self.beside)

    def project(self, params, xs: Array, noise: Noise = None) -> Projected:
        check_bound(self, params.memory, xs)
        # Fails here, and not in a step, where weights do not fit the inputs.
        shape = 1, xs.shape[1], xs.shape[-1] + self.beside
        wide = jax.ShapeDtypeStruct(shape, xs.dtype)
        jax.eval_shape(self.cell.project, params.cell, wide)
        return xs, noise

    def step_inside(
        self, params, state, x: Array, beside: Array, noise: Noise, keep: Any
    ) -> tuple[State, Array]:
        """Steps the cell inside on [x; beside]."""
        xs = jnp.concatenate([x, beside.astype(x.dtype)], -1)[None]
        drawn = jax.tree.map(lambda n: n[None], noise)
        us = self.cell.project(params.cell, xs, drawn)
        u = jax.tree.map(lambda u: u[0], us)
        return step_kept(self.cell, params.cell, state.cell, u, keep)


@dataclasses.dataclass(frozen=True)
class Attending(Reading):
    """Base class of cells that compute attention weights, and read [x; weighted sum].

    Attributes:
      cell: any cell or stack, which reads inputs of width D + `beside`.
      alignment: of `seqnets.alignment`.
    """

    alignment: Alignment

    def bind(self, params: Any, memory: Memory) -> Any:
        cell = self.cell.bind(params.cell, memory)
        keys = keys_of(self, params.alignment, memory)
        return params._replace(cell=cell, memory=keys)


def alignments(
    cell: Cell,
    params: Params,
    xs: Array,
    *,
    state: State | None = None,
    mask: Array | None = None,
) -> Array:
    """Returns the weights by which a cell reads a memory, in evaluation.

    Args:
      cell: one that attends, or a wrapper or a stack with one inside; of several in a
        stack, the lowest counts.
      params: its parameters, with a memory bound.
      xs: inputs [B, T, D].
      state: the state to begin with; the cell's initial state by default.
      mask: [B, T] bool, True at real steps; everywhere by default.

    Returns:
      α [B, T, S], float32 or wider; zero at padding on both sides.

    Raises:
      ValueError: for a cell that does not attend, or inputs that are not floating.
    """
    params, xs = cast(params, xs)
    real = jnp.ones(xs.shape[:2], bool) if mask is None else jnp.asarray(mask)
    xs = jnp.where(real[..., None], xs, 0.0)
    if state is None:
        state = cell.initial_state(params, len(xs), xs.dtype)

    def body(state, inputs):
        u, real = inputs
        alpha = cell.alignment_of(params, state, u)
        if alpha is None:
            raise ValueError(f"{cell} reads no memory, and has no alignments")
        after, _ = cell.step(params, state, u)

        def held(new, old):
            return jnp.where(real.reshape(-1, *(1,) * (new.ndim - 1)), new, old)

        alpha = jnp.where(real[:, None], alpha, 0.0)
        return jax.tree.map(held, after, state), alpha

    us = cell.project(params, xs.swapaxes(0, 1))
    _, alphas = jax.lax.scan(body, state, (us, real.T))
    return alphas.swapaxes(0, 1)  # [B, T, S]


def keys_of(cell: Cell, params: Any, memory: Memory) -> Keys:
    """Returns the keys of a memory for a cell with an alignment and a `memory_dim`.

    Raises:
      ValueError: for a memory of another shape.
    """
    check_memory(cell, memory)
    return cell.alignment.keys(params, memory.values, memory.mask)


def check_memory(cell: Cell, memory: Memory) -> None:
    """Raises ValueError unless a memory has the width `memory_dim` of a cell."""
    values, mask = memory.values, memory.mask
    shape = None if values is None else values.shape
    if shape is None or len(shape) != 3 or shape[-1] != cell.memory_dim:
        raise ValueError(
            f"{type(cell).__name__} reads values [B, S, {cell.memory_dim}], not"
            f" {'none' if shape is None else shape}: set memory_dim to their width"
        )
    if mask is not None and (mask.shape != shape[:2] or mask.dtype != jnp.bool_):
        raise ValueError(
            f"the mask of a memory {shape} must be bool of shape {shape[:2]}, not"
            f" {mask.dtype} of shape {mask.shape}"
        )


def check_bound(cell: Cell, memory: Any, xs: Array) -> None:
    """Raises ValueError unless a memory of as many rows as xs [T, B, D] is bound."""
    rows = len(require_bound(cell, memory).values)
    if xs.shape[1] != rows:
        raise ValueError(
            f"{type(cell).__name__} holds a memory of {rows} rows, and the inputs have"
            f" {xs.shape[1]}: bind the memory of the same batch"
        )
