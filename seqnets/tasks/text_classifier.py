"""Base class of classifiers of texts: a vocabulary, batches, answers to lines."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from ml_collections import ConfigDict

from seqnets import datasets
from seqnets.data import buckets
from seqnets.data.assets import Assets, are_names
from seqnets.data.buckets import BucketedBatches
from seqnets.data.tokenization import tokenize
from seqnets.data.vocabulary import Vocabulary
from seqnets.datasets.dataset import Dataset
from seqnets.datasets.labelled import Labelled
from seqnets.training.fields import rows_of
from seqnets.training.pretrained import WordTables
from seqnets.training.supervised import Supervised
from seqnets.training.task import Batch, Params


class TextClassifier(WordTables, Supervised):
    """A classifier of `Labelled` texts, whose words become "tokens" [B, T] and "mask".

    A subclass gives `model`; for other examples it replaces `kind`, `ragged`, `words`,
    `encode`, `read`, `report_cuts`, `init` and `outputs`. These fields of the config
    are read: corpus, data_dir, lowercase, min_count, limit, buckets, batch_size,
    eval_batch_size, seed and token_dropout.

    Attributes:
      model: a module that is called as `model(tokens, mask=mask, key=key)` and returns
        logits [B, K], and the weights of words [B, T] or None.
      kind: of the data set; see `datasets.load`.
      options: other options of the data set's reader.
      ragged: fields of an encoded example, and their masks; see `BucketedBatches`.
    """

    model: Any
    unit = "texts"
    kind = "labelled"
    options: Mapping[str, Any] = {}
    ragged: Mapping[str, str] = buckets.RAGGED

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__()
        self.config, self.assets = config, assets
        self.token_dropout = config.token_dropout

    @functools.cached_property
    def dataset(self) -> Dataset:
        c = self.config
        options = {"lowercase": c.get("lowercase"), **self.options}
        return datasets.load(
            c.corpus, self.kind, c.data_dir, assets=self.assets, **options
        )

    @functools.cached_property
    def vocabulary(self) -> Vocabulary:
        def count() -> Vocabulary:
            texts = map(self.words, self.dataset.train)
            return Vocabulary.count(texts, min_count=self.config.min_count)

        return self.assets.keep("vocabulary.json", count, Vocabulary)

    @functools.cached_property
    def classes(self) -> Sequence[str]:
        return self.assets.keep(
            "classes.json", lambda: self.dataset.info["classes"], check=are_names
        )

    def tables(self) -> Mapping[str, Sequence[str]]:
        """Returns the symbols of the table "embedding"; a model without it has none."""
        return {"embedding": self.vocabulary.symbols}

    @property
    def unk(self) -> int:
        return self.vocabulary.unk

    def init(self, key: Array) -> Params:
        tokens = jnp.zeros((1, 1), jnp.int32)
        return self.model.init(key, tokens, mask=jnp.ones((1, 1), bool))["params"]

    def outputs(
        self, params: Params, batch: Batch, key: Array | None
    ) -> tuple[Array, Any]:
        tree, mask = {"params": params}, batch["mask"]
        return self.model.apply(tree, batch["tokens"], mask=mask, key=key)

    def words(self, example: Any) -> Sequence[str]:
        """Returns all words of an example."""
        return example.words

    def tokenize(self, text: str) -> list[str]:
        """Splits what a user types into words."""
        text = text.lower() if self.config.lowercase else text
        return tokenize(text, self.vocabulary.__contains__)

    def encode(self, example: Any) -> dict[str, np.ndarray]:
        """Returns the arrays of an example, without its label, cut to the limit."""
        return {"tokens": self.vocabulary.encode(example.words)[: self.config.limit]}

    def read(self, line: str) -> tuple[Sequence[str], dict[str, Any]] | None:
        words, limit = self.tokenize(line), self.config.limit
        if not words:
            return None
        read = words[:limit]
        buckets.report_cut(len(read), len(words), "words", limit)
        return read, self.encode(Labelled("", tuple(words)))

    def collate(self, example: dict[str, Any]) -> Batch:
        return buckets.collate([example], self.ragged)

    def make_batches(self, split: str) -> BucketedBatches:
        c, examples = self.config, self.dataset[split]
        self.report_cuts(split, examples)
        ids = {label: np.int32(i) for i, label in enumerate(self.classes)}
        return BucketedBatches(
            [self.encode(e) | {"label": ids[e.label]} for e in examples],
            rows_of(c, split),
            ragged=self.ragged,
            buckets=c.buckets,
            seed=c.seed,
            shuffle=split == "train",
        )

    def report_cuts(self, split: str, examples: Sequence[Any]) -> None:
        """Warns of examples that are longer than the limit."""
        cut = sum(len(e.words) > self.config.limit for e in examples)
        buckets.report_cuts(cut, len(examples), split, "texts", self.config.limit)

    def baselines(self) -> dict[str, float]:
        """Returns the accuracy, on the validation split, of the most frequent label."""
        train, valid = ([e.label for e in self.dataset[s]] for s in ("train", "valid"))
        return self.majority(train, valid)
