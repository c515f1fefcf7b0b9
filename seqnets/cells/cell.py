"""The cell contract, the stack of cells, and the pieces that all cells share."""

import dataclasses
from typing import Any, Protocol

import jax
import jax.numpy as jnp
from jax import Array

Params = Any
State = Any
Noise = Any
Inputs = Any


class Cell(Protocol):
    """A recurrent cell, split where time stops being parallel.

    Cells are frozen dataclasses of Python scalars: hashable, so they can be
    static under `jax.jit`, and free of arrays, so every method is pure.
    Parameters and states are pytrees of arrays; a state leads with [B].
    """

    @property
    def out_dim(self) -> int:
        """Width of the output y."""
        ...

    def init(self, key: Array, in_dim: int) -> Params:
        """Draws float32 parameters for inputs of width `in_dim`."""
        ...

    def initial_state(self, params: Params, batch_size: int, dtype: Any) -> State:
        """Returns the state before the first step.

        Args:
          params: the cell's parameters (a trainable start lives there).
          batch_size: B.
          dtype: compute dtype; memories are float32 at the least.
        """
        ...

    def noise(self, key: Array, length: int, batch_size: int, in_dim: int) -> Noise:
        """Draws all that is random in a run over [T, B, D] inputs.

        Returns:
          A pytree of arrays with leading [T, B], or None where a cell draws
          nothing. `project` gets it; None there means evaluation.
        """
        ...

    def project(self, params: Params, xs: Array, noise: Noise = None) -> Inputs:
        """Computes all that does not depend on the state, for all steps at once.

        Args:
          params: the cell's parameters.
          xs: inputs [T, B, D].
          noise: what `noise` drew, or None.

        Returns:
          The inputs u of `step`, a pytree with leading [T, B].
        """
        ...

    def step(self, params: Params, state: State, u: Inputs) -> tuple[State, Array]:
        """Computes all that does depend on the state: a `lax.scan` body.

        Returns:
          The next state, in the dtypes in which it came, and y [B, out_dim].
        """
        ...


def require_positive(cell: Cell, **fields: int | None) -> None:
    """Raises ValueError unless every given field is a positive integer."""
    for name, value in fields.items():
        if value is not None and (type(value) is not int or value < 1):
            raise ValueError(
                f"{type(cell).__name__}: {name} must be a positive integer,"
                f" not {value!r}"
            )


def require_choice(cell: Cell, name: str, value: str, choices: Any) -> None:
    """Raises ValueError unless `value` is one of `choices`."""
    if value not in choices:
        raise ValueError(
            f"{type(cell).__name__}: {name} must be one of {', '.join(choices)},"
            f" not {value!r}"
        )


def memory_dtype(dtype: Any) -> Any:
    """Returns the dtype of what accumulates over time: float32 or wider."""
    return jnp.promote_types(dtype, jnp.float32)


def matmul(x: Array, w: Array) -> Array:
    """Computes x W in W's dtype, accumulated in float32 or wider."""
    x, wide = x.astype(w.dtype), memory_dtype(w.dtype)
    if len(w) == 1:
        # One number by a row: a matrix product would take ten times as long.
        return x.astype(wide) * w[0].astype(wide)
    return jnp.matmul(x, w, preferred_element_type=wide)


@jax.custom_jvp
def rows_matmul(xs: Array, w: Array) -> Array:
    """Computes x W for many rows [..., D] at once, as `matmul` does.

    Its derivative is written so that ∂W = xᵀ δ multiplies two arrays that lie row by
    row: JAX's own would have XLA turn δ, the larger one, over.
    """
    return matmul(xs, w)


@rows_matmul.defjvp
def _rows_matmul_jvp(primals, tangents):
    (xs, w), (d_xs, d_w) = primals, tangents
    us = rows_matmul(xs, w)
    turned = transpose(xs.astype(w.dtype).reshape(-1, len(w)))  # [D, N]
    by_w = jax.lax.dot_general(
        turned,
        d_w,
        (((0,), (0,)), ((), ())),
        preferred_element_type=us.dtype,
    )
    return us, by_w.reshape(us.shape) + matmul(d_xs, w)


def transpose(w: Array) -> Array:
    """Returns wᵀ as an array of its own.

    XLA would fold the transposition into the product that reads it, and on a CPU
    multiply more slowly; the barrier keeps it from doing so.
    """
    return jax.lax.optimization_barrier(w.T)


def affine(xs: Array, w: Array, b: Array | None) -> Array:
    """Computes x W + b, where an absent bias is zero."""
    us = rows_matmul(xs, w)
    return us if b is None else us + b


@dataclasses.dataclass(frozen=True)
class Stack:
    """Cells on top of each other: layer l reads the outputs of layer l - 1.

    x⁽ˡ⁺¹⁾_t = y⁽ˡ⁾_t, plus x⁽ˡ⁾_t where `residual` and the widths agree.

    A stack is a cell, so it can be stepped one symbol at a time; `unroll` runs
    it layer by layer, which is the same numbers, faster.
    """

    cells: tuple[Cell, ...]
    residual: bool = False

    def __post_init__(self):
        if not self.cells:
            raise ValueError("Stack: cells must hold at least one cell")

    @property
    def out_dim(self) -> int:
        return self.cells[-1].out_dim

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

    def project(self, params, xs: Array, noise: Noise = None) -> Inputs:
        first, *rest = (None,) * len(self.cells) if noise is None else noise
        # A residual connection adds what the first layer read to what it says.
        skip = xs if self.residual else None
        return self.cells[0].project(params[0], xs, first), skip, tuple(rest)

    def step(self, params, state, u: Inputs) -> tuple[tuple[State, ...], Array]:
        u, x, noise = u
        states = []
        for layer, cell in enumerate(self.cells):
            if layer:
                drawn = jax.tree.map(lambda n: n[None], noise[layer - 1])
                u = cell.project(params[layer], x[None], drawn)
                u = jax.tree.map(lambda a: a[0], u)
            new, y = cell.step(params[layer], state[layer], u)
            states.append(new)
            x = y if x is None else self.join(x, y)
        return tuple(states), x
