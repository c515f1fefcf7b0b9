"""Flax Linen modules: scopes that name the parameters of the functions of `seqnets`."""

from seqnets.modules.bag_of_ngrams import BagOfNgrams
from seqnets.modules.capture import CellTrace, capture
from seqnets.modules.char_encoder import CharEncoder
from seqnets.modules.embedding import Embedding
from seqnets.modules.encoder_decoder import DeepOutput, EncoderDecoder
from seqnets.modules.grid import FeedForwardNet, GridNet, PictureScan
from seqnets.modules.lattice import BidirectionalLattice
from seqnets.modules.picture_decoder import PictureDecoder
from seqnets.modules.picture_encoder import PictureEncoder
from seqnets.modules.readout import Readout
from seqnets.modules.recurrent import DIRECTIONS, Recurrent, final_output
from seqnets.modules.recursive import Recursive
from seqnets.modules.sequence_encoder import POOLINGS, SequenceEncoder
from seqnets.modules.tagger import Tagger

__all__ = [
    "DIRECTIONS",
    "POOLINGS",
    "BagOfNgrams",
    "BidirectionalLattice",
    "CellTrace",
    "CharEncoder",
    "DeepOutput",
    "Embedding",
    "EncoderDecoder",
    "FeedForwardNet",
    "GridNet",
    "PictureDecoder",
    "PictureEncoder",
    "PictureScan",
    "Readout",
    "Recurrent",
    "Recursive",
    "SequenceEncoder",
    "Tagger",
    "capture",
    "final_output",
]
