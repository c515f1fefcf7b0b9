"""The libraries that race, by name; ours first, for all ratios are to it."""

from benchmarks.contenders.contender import Contender
from benchmarks.contenders.equinox import Equinox
from benchmarks.contenders.haiku import Haiku
from benchmarks.contenders.keras import Keras
from benchmarks.contenders.linen import Linen
from benchmarks.contenders.nnx import NNX
from benchmarks.contenders.seqnets import Seqnets
from benchmarks.contenders.torch import Torch

OURS = "seqnets"

CONTENDERS: dict[str, Contender] = {
    OURS: Seqnets(),
    "linen": Linen(),
    "nnx": NNX(),
    "haiku": Haiku(),
    "equinox": Equinox(),
    "keras": Keras(),
    "torch": Torch(),
}
JAX_PEERS = ("linen", "nnx", "haiku", "equinox", "keras")
