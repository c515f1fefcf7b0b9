"""Linear maps of many rows, accumulated in float32 or wider, and of one-hot ones."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array


def memory_dtype(dtype: Any) -> Any:
    """Returns the dtype of what accumulates over time: float32 or wider."""
    return jnp.promote_types(dtype, jnp.float32)


def floating(a: Array) -> bool:
    """Returns whether an array holds floating-point numbers."""
    return jnp.issubdtype(a.dtype, jnp.floating)


def cast(params: Any, xs: Array) -> tuple[Any, Array]:
    """Returns parameters in the dtype of inputs, the compute dtype, and the inputs.

    Args:
      params: a tree of arrays; those that are not floating, such as the mask of a bound
        memory, keep their dtype.
      xs: inputs [...].

    Returns:
      The parameters, and `xs` as an array of JAX.

    Raises:
      ValueError: for inputs that are not floating, in whose dtype most weights are 0.
    """
    xs = jnp.asarray(xs)  # NumPy's float64 is float32 without JAX's 64-bit mode.
    if not floating(xs):
        raise ValueError(
            f"inputs must be floating, not {xs.dtype} of shape {xs.shape}: parameters"
            " are cast to their dtype"
        )
    params = jax.tree.map(lambda p: p.astype(xs.dtype) if floating(p) else p, params)
    return params, xs


def supported(dtype: Any) -> Any:
    """Returns a dtype that was asked for, where JAX computes in it.

    Raises:
      ValueError: for float64 without JAX's 64-bit mode, in which it is float32.
    """
    asked = jnp.dtype(dtype)
    held = jax.dtypes.canonicalize_dtype(asked)
    if held != asked:
        raise ValueError(
            f"{asked} is {held} without JAX's 64-bit mode: set"
            f" JAX_ENABLE_X64=1, or ask for {held}"
        )
    return dtype


def matmul(x: Array, w: Array) -> Array:
    """Computes x W in the dtype of W, accumulated in float32 or wider.

    Args:
      x: [..., D].
      w: [D, H].

    Returns:
      [..., H], float32 or wider.

    Raises:
      ValueError: for an x of another width, or weights of integers, which parameters
        become where they are cast to the dtype of inputs that are integers.
    """
    if not jnp.issubdtype(w.dtype, jnp.inexact):
        raise ValueError(
            f"weights must be floating, not {w.dtype}, to which they were cast: pass"
            " inputs that are floating"
        )
    if x.shape[-1] != len(w):
        raise ValueError(
            f"the input has width {x.shape[-1]}, but the weights {w.shape} read width"
            f" {len(w)}: pass an input of that width, or draw parameters for this one"
        )
    x, wide = x.astype(w.dtype), memory_dtype(w.dtype)
    if len(w) == 1:
        # One number by a row: a matrix product would take ten times as long.
        return x.astype(wide) * w[0].astype(wide)
    return jnp.matmul(x, w, preferred_element_type=wide)


@jax.custom_jvp
def rows_matmul(xs: Array, w: Array) -> Array:
    """Computes x W for many rows [..., D] at once, as `matmul` does.

    Its derivative is custom so that ∂W = xᵀ δ multiplies two arrays that are
    contiguous by rows: with JAX's own, XLA transposes δ, the larger one.
    """
    return matmul(xs, w)


@rows_matmul.defjvp
def _rows_matmul_jvp(primals, tangents):
    (xs, w), (d_xs, d_w) = primals, tangents
    us = rows_matmul(xs, w)
    if jax.device_count() > 1:
        # Of axes that are merged XLA divides the first alone, and this is time: it
        # would send all rows to each device, which would multiply them all.
        return us, matmul(xs, d_w) + matmul(d_xs, w)
    xs_t = transpose(xs.astype(w.dtype).reshape(-1, len(w)))  # [D, N]
    by_w = jax.lax.dot_general(
        xs_t,
        d_w,
        (((0,), (0,)), ((), ())),
        preferred_element_type=us.dtype,
    )
    return us, by_w.reshape(us.shape) + matmul(d_xs, w)


def transpose(w: Array) -> Array:
    """Returns wᵀ as a separate array.

    XLA would fold the transposition into the product that reads it, and on a CPU
    multiply more slowly; the barrier prevents it.
    """
    return jax.lax.optimization_barrier(w.T)


def look_up(table: Array, ids: Array) -> Array:
    """Returns the rows of a table with given numbers, one-hot(ids) W.

    Args:
      table: W [K, E].
      ids: [...], integers; one outside 0 ... K-1 has the zero vector, and no gradient.

    Returns:
      [..., E].
    """
    rows = jnp.asarray(table).at[ids]
    return rows.get(mode="fill", fill_value=0, wrap_negative_indices=False)


def affine(xs: Array, w: Array, b: Array | None) -> Array:
    """Computes x W + b, where an absent bias is zero.

    Args:
      xs: [..., D].
      w: [D, H].
      b: [H], or None.

    Returns:
      [..., H], float32 or wider.
    """
    us = rows_matmul(xs, w)
    return us if b is None else us + b
