"""Picture encoder: a picture becomes the vectors of its regions."""

from typing import Any

from flax import linen as nn
from jax import Array
from jax import numpy as jnp

from seqnets.convolution2d import Convolutions, coordinates


class PictureEncoder(nn.Module):
    """Runs layers of convolution; each place of the last one is a region.

    m_s = [features; y; x],   y and x from -1 to 1, where the region is

    The features are those of (pixel - background) / 255.

    Attributes:
      layers: of convolution.
      dtype: in which it computes.
      background: of each channel, or of all: the value of pixels where nothing is.
    """

    layers: Convolutions
    dtype: Any = jnp.float32
    background: tuple[float, ...] | float = 0

    @property
    def out_dim(self) -> int:
        """Width M of a region."""
        return self.layers.channels[-1] + 2

    @nn.compact
    def __call__(self, pictures: Array) -> Array:
        """Returns regions [B, S, M], line by line, of pictures, bytes [B, H, W, C]."""
        pixels = pictures.astype(self.dtype)
        xs = (pixels - jnp.array(self.background, self.dtype)) / 255
        params = self.param("layers", self.layers.init, xs.shape[-1])
        features = self.layers.apply(params, xs)
        rows, *shape, dim = features.shape
        where = jnp.broadcast_to(coordinates(*shape), (rows, *shape, 2))
        regions = jnp.concatenate([features, where.astype(features.dtype)], -1)
        return regions.reshape(rows, -1, dim + 2)
