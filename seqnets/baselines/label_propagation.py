"""Labels that spread along edges (Zhu & Ghahramani, 2002)."""

import numpy as np


def propagate(
    edges: np.ndarray,
    count: int,
    nodes: np.ndarray,
    labels: np.ndarray,
    *,
    classes: int,
    rounds: int = 200,
) -> np.ndarray:
    """Computes what share of each class reaches each node.

    F_v = Σ_{u ~ v} F_u / d_v  at nodes without a label;  F_v = 1_{y_v}  at those with

    Args:
      edges: pairs of nodes, int [E, 2], without direction.
      count: number of nodes, N.
      nodes: those that have a label, int [n].
      labels: their classes [n].
      classes: K.
      rounds: how often labels go one edge further.

    Returns:
      F, [N, K]; zero where no label comes.
    """
    ends = np.concatenate([edges, edges[:, ::-1]])
    degree = np.bincount(ends[:, 0], minlength=count)[:, None]
    known = np.eye(classes)[labels]
    found = np.zeros((count, classes))
    found[nodes] = known
    for _ in range(rounds):
        columns = found[ends[:, 1]].T
        sums = [np.bincount(ends[:, 0], own, minlength=count) for own in columns]
        found = np.stack(sums, 1) / np.maximum(degree, 1)
        found[nodes] = known
    return found
