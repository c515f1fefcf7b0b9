"""Nets of a Grid LSTM, and the feed-forward ones that stand beside them."""

from typing import Any

import jax
from flax import linen as nn
from jax import Array
from jax import numpy as jnp

from seqnets.feedforward import FeedForward
from seqnets.modules.embedding import Embedding
from seqnets.modules.readout import Readout
from seqnets.structures.grid import GridLSTM
from seqnets.structures.grid_fronts import scan_all_ways, unroll


class FeedForwardNet(nn.Module):
    """Scores vectors [B, k] with a feed-forward net: z = net(x)."""

    net: FeedForward
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, inputs: Array, mask: Array) -> Array:
        """Returns logits [B, K]; `mask` is not used."""
        del mask
        params = self.param("net", self.net.init, inputs.shape[-1])
        return self.net.apply(params, inputs.astype(self.dtype))


class GridNet(nn.Module):
    """Scores vectors, or every step of symbols, with a grid: z = W y + b.

    Attributes:
      symbols: how many there are; None where the inputs are vectors.
    """

    grid: GridLSTM
    classes: int
    symbols: int | None = None
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, inputs: Array, mask: Array) -> Array:
        """Returns [B, K] for vectors [B, k], [B, T, K] for symbols [B, T]."""
        one_hot = self.symbols and Embedding(self.symbols, None, name="embedding")
        xs = (one_hot(inputs) if one_hot else inputs).astype(self.dtype)
        params = self.param("grid", self.grid.init, xs.shape[-1])
        _, ys = unroll(self.grid, params, xs, mask=mask)
        return Readout(self.classes, name="readout")(ys)


class PictureScan(nn.Module):
    """Scores images that a grid scans from each corner, patch by patch.

    z = W mean_ij [y↘_ij; y↗_ij; y↙_ij; y↖_ij] + b

    Attributes:
      patch: P, the height and width of a patch; the last ones are filled with zeros.
    """

    grid: GridLSTM
    classes: int
    patch: int
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, pixels: Array) -> Array:
        """Returns logits [B, K] of pixels [B, height, width]."""
        xs = patches(pixels.astype(self.dtype) / 255, self.patch)

        def init(key: Array, in_dim: int) -> tuple[Any, ...]:
            return tuple(self.grid.init(k, in_dim) for k in jax.random.split(key, 4))

        params = self.param("grids", init, xs.shape[-1])
        ys = scan_all_ways(self.grid, list(params), xs)
        return Readout(self.classes, name="readout")(ys.mean((1, 2)))


def patches(pixels: Array, side: int) -> Array:
    """Cuts images [B, height, width] into patches [B, rows, columns, side²]."""
    batch_size, *shape = pixels.shape
    pixels = jnp.pad(pixels, [(0, 0), *((0, -length % side) for length in shape)])
    rows, columns = (length // side for length in pixels.shape[1:])
    cut = pixels.reshape(batch_size, rows, side, columns, side).swapaxes(2, 3)
    return cut.reshape(batch_size, rows, columns, side * side)
