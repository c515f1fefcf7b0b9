"""Recurrences that are not a chain."""

from seqnets.structures.lattice import (
    Gates,
    LatticeLSTM,
    LatticeParams,
    LatticeState,
    Words,
    bidirectional,
    init_bidirectional,
    unroll,
)

__all__ = [
    "Gates",
    "LatticeLSTM",
    "LatticeParams",
    "LatticeState",
    "Words",
    "bidirectional",
    "init_bidirectional",
    "unroll",
]
