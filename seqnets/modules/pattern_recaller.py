"""PatternRecaller: a cell that sees a pattern once, and is read some steps later."""

from flax import linen as nn
from jax import Array
from jax import numpy as jnp

from seqnets.modules.readout import Readout
from seqnets.modules.recurrent import Recurrent


class PatternRecaller(nn.Module):
    """Shows a cell a cue once, and reads its state after some steps without input.

    x_1 = cue, x_t = 0 for t > 1;   z = W y_T + b, bit i is 1 with probability σ(z_i)
    """

    recurrent: Recurrent
    readout: Readout
    steps: int

    def __call__(self, cue: Array) -> Array:
        """Returns logits [B, N] of cues ±1 [B, N]."""
        rest = jnp.zeros((len(cue), self.steps - 1, cue.shape[-1]), cue.dtype)
        _, ys = self.recurrent(jnp.concatenate([cue[:, None], rest], 1))
        return self.readout(ys[:, -1])
