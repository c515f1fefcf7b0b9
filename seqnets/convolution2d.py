"""Convolution over pictures (LeCun et al., 1998; 004): local, shared weights.

`convolution` is the same over time.
"""

import dataclasses
import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.checks import require_positive
from seqnets.linear import memory_dtype


class FilterParams(NamedTuple):
    w: Array  # [height, width, D, F]
    b: Array  # [F]


def init(key: Array, in_dim: int, dim: int, size: int = 3) -> FilterParams:
    """Draws parameters for `convolve`, W ~ N(0, 2 / (size² D)) (He et al., 2015).

    Args:
      key: random key.
      in_dim: D, channels of the input.
      dim: F, number of features.
      size: of the filters, in both directions.
    """
    shape = size, size, in_dim, dim
    deviation = math.sqrt(2.0 / (size * size * in_dim))
    return FilterParams(deviation * jax.random.normal(key, shape), jnp.zeros(dim))


def convolve(params: FilterParams, xs: Array, stride: int = 1) -> Array:
    """Computes features of each place and its neighbours, zero beyond the border.

    z_ij = b + Σ_{k,l} W_kl x_{si+k, sj+l},   k and l around the middle of the filter

    Args:
      params: W and b.
      xs: pictures [B, height, width, D].
      stride: s, from place to place.

    Returns:
      [B, ⌈height / s⌉, ⌈width / s⌉, F], in the dtype of `xs`.
    """
    zs = jax.lax.conv_general_dilated(
        xs,
        params.w.astype(xs.dtype),
        (stride, stride),
        "SAME",
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )
    wide = memory_dtype(xs.dtype)
    return (zs.astype(wide) + params.b.astype(wide)).astype(xs.dtype)


def largest(xs: Array, size: int = 2) -> Array:
    """Returns the largest of each feature in windows side by side (max-pooling).

    Args:
      xs: [B, height, width, F]; rows and columns that fill no window are left out.
      size: of a window, in both directions.

    Returns:
      [B, ⌊height / size⌋, ⌊width / size⌋, F]
    """
    rows, height, width, dim = xs.shape
    down, across = height // size, width // size
    kept = xs[:, : down * size, : across * size]
    return kept.reshape(rows, down, size, across, size, dim).max((2, 4))


@dataclasses.dataclass(frozen=True)
class Convolutions:
    """Layers of convolution, one upon the other.

    x_l = relu(W_l * x_{l-1} + b_l)

    Attributes:
      channels: F of each layer.
      strides: of each layer.
      size: of all filters.
    """

    channels: tuple[int, ...]
    strides: tuple[int, ...]
    size: int = 3

    def __post_init__(self):
        if not self.channels or len(self.channels) != len(self.strides):
            raise ValueError(
                f"channels {self.channels} and strides {self.strides}: there must be"
                " one of each for every layer"
            )
        for dim, stride in zip(self.channels, self.strides, strict=True):
            require_positive(self, channels=dim, strides=stride, size=self.size)

    def shape(self, height: int, width: int) -> tuple[int, int]:
        """Returns how many places there are, down and across, of a picture."""
        for stride in self.strides:
            height, width = -(-height // stride), -(-width // stride)
        return height, width

    def init(self, key: Array, in_dim: int) -> tuple[FilterParams, ...]:
        """Draws float32 parameters for pictures of `in_dim` channels."""
        dims = (in_dim, *self.channels)
        keys = jax.random.split(key, len(self.channels))
        layers = zip(keys, dims[:-1], self.channels, strict=True)
        return tuple(init(own, d, f, self.size) for own, d, f in layers)

    def apply(self, params: tuple[FilterParams, ...], xs: Array) -> Array:
        """Computes [B, down, across, F] from pictures [B, height, width, D]."""
        for own, stride in zip(params, self.strides, strict=True):
            xs = jax.nn.relu(convolve(own, xs, stride))
        return xs


def coordinates(down: int, across: int) -> Array:
    """Returns where each place is, y and x from -1 to 1, float32 [down, across, 2]."""
    axes = (
        jnp.linspace(-1.0, 1.0, n) if n > 1 else jnp.zeros(1) for n in (down, across)
    )
    return jnp.stack(jnp.meshgrid(*axes, indexing="ij"), -1)
