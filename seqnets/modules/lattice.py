"""A Lattice LSTM in both directions."""

from typing import Any

from flax import linen as nn
from jax import Array

from seqnets.cells.cell import Params
from seqnets.structures import lattice
from seqnets.unroll import Directions


class BidirectionalLattice(nn.Module):
    """Runs a Lattice LSTM in both directions; see `seqnets.structures.lattice`."""

    cell: lattice.LatticeLSTM

    @nn.compact
    def __call__(
        self, xs: Array, words: Directions, *, mask: Array | None = None
    ) -> tuple[Any, Array]:
        """Runs the cell.

        Args:
          xs: vectors of characters [B, T, D].
          words: `Directions` of `structures.lattice.Words`.
          mask: [B, T] bool, True at real steps.

        Returns:
          `Directions` of final states, and the outputs [B, T, 2H].
        """

        def init(key: Array, in_dim: int, word_dim: int) -> Params:
            return lattice.init_bidirectional(self.cell, key, in_dim, word_dim)

        dims = xs.shape[-1], words.forward.xs.shape[-1]
        params = self.param("cell", init, *dims)
        return lattice.bidirectional(self.cell, params, xs, words, mask=mask)
