"""Two nodes of a graph are marked: does a path join them? (kind "graphs")

Every graph is two trees, so that no count of nodes, edges or neighbours tells; the
answer to every question is known, and is found by messages that go as far as the two
marks are apart. The trees are long, since a node hangs on one of the three before it.
"""

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets.dataset import Dataset, cut
from seqnets.datasets.graphs import undirected
from seqnets.datasets.whole_graphs import LabelledGraph, info

FEWEST, MOST = 6, 16
SIZES = 4000, 500, 1000  # To train, validate and test.


def read(place: Place, *, seed: int = 0) -> Dataset:
    """Draws graphs of `FEWEST` to `MOST` nodes; half of the answers are yes.

    Args:
      seed: of all graphs.

    Returns:
      A data set of `LabelledGraph`s with the classes "no" and "yes". A node is [1, 0],
      a marked one [1, 1].
    """
    del place

    def draw_all() -> dict[str, list[LabelledGraph]]:
        rng = np.random.default_rng(seed)
        graphs = [draw(rng, bool(i % 2)) for i in range(sum(SIZES))]
        return cut(graphs, SIZES[0], SIZES[0] + SIZES[1])

    return Dataset(draw_all, info)


def draw(rng: np.random.Generator, joined: bool) -> LabelledGraph:
    """Draws a graph whose marked nodes are in one tree, or in two."""
    count = int(rng.integers(FEWEST, MOST + 1))
    first = int(rng.integers(2, count - 1))  # Nodes of the first tree.
    edges = []
    for begin, end in ((0, first), (first, count)):
        for node in range(begin + 1, end):
            edges.append((rng.integers(max(begin, node - 3), node), node))
    if joined:
        begin, end = (0, first) if rng.random() * count < first else (first, count)
        marks = begin + rng.choice(end - begin, 2, replace=False)
    else:
        marks = np.array([rng.integers(0, first), rng.integers(first, count)])
    order = rng.permutation(count)
    features = np.stack([np.ones(count), np.zeros(count)], 1).astype(np.float32)
    features[order[marks], 1] = 1
    pairs = order[np.array(edges)]
    return LabelledGraph("yes" if joined else "no", features, undirected(pairs))
