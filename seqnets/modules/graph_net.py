"""Layers over the nodes of graphs, with dropout between, and scores of classes."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from seqnets.dropout import dropout
from seqnets.feedforward import Layer
from seqnets.sparse import SparseRows, sparse_matmul
from seqnets.structures.graph import Graph, read_out


class GraphNet(nn.Module):
    """Scores the nodes of a graph, or graphs.

    hs_0 = nodes,  hs_l = layer_l(graph, dropout(hs_{l-1})),
    logits = top(dropout(hs_L)) of nodes, top(dropout(Σ_v hs_{L, v})) of graphs

    Attributes:
      layers: read a graph and its nodes' vectors; a `Layer` reads each node alone.
      top: the last layer, which scores K classes.
      width: D, of the inputs.
      rates: of dropout, of the inputs and of hidden vectors.
      readout: how the nodes of a graph become one; None: nodes are scored.
      dtype: in which it computes.
    """

    layers: tuple[Any, ...]
    top: Any
    width: int
    rates: tuple[float, float]
    readout: str | None
    dtype: Any

    @nn.compact
    def __call__(
        self, graph: Graph, inputs: Array | SparseRows, key: Array | None, count: int
    ) -> tuple[Array, Array]:
        """Returns logits [N, K], or [G, K] of `count` graphs, and what the top reads.

        The vectors of the nodes are the inputs, [N, D], whatever the graph has.
        """
        hs, before, rate = inputs, None, self.rates[0]
        for i, layer in enumerate((*self.layers, self.top)):
            top = i == len(self.layers)  # One object may be several layers.
            if top and self.readout is not None:
                hs = read_out(graph, hs, count, self.readout)
            width = hs.shape[-1] if i else self.width
            params = self.param("top" if top else f"layer_{i}", layer.init, width)
            own = None if key is None else jax.random.fold_in(key, i)
            before, (params, hs) = (
                hs,
                self._read(params, hs, own, rate, len(graph.graph)),
            )
            alone = isinstance(layer, Layer)
            hs = layer.apply(*((params, hs) if alone else (params, graph, hs)))
            rate = self.rates[1]
        return hs, before

    def _read(
        self, params: Any, xs: Any, key: Array | None, rate: float, count: int
    ) -> tuple[Any, Array]:
        """Drops inputs; of sparse ones the layer reads X W, and its W becomes 1."""
        if not isinstance(xs, SparseRows):
            return params, dropout(key, xs.astype(self.dtype), rate)
        xs = xs._replace(values=dropout(key, xs.values, rate))
        w = params.w.astype(self.dtype)
        one = jnp.eye(w.shape[1], dtype=w.dtype)
        return params._replace(w=one), sparse_matmul(xs, w, count)
