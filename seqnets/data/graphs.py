"""Graphs as arrays: one that all rows of a batch share, and many, a row each."""

from collections.abc import Sequence

import numpy as np

from seqnets.data.batching import ArrayBatches, Batch, Batches
from seqnets.data.buckets import BucketedBatches, Example

RAGGED = {"nodes": "node_mask", "edges": "edge_mask"}


def both_ways(edges: np.ndarray) -> np.ndarray:
    """Returns edges [E, 2] in both directions, (sender, receiver), int32 [2 E, 2]."""
    return np.concatenate([edges, edges[:, ::-1]]).astype(np.int32)


class NodeBatches(Batches):
    """Batches of labelled nodes; the graph stands beside the rows.

    Yields "node" and "label", int32 [B]; "rows" and "index" as of `ArrayBatches`; and
    under "graph" what is given, unchanged.
    """

    def __init__(
        self,
        graph: object,
        nodes: np.ndarray,
        labels: np.ndarray,
        batch_size: int | None,
        *,
        seed: int = 0,
        shuffle: bool = True,
    ):
        """Takes the nodes of a split.

        Args:
          graph: what all rows share, marked as that.
          nodes: numbers of nodes, int32 [n].
          labels: their classes, int32 [n].
          batch_size: number of rows, B; None: all nodes are one batch.
          seed: seed of the orders.
          shuffle: whether each epoch has an order of its own.
        """
        rows = len(nodes) if batch_size is None else batch_size
        super().__init__(len(nodes), rows, seed=seed, shuffle=shuffle)
        own = {"node": nodes, "label": labels}
        self._rows = ArrayBatches(own, rows, seed=seed, shuffle=shuffle)
        self._graph = graph

    def _batch(self, item: np.ndarray) -> Batch:
        return self._rows._batch(item) | {"graph": self._graph}


def graph_batches(
    examples: Sequence[Example],
    batch_size: int,
    *,
    buckets: int = 1,
    seed: int = 0,
    shuffle: bool = True,
) -> BucketedBatches:
    """Returns batches of many graphs, of like sizes together.

    Args:
      examples: "nodes" [n, D] and "edges" [e, 2], and any other fields.
      batch_size: number of graphs, B.
      buckets: number of different sizes.
      seed: seed of the orders.
      shuffle: whether each epoch has an order of its own.

    Returns:
      Batches with "nodes" [B, n, D], "node_mask" [B, n], "edges" [B, e, 2] and
      "edge_mask" [B, e], of which `structures.graph.join` makes one graph.
    """
    return BucketedBatches(
        *(examples, batch_size),
        **{"ragged": RAGGED, "buckets": buckets, "seed": seed, "shuffle": shuffle},
    )
