"""Recurrent networks as pure functions in JAX."""

from seqnets.unroll import (
    Directions,
    bidirectional,
    bind,
    init_bidirectional,
    step,
    unroll,
)

__all__ = [
    "Directions",
    "bidirectional",
    "bind",
    "init_bidirectional",
    "step",
    "unroll",
]
