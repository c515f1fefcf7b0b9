"""Classes of the nodes of a graph by methods that are not trained, or know all."""

from typing import Any

import numpy as np

from seqnets.baselines import belief_propagation, label_propagation, nearest_mean
from seqnets.datasets.graphs import LabelledNodes, Network


def accuracies(
    network: Network, train: LabelledNodes, valid: LabelledNodes, info: dict[str, Any]
) -> dict[str, float]:
    """Returns the accuracy at the nodes of `valid` of what is not trained.

    Args:
      network: the graph.
      train: its labelled nodes.
      valid: nodes to answer.
      info: of the data set, with the "model" of a generated one.
    """
    classes, xs = len(info["classes"]), network.features
    size = len(network.names)
    nearest = nearest_mean.predict(xs[train.nodes], train.labels, xs[valid.nodes])
    spread = label_propagation.propagate(
        network.edges, size, train.nodes, train.labels, classes=classes
    )
    answers = {
        "majority": np.full(len(valid.nodes), np.bincount(train.labels).argmax()),
        "nearest mean": nearest,
        "label propagation": spread[valid.nodes].argmax(-1),
    }
    if "model" in info:
        means = np.asarray(info["model"]["means"])
        local = -((xs[:, None] - means) ** 2).sum(-1) / 2  # [N, K]
        local[train.nodes] = np.where(np.eye(classes)[train.labels], 0, -99)
        affinity = np.asarray(info["model"]["affinity"])
        found = belief_propagation.marginals(local, network.edges, affinity)
        name = "belief propagation that knows the model"
        answers[name] = found[valid.nodes].argmax(-1)
    return {name: float(np.mean(a == valid.labels)) for name, a in answers.items()}
