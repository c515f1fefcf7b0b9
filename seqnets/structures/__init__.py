"""Recurrences that are not a chain; `unroll` of the module of each runs it."""

from seqnets.structures.compositions import (
    ChildSumTreeLSTM,
    Composition,
    RecursiveNet,
    TreeLSTM,
)
from seqnets.structures.graph import Graph, block, propagate
from seqnets.structures.graph_layers import (
    GatedMessages,
    GraphAttention,
    GraphConvolution,
)
from seqnets.structures.grid import GridLSTM
from seqnets.structures.lattice import LatticeLSTM, Words
from seqnets.structures.tree import Forest

__all__ = [
    "ChildSumTreeLSTM",
    "Composition",
    "Forest",
    "GatedMessages",
    "Graph",
    "GraphAttention",
    "GraphConvolution",
    "GridLSTM",
    "LatticeLSTM",
    "RecursiveNet",
    "TreeLSTM",
    "Words",
    "block",
    "propagate",
]
