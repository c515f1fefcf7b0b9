"""Base class of classifiers of trees: a label at every node, the root's above all."""

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from ml_collections import ConfigDict

from seqnets import datasets, losses, metrics
from seqnets.baselines import bag
from seqnets.data.assets import Assets, are_names
from seqnets.data.forest_batches import ForestBatches, forest_batch
from seqnets.data.vocabulary import Vocabulary
from seqnets.datasets import conditions, trees
from seqnets.datasets.dataset import SPLITS, Dataset
from seqnets.datasets.trees import Tree
from seqnets.linear import memory_dtype
from seqnets.structures.compositions import Composition
from seqnets.structures.tree import Forest
from seqnets.training import evaluation
from seqnets.training.fields import rows_of
from seqnets.training.pretrained import WordTables
from seqnets.training.supervised import Supervised, Tested, Verdict
from seqnets.training.task import Batch, Params


class TreeClassifier(WordTables, Supervised):
    """A classifier of the nodes of `Tree`s; see `forest_batch` for the batches.

    A subclass gives `composition` and `model`. These fields of the config are read:
    corpus, data_dir, lowercase, min_count, rows, width, edges, buckets, batch_size,
    eval_batch_size, seed and token_dropout.

    Attributes:
      composition: what is computed at a node.
      model: a module that is called as `model(words, forest, key=key)` and returns
        logits by place, [R, P, K].
      options: other options of the data set's reader.
    """

    unit = "nodes"
    composition: Composition
    model: Any
    options: Mapping[str, Any] = {}

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__()
        self.config, self.assets = config, assets
        self.token_dropout = config.token_dropout

    @functools.cached_property
    def dataset(self) -> Dataset:
        c, options = self.config, {"lowercase": self.config.lowercase, **self.options}
        return datasets.load(
            c.corpus, "trees", c.data_dir, assets=self.assets, **options
        )

    @functools.cached_property
    def vocabulary(self) -> Vocabulary:
        def count() -> Vocabulary:
            texts = (filter(None, tree.words) for tree in self.dataset.train)
            return Vocabulary.count(texts, min_count=self.config.min_count)

        return self.assets.keep("vocabulary.json", count, Vocabulary)

    @functools.cached_property
    def info(self) -> dict[str, Any]:
        """What is known of the trees, kept in the run folder; see `tree_info`."""

        def check(info: Any) -> bool:
            return isinstance(info, dict) and are_names(info.get("classes"))

        return self.assets.keep("trees.json", lambda: self.dataset.info, check=check)

    @property
    def classes(self) -> Sequence[str]:
        return self.info["classes"]

    @property
    def is_python(self) -> bool:
        """Whether the trees are conditions of Python."""
        return self.info.get("language") == "python"

    @property
    def unk(self) -> int:
        return self.vocabulary.unk

    def tables(self) -> Mapping[str, Sequence[str]]:
        return {"embedding": self.vocabulary.symbols}

    @property
    def room(self) -> dict[str, Any]:
        """What `forest_batch` lays trees out in, but for the number of rows."""
        c, arity = self.config, self.composition.arity
        edges = c.edges if arity is None else None
        return {"width": c.width, "arity": arity, "edges": edges} | {
            "inner": self.info["inner"]
        }

    def init(self, key: Array) -> Params:
        nodes = -np.ones(3, np.int32)
        pair = {"words": nodes, "labels": nodes, "children": ((), (), (0, 1))}
        batch, _ = forest_batch([pair], [0], rows=1, **self.room)
        return self.model.init(key, batch["words"], forest(batch))["params"]

    def outputs(
        self, params: Params, batch: Batch, key: Array | None
    ) -> tuple[Array, None]:
        """Returns logits by place, [R, P, K], and no weights."""
        tree = {"params": params}
        return self.model.apply(tree, batch["words"], forest(batch), key=key), None

    def loss(self, params, state, batch, key):
        """Cross-entropy of all labelled nodes; the accuracy of roots, and of nodes."""
        if key is not None and self.token_dropout:
            key, own = jax.random.split(key)
            words = batch["words"]
            dropped = jnp.where(words < 0, words, self.drop_tokens(own, words))
            batch = batch | {"words": dropped}
        logits, _ = self.outputs(params, batch, key)
        labels, asked = batch["labels"], batch["asked"]
        nats, count = losses.cross_entropy(logits, labels, asked)
        sums = {
            "loss": (nats, count),
            "accuracy": metrics.accuracy(logits, labels, asked & batch["root"]),
            "node_accuracy": metrics.accuracy(logits, labels, asked),
        }
        return losses.mean(nats, count), (state, sums)

    def _answer(self, params: Params, batch: Batch) -> Array:
        logits, _ = self.outputs(params, batch, None)
        return jax.nn.softmax(logits.astype(memory_dtype(logits.dtype)))

    def _test(self, params: Params, batch: Batch) -> tuple[Array, ...]:
        p = self._answer(params, batch)
        return batch["labels"], p.argmax(-1), p.max(-1), batch["root"], batch["tree"]

    def test(
        self,
        params: Params,
        split: str = "test",
        *,
        batches: Iterable[Batch] | None = None,
    ) -> Tested:
        """Answers the root of every tree of a split, or of one pass of batches."""
        batches = self.batches(split) if batches is None else batches
        found = []
        for *columns, root, tree in evaluation.answers(self._test, params, batches):
            own = (column[root].tolist() for column in (tree, *columns))
            found += zip(*own, strict=True)
        _, labels, best, probabilities = zip(*sorted(found), strict=True)
        columns = map(np.asarray, (labels, best, probabilities))
        return Tested(*columns, [None] * len(found))

    def encode(self, tree: Tree) -> dict[str, Any]:
        """Returns the arrays of a tree; see `forest_batches`."""
        words = self.vocabulary.encode([word or "" for word in tree.words])
        words[[word is None for word in tree.words]] = -1
        ids = {label: i for i, label in enumerate(self.classes)}
        labels = np.array([ids.get(label, -1) for label in tree.labels], np.int32)
        return {"words": words, "labels": labels, "children": tree.children}

    def make_batches(self, split: str) -> ForestBatches:
        c, train = self.config, split == "train"
        self._check_words()
        for own in SPLITS if train else (split,):  # Before the training, not after.
            self._check_children(own)
        return ForestBatches(
            [self.encode(tree) for tree in self.dataset[split]],
            rows_of(c, split),
            rows=c.rows,
            **self.room,
            buckets=c.buckets,
            seed=c.seed,
            shuffle=train,
        )

    def _check_words(self) -> None:
        """Raises ValueError for words that would never be read."""
        kind = type(self.composition)
        if self.info["inner"] and not kind.reads_inner:
            raise ValueError(
                f"{self.config.corpus}: nodes with children have words of their own,"
                f" which a {kind.__name__} does not read; a Tree-LSTM does"
            )

    def _check_children(self, split: str) -> None:
        """Raises ValueError for more children than are read, with the tree's number."""
        room, arity = self.room, self.composition.arity
        most = room["edges"] if arity is None else arity
        for number, tree in enumerate(self.dataset[split], 1):
            found = max(map(len, tree.children))
            if found > most:
                limit = f"edges = {most}" if arity is None else f"{most}, in an order"
                raise ValueError(
                    f"{self.config.corpus}: tree {number} of the {split} split has a"
                    f" node with {found} children; the most that"
                    f" {type(self.composition).__name__} reads: {limit}"
                )

    def baselines(self) -> dict[str, float]:
        """Returns the accuracy, on the validation split, of what reads no tree."""
        train, valid = self.dataset.train, self.dataset.valid
        labels, right = ([t.labels[-1] for t in own] for own in (train, valid))
        bags = ([list(filter(None, t.words)) for t in own] for own in (train, valid))
        found = bag.predict(next(bags), labels, next(bags))
        hits = sum(map(str.__eq__, found, right))
        return self.majority(labels, right) | {"bag of nodes": hits / len(right)}

    def read_tree(self, line: str) -> Tree:
        """Reads a bracketed tree or, in a run of Python, a condition.

        Raises:
          ValueError: the line is neither, or has words where the run's trees have none.
        """
        if self.is_python and not line.lstrip().startswith("(_"):
            tree = conditions.to_tree(conditions.parse(line))
        else:
            tree = trees.parse(line)
        words = tree.words
        for word, children in zip(words, tree.children, strict=True):
            if word and children and not self.info["inner"]:
                raise ValueError(
                    f"a node with children has the word {word!r}: of the trees of this"
                    " run, only leaves have words"
                )
        if self.config.lowercase:
            words = tuple(word and word.lower() for word in words)
        return tree._replace(words=words)

    def ask_nodes(self, params: Params, tree: Tree) -> np.ndarray:
        """Returns the probabilities of the classes at each node, [N, K]."""
        batch, layout = forest_batch([self.encode(tree)], [0], rows=1, **self.room)
        p = jax.device_get(self.answer(params, batch))
        return p[0, layout.places[0]]

    def predict(self, params: Params, lines: Iterable[str]) -> Iterator[Verdict]:
        """Yields the verdict on the root of the tree in each line."""
        for line in lines:
            if not line.strip():
                yield Verdict("", float("nan"), line)
                continue
            p = self.ask_nodes(params, self.read_tree(line))[-1]
            yield self.verdict(line, (), p, None)

    def write_answers(self, directory: Path, tested: Tested) -> None:
        """Writes test.tsv: class, prediction, probability; leaves, or the condition."""
        test = self.dataset.test
        words = (conditions.to_tokens(t) if self.is_python else t.leaves for t in test)
        texts = map(" ".join, words)
        self.write_test(directory / "test.tsv", tested, texts)


def forest(batch: Batch) -> Forest:
    """Returns where the nodes of a batch stand."""
    return Forest(batch["leaves"], batch["nodes"], batch["child"], batch["slot"])
