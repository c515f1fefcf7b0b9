"""Base classes of tasks on nodes of one graph, and on whole graphs."""

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from ml_collections import ConfigDict

from seqnets import datasets
from seqnets.data.assets import Assets
from seqnets.data.batching import Batches
from seqnets.data.graphs import NodeBatches, both_ways, graph_batches
from seqnets.datasets.dataset import Dataset
from seqnets.datasets.graphs import Network
from seqnets.datasets.whole_graphs import LabelledGraph, parse
from seqnets.modules.graph_net import GraphNet
from seqnets.sparse import sparse
from seqnets.structures.graph import Graph, join
from seqnets.training.devices import Shared
from seqnets.training.fields import rows_of
from seqnets.training.supervised import Supervised, Verdict
from seqnets.training.task import Batch, Params

Build = Callable[[ConfigDict, int, int], GraphNet]


class GraphTask(Supervised):
    """What both tasks share.

    It reads these fields of the config: corpus, data_dir, batch_size, eval_batch_size,
    seed, normalized, first_decay and, of whole graphs, buckets.

    Attributes:
      kind: of the data set.
    """

    kind: str

    def __init__(self, config: ConfigDict, assets: Assets, build_net: Build):
        """Takes `build_net(config, classes, width)`; nothing is read yet."""
        super().__init__()
        self.config, self.assets, self._build_net = config, assets, build_net

    @functools.cached_property
    def dataset(self) -> Dataset:
        c = self.config
        return datasets.load(c.corpus, self.kind, c.data_dir, assets=self.assets)

    @functools.cached_property
    def info(self) -> dict[str, Any]:
        """What is known of the data, kept in the run folder."""
        return self.assets.keep(
            f"{self.kind}.json",
            lambda: self.dataset.info,
            check=lambda info: (
                isinstance(info, dict) and {"classes", "width"} <= {*info}
            ),
        )

    @property
    def classes(self) -> list[str]:
        return self.info["classes"]

    @functools.cached_property
    def model(self) -> GraphNet:
        return self._build_net(self.config, len(self.classes), self.info["width"])

    def init(self, key: Array) -> Params:
        none = jnp.zeros(0, jnp.int32)
        nodes = jnp.zeros((1, self.info["width"]))
        graph = Graph(nodes, none, none, jnp.zeros(1, jnp.int32))
        return self.model.init(key, graph, nodes, None, 1)["params"]

    def loss(self, params, state, batch, key):
        """Cross-entropy of the labelled rows; in training, and λ/2 |W_1|²."""
        loss, found = super().loss(params, state, batch, key)
        if key is not None and self.config.first_decay:
            first = params["layer_0"].w
            loss = loss + self.config.first_decay / 2 * (first**2).sum()
        return loss, found


class NodeClassifier(GraphTask):
    """Classifies nodes of one graph."""

    kind, unit = "graph", "nodes"

    def __init__(self, config: ConfigDict, assets: Assets, build_net: Build):
        super().__init__(config, assets, build_net)
        self.everywhere = jax.jit(self._everywhere)

    @functools.cached_property
    def network(self) -> Network:
        """The graph, kept in the run folder: answers need it."""
        return self.assets.keep("network.json", self._network, Network)

    def _network(self) -> Network:
        return self.dataset.train[0].network

    @functools.cached_property
    def graph(self) -> Shared:
        """The graph without vectors, and the vectors, sparse where most are zero."""
        features, edges = self.network.features, both_ways(self.network.edges)
        if self.config.normalized:
            features = normalized(features)
        count = len(features)
        empty, own = np.zeros((count, 0), np.float32), np.zeros(count, np.int32)
        few = np.count_nonzero(features) < features.size / 10
        graph = Graph(empty, edges[:, 0], edges[:, 1], own)
        return Shared((graph, sparse(features) if few else features))

    def make_batches(self, split: str) -> Batches:
        c, training = self.config, split == "train"
        size = rows_of(c, split)
        _, nodes, labels = self.dataset[split][0]
        own = {"seed": c.seed, "shuffle": training}
        return NodeBatches(self.graph, nodes, labels, size, **own)

    def outputs(self, params, batch, key):
        logits, _ = self._nodes(params, batch["graph"], key)
        return logits[batch["node"]], None

    def _nodes(
        self, params: Params, graph: Shared, key: Array | None
    ) -> tuple[Array, Array]:
        return self.model.apply({"params": params}, *graph.tree, key, 1)

    def _everywhere(self, params: Params, graph: Shared) -> tuple[Array, Array]:
        """Returns the probabilities [N, K] of all nodes, and their vectors [N, H]."""
        logits, hs = self._nodes(params, graph, None)
        return jax.nn.softmax(logits.astype(jnp.float32)), hs

    def predict(self, params: Params, lines: Iterable[str]) -> Iterator[Verdict]:
        """Yields the class of each node that is named."""
        numbers = {name: i for i, name in enumerate(self.network.names)}
        ps = None
        for line in lines:
            if not line.strip():
                yield Verdict("", float("nan"), line)
                continue
            if line.strip() not in numbers:
                raise ValueError(f"the graph has no node {line.strip()[:40]!r}")
            if ps is None:
                ps = np.asarray(self.everywhere(params, self.graph)[0])
            yield self.verdict(line.strip(), (), ps[numbers[line.strip()]], None)


class GraphClassifier(GraphTask):
    """Classifies whole graphs."""

    kind, unit = "graphs", "graphs"

    def make_batches(self, split: str) -> Batches:
        c, training = self.config, split == "train"
        size = rows_of(c, split)
        examples = [self._encode(graph) for graph in self.dataset[split]]
        own = {"buckets": c.buckets, "seed": c.seed, "shuffle": training}
        return graph_batches(examples, size or len(examples), **own)

    def _encode(self, graph: LabelledGraph) -> dict[str, Any]:
        label = self.classes.index(graph.label) if graph.label in self.classes else 0
        features = graph.features
        if self.config.normalized:
            features = normalized(features)
        return {
            "nodes": features,
            "edges": both_ways(graph.edges),
            "label": np.int32(label),
        }

    def outputs(self, params, batch, key):
        names = ("nodes", "node_mask", "edges", "edge_mask")
        graph = join(*(batch[name] for name in names))
        own = graph, graph.nodes, key, len(batch["nodes"])
        return self.model.apply({"params": params}, *own)[0], None

    def read(self, line: str) -> tuple[tuple[str, ...], dict[str, Any]] | None:
        """Reads a graph as JSON; see `datasets.whole_graphs`."""
        if not line.strip():
            return None
        graph, width = parse(line), self.info["width"]
        if graph.features.shape[1] != width:
            raise ValueError(
                f"nodes of {graph.features.shape[1]} numbers, where the training had"
                f" {width}"
            )
        return (), self._encode(graph)

    def collate(self, example: dict[str, Any]) -> Batch:
        # Powers of two, so that few shapes are compiled.
        batch = {}
        for name, mask in (("nodes", "node_mask"), ("edges", "edge_mask")):
            real = len(example[name])
            more = (1 << max(real - 1, 0).bit_length()) - real
            batch[name] = np.pad(example[name], [(0, more), (0, 0)])[None]
            batch[mask] = np.arange(real + more)[None] < real
        return batch


def normalized(features: np.ndarray) -> np.ndarray:
    """Divides the features [N, D] of each node by the sum of their absolute values."""
    total = np.abs(features).sum(-1, keepdims=True)
    return features / np.where(total > 0, total, 1)
