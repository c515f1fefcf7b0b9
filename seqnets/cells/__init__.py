"""Recurrent cells: one step of recurrence each, as frozen dataclasses."""

from seqnets.cells.attention import Attend, AttendAfter, AttendBefore, alignments
from seqnets.cells.bridge import Bridge
from seqnets.cells.build import CELLS, build, option_types, options
from seqnets.cells.cell import Cell, Memory
from seqnets.cells.convolutional import ConvLSTM, ConvLSTMParams
from seqnets.cells.glimpse import Glimpse, GlimpseParams, GlimpseState
from seqnets.cells.gru import GRU, GRUParams, GRUState
from seqnets.cells.lru import LRU, LRUParams, LRUState
from seqnets.cells.lstm import LSTM, LSTMParams, LSTMState, NormParams
from seqnets.cells.minimal import (
    MinGRU,
    MinGRUParams,
    MinGRUState,
    MinLSTM,
    MinLSTMParams,
    MinLSTMState,
)
from seqnets.cells.ntm import NTM, NTMParams, NTMState
from seqnets.cells.residual import Residual, ResidualParams, ResidualState
from seqnets.cells.simple import SRN, SRNParams, SRNState
from seqnets.cells.stack import Stack
from seqnets.cells.window import SkipStack, Window, WindowParams, WindowState
from seqnets.cells.wrappers import (
    Dropout,
    TrainableStart,
    VariationalDropout,
    Wrapper,
)
from seqnets.cells.zoneout import Zoneout

__all__ = [
    "CELLS",
    "GRU",
    "LRU",
    "LSTM",
    "NTM",
    "SRN",
    "Attend",
    "AttendAfter",
    "AttendBefore",
    "Bridge",
    "Cell",
    "ConvLSTM",
    "ConvLSTMParams",
    "Dropout",
    "GRUParams",
    "GRUState",
    "Glimpse",
    "GlimpseParams",
    "GlimpseState",
    "LRUParams",
    "LRUState",
    "LSTMParams",
    "LSTMState",
    "Memory",
    "MinGRU",
    "MinGRUParams",
    "MinGRUState",
    "MinLSTM",
    "MinLSTMParams",
    "MinLSTMState",
    "NTMParams",
    "NTMState",
    "NormParams",
    "Residual",
    "ResidualParams",
    "ResidualState",
    "SRNParams",
    "SRNState",
    "SkipStack",
    "Stack",
    "TrainableStart",
    "VariationalDropout",
    "Window",
    "WindowParams",
    "WindowState",
    "Wrapper",
    "Zoneout",
    "alignments",
    "build",
    "option_types",
    "options",
]
