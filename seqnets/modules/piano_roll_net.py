"""A net that reads piano rolls and scores the keys of the next frame."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from seqnets.modules.nade import NADE
from seqnets.modules.recurrent import Recurrent


class PianoRollNet(nn.Module):
    """Scores the keys of the next frame: those of `NADE`, of a stack of cells.

    The cells read [x_{t-1}; e_style], where x_0 is silence.

    Attributes:
      recurrent: the cells, forward.
      keys: scores the K keys of a frame.
      styles: number of styles; 0: the style is not read.
      dtype: compute dtype.
    """

    recurrent: Recurrent
    keys: NADE
    styles: int
    dtype: Any

    def __call__(
        self, roll: Array, style: Array, *, mask: Array, key: Array | None = None
    ) -> Array:
        """Returns the logits [B, T, K] of each key, given all before it.

        Args:
          roll: [B, T, K], 0 or 1.
          style: int32 [B].
          mask: [B, T] bool, True at real frames.
          key: draws dropout; None for evaluation.
        """
        keys = (None, None) if key is None else jax.random.split(key)
        before = jnp.pad(roll, ((0, 0), (1, 0), (0, 0)))[:, :-1]
        _, ys = self.read(before, style, mask=mask, key=keys[0])
        return self.keys(ys, roll, key=keys[1])

    def read(self, frames: Array, style: Array, **marks: Any) -> tuple[Any, Array]:
        """Returns the state and the outputs [B, T, H] after frames [B, T, K]."""
        xs = frames.astype(self.dtype)
        if self.styles:
            own = jax.nn.one_hot(style, self.styles, dtype=self.dtype)[:, None]
            own = jnp.broadcast_to(own, (*xs.shape[:2], self.styles))
            xs = jnp.concatenate([xs, own], -1)  # [B, T, K + S]
        return self.recurrent(xs, **marks)

    def draw(self, y: Array, key: Array, temperature: Array) -> Array:
        """Draws a frame, uint8 [B, K], from outputs [B, H]."""
        return self.keys.draw(y, key, temperature)
