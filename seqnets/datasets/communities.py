"""A graph of communities, the best answer to which is known (Holland et al., 1983).

A stochastic block model: two nodes of one community are joined with probability
`WITHIN` / N, two of different ones with `BETWEEN` / N. The features of a node are
normal numbers of deviation 1, with mean `SHIFT` at the number of its community and 0
elsewhere. Neither is enough by itself; what knows the model, and reads graph and
features to the end, is `baselines.belief_propagation`.
"""

from typing import Any

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets.dataset import Dataset
from seqnets.datasets.graphs import Network, dataset, undirected

NODES, CLASSES, WIDTH = 2000, 4, 8
WITHIN, BETWEEN, SHIFT = 24.0, 4.0, 1.0
LABELLED = {"train": 80, "valid": 420, "test": 1500}


def read(place: Place, *, seed: int = 0) -> Dataset:
    """Draws the graph, all of whose nodes are in one of the splits.

    Args:
      seed: of the graph, the features and the split.

    Returns:
      A data set as of `graphs.dataset`. Its info has the "model", too: "affinity",
      how probable an edge is, [K, K], and "means" of the features, [K, D].
    """
    del place
    return dataset(lambda: draw(seed))


def draw(seed: int) -> tuple[Network, np.ndarray, dict[str, np.ndarray], Any]:
    """Draws a graph; returns what `graphs.dataset` reads."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(NODES) % CLASSES)
    affinity = np.full((CLASSES, CLASSES), BETWEEN / NODES)
    np.fill_diagonal(affinity, WITHIN / NODES)
    means = SHIFT * np.eye(CLASSES, WIDTH)
    features = means[labels] + rng.normal(size=(NODES, WIDTH))
    first, second = np.triu_indices(NODES, 1)
    joined = rng.random(len(first)) < affinity[labels[first], labels[second]]
    edges = undirected(np.stack([first[joined], second[joined]], 1))
    names = tuple(map(str, range(NODES)))
    ends = np.cumsum(list(LABELLED.values()))[:-1]
    parts = np.split(np.arange(NODES), ends)
    info = {
        "classes": [f"community {k}" for k in range(CLASSES)],
        "model": {"affinity": affinity.tolist(), "means": means.tolist()},
    }
    network = Network(names, features.astype(np.float32), edges)
    return network, labels, dict(zip(LABELLED, parts, strict=True)), info
