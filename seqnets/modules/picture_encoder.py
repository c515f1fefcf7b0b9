"""Picture encoder: a picture becomes the vectors of its regions."""

from typing import Any

from flax import linen as nn
from jax import Array
from jax import numpy as jnp

from seqnets.convolution2d import Convolutions, coordinates


class PictureEncoder(nn.Module):
    """Runs layers of convolution; each place of the last one is a region.

    m_s = [features; y; x],   y and x from -1 to 1, where the region is

    Attributes:
      layers: of convolution.
      dtype: in which it computes.
      standard: whether it reads the pixels of each picture with mean 0 and deviation 1,
        and not from 0 to 1. On white ground, places without anything would otherwise
        have features as large as those of objects.
    """

    layers: Convolutions
    dtype: Any = jnp.float32
    standard: bool = False

    @property
    def out_dim(self) -> int:
        """Width M of a region."""
        return self.layers.channels[-1] + 2

    @nn.compact
    def __call__(self, pictures: Array) -> Array:
        """Returns regions [B, S, M], line by line, of pictures, bytes [B, H, W, C]."""
        xs = pictures.astype(self.dtype) / 255
        if self.standard:
            xs = standardise(pictures).astype(self.dtype)
        params = self.param("layers", self.layers.init, xs.shape[-1])
        features = self.layers.apply(params, xs)
        rows, *shape, dim = features.shape
        where = jnp.broadcast_to(coordinates(*shape), (rows, *shape, 2))
        regions = jnp.concatenate([features, where.astype(features.dtype)], -1)
        return regions.reshape(rows, -1, dim + 2)


def standardise(pictures: Array) -> Array:
    """Returns x' = (x - mean) / deviation of each picture's own pixels, float32.

    All channels are taken together. A picture of one colour becomes zeros.

    Args:
      pictures: bytes [B, H, W, C].
    """
    xs = pictures.astype(jnp.float32)
    xs -= xs.mean((1, 2, 3), keepdims=True)
    deviation = jnp.sqrt((xs**2).mean((1, 2, 3), keepdims=True))
    return xs / jnp.maximum(deviation, 1.0)
