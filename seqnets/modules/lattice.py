"""A scope that holds the parameters of a Lattice LSTM in both directions."""

from typing import Any

from flax import linen as nn
from jax import Array

from seqnets.structures import lattice
from seqnets.unroll import Directions


class BidirectionalLattice(nn.Module):
    """Runs a Lattice LSTM both ways; see `seqnets.structures.lattice`."""

    cell: lattice.LatticeLSTM

    @nn.compact
    def __call__(
        self, xs: Array, words: Directions, *, mask: Array | None = None
    ) -> tuple[Any, Array]:
        params = self.param(
            "cell",
            lambda *args: lattice.init_bidirectional(self.cell, *args),
            xs.shape[-1],
            words.forward.xs.shape[-1],
        )
        return lattice.bidirectional(self.cell, params, xs, words, mask=mask)
