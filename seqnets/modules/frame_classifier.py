"""FrameClassifier: scores of classes at each frame of a video."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from seqnets import cells
from seqnets.cells import ConvLSTM
from seqnets.convolution2d import Convolutions
from seqnets.modules.body_parts import BodyParts
from seqnets.modules.readout import Readout
from seqnets.modules.recurrent import Recurrent

NETS = ("flat", "parts", "convolution", "conv_lstm", "vectors")


class FrameClassifier(nn.Module):
    """Scores the classes at each frame: z_t = W y_t + b, y = net(frames).

    flat          y = run([x; Δx]),  Δx_t = x_t - x_{t-1}
    parts         the same, by parts; see `BodyParts`
    vectors       y = run(x), frames of any numbers as they are
    convolution   y = run(convolutions(x_t))
    conv_lstm     y = unroll of a convolutional LSTM over convolutions(x_t)

    Attributes:
      net: one of `NETS`.
      cell: of the recurrence; a `ConvLSTM`'s is made of `channels` instead.
      depth: layers of it; of parts, layers of each part's.
      convolutions: of pictures; the last channel of a conv_lstm is that of its state.
    """

    net: str
    cell: cells.Cell
    depth: int
    direction: str
    convolutions: Convolutions
    readout: Readout
    dtype: Any

    @nn.compact
    def __call__(self, frames: Array, mask: Array, key: Array | None = None) -> Array:
        """Returns logits [B, T, K] of frames [B, T, ., .]."""
        keys = (None, None) if key is None else jax.random.split(key)
        if self.net in ("flat", "parts"):
            ys = self._skeletons(frames.astype(self.dtype), mask, keys[0])
        elif self.net == "vectors":
            xs = frames.astype(self.dtype).reshape(*mask.shape, -1)
            ys = self._run(self.cell, xs, mask, keys[0])
        else:
            ys = self._pictures(frames.astype(self.dtype) / 255, mask, keys[0])
        return self.readout(ys, key=keys[1])

    def _skeletons(self, xs: Array, mask: Array, key: Array | None) -> Array:
        moves = jnp.diff(xs, axis=1, prepend=xs[:, :1])
        moves = jnp.where(mask[..., None, None], moves, 0)  # The first is zero, too.
        xs = jnp.concatenate([xs, 5 * moves], -1)  # [B, T, J, 6], of like sizes.
        if self.net == "parts":
            each = cells.Stack((self.cell,) * self.depth)
            parts = BodyParts((each,) * 4, self.direction, name="parts")
            return parts(xs, mask, key=key)
        return self._run(self.cell, xs.reshape(*mask.shape, -1), mask, key)

    def _pictures(self, xs: Array, mask: Array, key: Array | None) -> Array:
        rows, length, height, width = xs.shape
        layers, cell = self.convolutions, self.cell
        if self.net == "conv_lstm":
            *channels, last = layers.channels
            layers = Convolutions(tuple(channels), layers.strides[:-1], layers.size)
            down, across = layers.shape(height, width)
            cell = ConvLSTM(down, across, last)
        params = self.param("convolutions", layers.init, 1)
        xs = layers.apply(params, xs.reshape(rows * length, height, width, 1))
        return self._run(cell, xs.reshape(rows, length, -1), mask, key)

    def _run(
        self, cell: cells.Cell, xs: Array, mask: Array, key: Array | None
    ) -> Array:
        """Returns the outputs [B, T, H] of `depth` layers of a cell."""
        run = Recurrent(cells.Stack((cell,) * self.depth), self.direction, name="run")
        return run(xs, mask=mask, key=key)[1]
