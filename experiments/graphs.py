"""Graphs: classes of nodes of which few are labelled, and of whole graphs (E20, A16).

To which community, or topic, does a node belong? Its features tell a part, its
neighbours another: graph convolution (Kipf & Welling, 2017), attention over neighbours
(Velickovic et al., 2018), or messages that a chain cell reads (Li et al., 2016). The
whole graph is seen in training, and the loss is over the nodes with labels. Or: what
holds of a whole graph, of which all nodes are read out? Accuracy counts; baselines are
the majority, the nearest mean of the features, labels that spread along edges and, of
generated communities, what knows the model; `net="mlp"` reads the features alone.
"""

from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
from ml_collections import ConfigDict

from seqnets import cells, datasets
from seqnets.analysis import projection
from seqnets.baselines import node_labels
from seqnets.data.assets import Assets
from seqnets.feedforward import Layer
from seqnets.modules.graph_net import GraphNet
from seqnets.plots import confusion, curves, projections
from seqnets.structures.graph import HOW
from seqnets.structures.graph_layers import (
    FORMS,
    GatedMessages,
    GraphAttention,
    GraphConvolution,
)
from seqnets.tasks.graph_classifier import GraphClassifier, NodeClassifier
from seqnets.training import config as configs
from seqnets.training.fields import (
    COUNT,
    DIFFERENT,
    FRACTION,
    INDEX,
    NOT_NEGATIVE,
    ROWS,
    Field,
    common,
)
from seqnets.training.replay import replay
from seqnets.training.task import Params, Task

NETS = ("convolution", "attention", "messages", "mlp")

FIELDS = common("corpus", "width", "depth", "dropout", "buckets") | {
    "of": Field(str, ("nodes", "graphs")),
    "batch_size": Field(int, ROWS, optional=True),
    "net": Field(str, NETS),
    "form": Field(str, FORMS),
    "heads": Field(int, COUNT),
    "rounds": Field(int, COUNT),
    "readout": Field(str, HOW),
    "input_dropout": Field(float, FRACTION),
    "first_decay": Field(float, NOT_NEGATIVE),
    "normalized": Field(bool),
    "tsne": Field(bool),
    "shown": Field(int, INDEX, many=DIFFERENT),
}


class Nodes(NodeClassifier):
    """Classifies nodes of a graph; see `configs/graphs.py` for the config's fields."""

    def baselines(self) -> dict[str, float]:
        """Returns the accuracy on the validation split of what is not trained."""
        train, valid = self.dataset.train[0], self.dataset.valid[0]
        return node_labels.accuracies(self.network, train, valid, self.info)

    def report(self, params: Params, directory: Path) -> None:
        """Writes answers, and draws the confusion and the hidden vectors."""
        tested, network = self.test(params), self.network
        names = (network.names[i] for i in self.dataset.test[0].nodes)
        self.write_test(directory / "test.tsv", tested, names)
        classes = self.classes
        counts = tested.confusion(len(classes))
        confusion.draw(directory / "confusion.png", counts, classes)
        labels = np.full(len(network.names), -1)
        for split in datasets.SPLITS:
            own = self.dataset[split][0]
            labels[own.nodes] = own.labels
        hidden = np.asarray(self.everywhere(params, self.graph)[1])
        axes = projection.principal_axes(hidden)
        share = f"{axes.shares.sum():.0%} of the variance"
        panels = {share: projection.project(hidden, axes)}
        title = "What the last layer reads, principal components"
        projections.draw(directory / "hidden.png", panels, labels, classes, title)
        if self.config.tsne:
            panels = {"": projection.tsne(hidden, seed=self.config.seed)}
            title = "What the last layer reads, t-SNE"
            projections.draw(directory / "tsne.png", panels, labels, classes, title)
        if self.config.optimizer.schedule != "plateau":
            self._draw_course(directory / "training.png", labels)

    def _draw_course(self, path: Path, labels: np.ndarray) -> None:
        """Draws the hidden vectors in the course of training, along the last axes."""
        course = replay(self, self.config, self.config.shown)
        found = {
            step: np.asarray(self.everywhere(params, self.graph)[1])
            for step, params in course.items()
        }
        if found:
            axes = projection.principal_axes(list(found.values())[-1])
            panels = {
                f"step {s}": projection.project(h, axes) for s, h in found.items()
            }
            title = "What the last layer reads, in the course of training"
            projections.draw(path, panels, labels, self.classes, title)


class Graphs(GraphClassifier):
    """Classifies whole graphs."""

    def baselines(self) -> dict[str, float]:
        """Returns the accuracy of the most frequent class on the validation split."""
        train, valid = ([g.label for g in self.dataset[s]] for s in ("train", "valid"))
        return self.majority(train, valid)

    def report(self, params: Params, directory: Path) -> None:
        """Writes answers, and draws the confusion, and accuracy by size."""
        tested, graphs = self.test(params), self.dataset.test
        sizes = np.array([len(graph.features) for graph in graphs])
        texts = (f"{n} nodes, {len(g.edges)} edges"
                 for n, g in zip(sizes, graphs, strict=True))  # fmt: skip
        self.write_test(directory / "test.tsv", tested, texts)
        counts = tested.confusion(len(self.classes))
        confusion.draw(directory / "confusion.png", counts, self.classes)
        right = tested.predictions == tested.targets
        at = np.unique(sizes)
        curves.draw(
            directory / "sizes.png",
            at.tolist(),
            {self.config.net: [right[sizes == n].mean() for n in at]},
            title="Accuracy by size of the graph",
            xlabel="nodes",
            ylabel="accuracy",
            limits=(-0.02, 1.02),
        )


def build_net(config: ConfigDict, classes: int, width: int) -> GraphNet:
    """Builds the net of a config that scores classes, for inputs of a width."""
    c = config
    top: Any = Layer(classes, "identity")
    match c.net:
        case "mlp":
            layers = (Layer(c.width, "relu"),) * c.depth
        case "convolution":
            layers = (GraphConvolution(c.width, c.form),) * c.depth
            if c.of == "nodes":
                top = GraphConvolution(classes, c.form, "identity")
        case "attention":
            layers = (GraphAttention(c.width, c.heads),) * c.depth
            if c.of == "nodes":
                top = GraphAttention(classes, 1, "identity")
        case "messages":
            cell = cells.build(c.cell)
            layers = Layer(cell.out_dim, "tanh"), GatedMessages(cell, c.rounds)
    readout = c.readout if c.of == "graphs" else None
    rates = c.input_dropout, c.dropout
    return GraphNet(layers, top, width, rates, readout, jnp.dtype(c.compute_dtype))


def build(config: ConfigDict, workdir: str | Path | None = None) -> Task:
    """Builds the task of `configs/graphs.py`; see `experiments.build`.

    Raises:
      ValueError: for options out of range, or t-SNE without its package.
    """
    configs.check(config, FIELDS)
    if config.tsne:
        projection.require_tsne()
    build_net(config, 2, 1)
    task = {"nodes": Nodes, "graphs": Graphs}[config.of]
    return task(config, Assets(workdir), build_net)
