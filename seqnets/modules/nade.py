"""Many yes-no decisions at one step, as a Flax module; see `seqnets.nade`."""

from typing import Any

from flax import linen as nn
from jax import Array

from seqnets import nade
from seqnets.dropout import dropout
from seqnets.initializers import glorot


class NADE(nn.Module):
    """Scores K decisions, each given those before it; see `seqnets.nade`.

    Attributes:
      decisions: K.
      hidden: number of hidden units M; 0 for none.
      dropout: rate at which entries of y are dropped in training.
    """

    decisions: int
    hidden: int = 0
    dropout: float = 0.0

    @nn.compact
    def _params(self, dim: int) -> nade.NADEParams:
        zeros, k, m = nn.initializers.zeros, self.decisions, self.hidden
        w, b = self.param("w", glorot, (dim, k)), self.param("b", zeros, (k,))
        if not m:
            return nade.NADEParams(w, b)
        hidden = nade.HiddenParams(
            self.param("w_a", glorot, (dim, m)),
            self.param("b_a", zeros, (m,)),
            self.param("u", glorot, (k, m)),
            self.param("v", glorot, (k, m)),
        )
        return nade.NADEParams(w, b, hidden)

    def __call__(self, ys: Array, decided: Array, *, key: Array | None = None) -> Array:
        """Computes logits [..., K] from y [..., D] and d [..., K]; see `nade.score`.

        Args:
          ys, decided: as there.
          key: draws dropout; None for evaluation.
        """
        params = self._params(ys.shape[-1])
        return nade.score(params, dropout(key, ys, self.dropout), decided)

    def draw(self, ys: Array, key: Array, temperature: Any = 1.0) -> Array:
        """Draws decisions [B, K] given y [B, D]; see `nade.draw`."""
        return nade.draw(self._params(ys.shape[-1]), ys, key, temperature)
