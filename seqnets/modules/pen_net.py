"""PenNet: what describes the next point of a pen."""

from typing import Any

import jax
from flax import linen as nn
from jax import Array

from seqnets.cells import Memory
from seqnets.modules.readout import Readout
from seqnets.modules.recurrent import Recurrent


class PenNet(nn.Module):
    """Describes the next point: ŷ_t = W [x_t; y⁽¹⁾_t; ...; y⁽ᴸ⁾_t] + b."""

    recurrent: Recurrent
    readout: Readout
    dtype: Any

    def __call__(
        self,
        inputs: Array,
        *,
        mask: Array | None = None,
        memory: Memory | None = None,
        key: Array | None = None,
    ) -> Array:
        """Returns [B, T, 3 + 6 M] for points [B, T, 3]; without a key, no dropout."""
        keys = (None, None) if key is None else jax.random.split(key)
        run = {"mask": mask, "memory": memory, "key": keys[0]}
        _, ys = self.recurrent(inputs.astype(self.dtype), **run)
        return self.readout(ys, key=keys[1])

    def outputs(self, ys: Array) -> Array:
        """Returns [B, 3 + 6 M] of the cells' outputs at one step."""
        return self.readout(ys)
