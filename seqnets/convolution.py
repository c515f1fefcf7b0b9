"""Convolution over time and max-pooling over time (Collobert et al., 2011)."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from seqnets import initializers
from seqnets.linear import affine


class ConvolutionParams(NamedTuple):
    w: Array  # [width · D, F]
    b: Array  # [F]


def init(key: Array, in_dim: int, dim: int, width: int = 3) -> ConvolutionParams:
    """Draws parameters for `convolve`.

    Args:
      key: random key.
      in_dim: D, width of a step's vector.
      dim: F, number of features.
      width: steps that a feature reads, an odd number.

    Raises:
      ValueError: the width is even, or not positive.
    """
    if width < 1 or width % 2 == 0:
        raise ValueError(f"width must be odd and positive, not {width}")
    w = initializers.glorot(key, (width * in_dim, dim))
    return ConvolutionParams(w, jnp.zeros(dim))


def convolve(params: ConvolutionParams, xs: Array, mask: Array | None = None) -> Array:
    """Computes features of each step and its neighbours, zero beyond the ends.

    z_t = W [x_{t-k}; ...; x_{t+k}] + b

    Args:
      params: W and b.
      xs: vectors [..., T, D].
      mask: [..., T] bool, True at real steps; others count as zero, as do
        those beyond the ends.

    Returns:
      Features [..., T, F].
    """
    length, in_dim = xs.shape[-2:]
    if mask is not None:
        xs = jnp.where(mask[..., None], xs, 0.0)
    side = len(params.w) // in_dim // 2
    around = [(0, 0)] * (xs.ndim - 2) + [(side, side), (0, 0)]
    padded = jnp.pad(xs, around)
    windows = [padded[..., k : k + length, :] for k in range(2 * side + 1)]
    w = params.w.astype(xs.dtype)
    return affine(jnp.concatenate(windows, -1), w, params.b).astype(xs.dtype)


def largest(xs: Array, mask: Array | None = None) -> Array:
    """Returns the largest of each feature over real steps, zero where there is none.

    Args:
      xs: features [..., T, F].
      mask: [..., T] bool; everywhere by default.

    Returns:
      [..., F]
    """
    if not xs.shape[-2]:
        return jnp.zeros((*xs.shape[:-2], xs.shape[-1]), xs.dtype)
    if mask is None:
        return xs.max(-2)
    low = jnp.finfo(xs.dtype).min
    best = jnp.where(mask[..., None], xs, low).max(-2)
    return jnp.where(mask.any(-1)[..., None], best, 0.0)
