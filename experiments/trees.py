"""Trees, from the leaves to the root: recursive networks (E21).

Socher et al. (2013) label every phrase of a sentence, from very bad to very good; the
accuracy that counts is that of whole sentences. A phrase is computed from its two
parts: by a recursive net, its tensor form, or a Tree-LSTM (Tai et al., 2015). The
default has conditions of Python's standard library, whose parts have values by lot: is
`not (True and False) or False` True? Every node has its own value as its label.

Baselines: the most frequent label, and softmax regression of the bag of nodes; of
Python's conditions no bag can be right more than half the time. Those of sequences are
`sentiment`'s, whose corpus `python_stdlib` has the same conditions as tokens, and `sst`
the same sentences.
"""

import functools
from pathlib import Path

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array
from ml_collections import ConfigDict

from seqnets.data.assets import Assets
from seqnets.datasets.labelled import FIVE
from seqnets.dropout import dropout
from seqnets.modules import Embedding, Readout, Recursive
from seqnets.plots import confusion
from seqnets.plots import tree as tree_picture
from seqnets.structures.compositions import (
    COMPOSITIONS,
    Composition,
    RecursiveNet,
)
from seqnets.structures.tree import Forest
from seqnets.tasks.tree_classifier import TreeClassifier
from seqnets.training.config import check
from seqnets.training.fields import COUNT, WIDTH, Field, at_least, common
from seqnets.training.task import Params

SHOWN = 6  # Test trees in the picture.
LARGEST = 50  # Nodes of a tree in the picture, at most.

FIELDS = common(
    *("corpus", "lowercase", "min_count", "buckets", "vectors", "train_vectors"),
    *("embedding_dim", "dropout", "token_dropout", "width"),
) | {
    "classes": Field(int, at_least(2), optional=True),
    "rows": Field(int, COUNT),
    "edges": Field(int, COUNT),
    "composition": Field(str, COMPOSITIONS),
    "dim": Field(int, WIDTH),
    "tensor": Field(bool),
}


class NodeClassifier(nn.Module):
    """Scores K classes at every node: z = readout(h), h = compose(children, E[x])."""

    embedding: Embedding
    recursive: Recursive
    readout: Readout
    dropout: float = 0.0

    def __call__(
        self, words: Array, forest: Forest, *, key: Array | None = None
    ) -> Array:
        """Returns logits by place, [R, P, K].

        Args:
          words: ids by place, [R, P] or [R, L]; below 0 where there is no word.
          forest: where nodes and their children stand.
          key: draws dropout; None for evaluation.
        """
        keys = (None, None) if key is None else jax.random.split(key)
        xs = dropout(keys[0], self.embedding(words), self.dropout)
        _, ys = self.recursive(xs, forest)
        return self.readout(ys, key=keys[1])


class Trees(TreeClassifier):
    """Classifies the nodes of trees by one of `COMPOSITIONS`."""

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__(config, assets)
        self.composition = compose(config)
        self.options = {"classes": config.classes}

    @functools.cached_property
    def model(self) -> NodeClassifier:
        c, dtype = self.config, jnp.dtype(self.config.compute_dtype)
        return NodeClassifier(
            Embedding(len(self.vocabulary), c.embedding_dim, dtype=dtype),
            Recursive(self.composition),
            Readout(len(self.classes), c.dropout),
            c.dropout,
        )

    def report(self, params: Params, directory: Path) -> None:
        """Writes test.tsv, confusion.png and trees.png, shaded by each node's answer.

        Where only roots have labels, a node below shows what would be answered if the
        tree ended there.
        """
        tested, examples = self.test(params), self.dataset.test
        self.write_answers(directory, tested)
        counts = tested.confusion(len(self.classes))
        confusion.draw(directory / "confusion.png", counts, self.classes)
        small = [i for i, tree in enumerate(examples) if len(tree.words) <= LARGEST]
        small = small[:: max(1, len(small) // SHOWN)]  # Neighbours are often alike.
        drawn = [
            tree_picture.Drawn(
                self.heading(tested, i),
                examples[i].words,
                examples[i].children,
                self.ask_nodes(params, examples[i]),
            )
            for i in small[:SHOWN] or [0]
        ]
        ordered = set(self.classes) <= set(FIVE)
        path = directory / "trees.png"
        tree_picture.draw(path, drawn, self.classes, ordered=ordered)


def compose(config: ConfigDict) -> Composition:
    """Returns the composition that a config describes.

    Raises:
      ValueError: for options that do not go together.
    """
    c, kind = config, COMPOSITIONS[config.composition]
    if kind is not RecursiveNet:
        if c.tensor:
            raise ValueError(
                f"tensor=True is a form of RecursiveNet, not {kind.__name__}"
            )
        return kind(c.dim)
    if c.embedding_dim != c.dim:
        raise ValueError(
            f"a leaf of a RecursiveNet is its word's vector: embedding_dim"
            f" = {c.embedding_dim} must be dim = {c.dim}"
        )
    return RecursiveNet(c.dim, tensor=c.tensor)


def build(config: ConfigDict, workdir: str | Path | None = None) -> Trees:
    """Builds the task of `configs/trees.py`; see `experiments.build`."""
    check(config, FIELDS)
    return Trees(config, Assets(workdir))
