"""Recurrent networks as pure functions in JAX."""

from seqnets.stream import Stream
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
    "Stream",
    "bidirectional",
    "bind",
    "init_bidirectional",
    "step",
    "unroll",
]
