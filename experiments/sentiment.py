"""Sentiment of sentences, from bags of words to attention (E3, 003's example).

"I hate this movie": very bad, bad, neutral, good or very good? Socher et al. (2013)
label movie reviews so; accuracy counts. A bag of words cannot tell "not bad but good"
from "not good but bad", which the default, generated sentences are made of: the
baseline "any bag of words" is the most that any function of the bag can reach there.
"""

import collections
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array
from ml_collections import ConfigDict

from seqnets import cells
from seqnets.data.assets import Assets
from seqnets.modules import BagOfNgrams, Embedding, Readout, SequenceEncoder
from seqnets.modules.recurrent import DIRECTIONS
from seqnets.modules.sequence_encoder import BAG_POOLINGS, POOLINGS
from seqnets.plots import attention_heatmap, confusion
from seqnets.tasks.text_classifier import TextClassifier
from seqnets.training.config import check
from seqnets.training.fields import ANY, COUNT, WIDTH, Field, at_least, common
from seqnets.training.task import Batch, Params

MODELS = ("bow", "ngrams", "cbow", "recurrent")
SHOWN = 12  # Test sentences in the picture.

FIELDS = common(
    *("corpus", "lowercase", "min_count", "limit", "buckets", "depth", "attention_dim"),
    *("vectors", "train_vectors", "dropout", "token_dropout"),
) | {
    "classes": Field(int, at_least(2), optional=True),
    "phrases": Field(bool, optional=True),
    "model": Field(str, MODELS),
    "pooling": Field(str, POOLINGS),
    "direction": Field(str, DIRECTIONS),
    "embedding_dim": Field(int, WIDTH, optional=True),
    "hidden_dims": Field(int, WIDTH, many=ANY),
    "ngrams": Field(int, COUNT),
    "ngram_buckets": Field(int, COUNT),
}


class Classifier(nn.Module):
    """Scores K classes of sequences of tokens: z = readout(encoder(E[x_1] ... E[x_T])).

    The encoder of "cbow" adds the vectors of words up, or takes their mean; that of
    "recurrent" is a stack of cells. A read-out with hidden layers makes deep CBOW.
    """

    embedding: Embedding
    encoder: SequenceEncoder
    readout: Readout

    def __call__(
        self, tokens: Array, *, mask: Array, key: Array | None = None
    ) -> tuple[Array, Array | None]:
        """Returns logits [B, K] of tokens [B, T], and the weights of words [B, T]."""
        keys = (None, None) if key is None else jax.random.split(key)
        xs = self.embedding(tokens)  # [B, T, E]
        vector, weights = self.encoder(xs, mask=mask, key=keys[0])
        return self.readout(vector, key=keys[1]), weights


class Sentiment(TextClassifier):
    """Classifies sentences by one of `MODELS`."""

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__(config, assets)
        if config.model == "cbow" and config.pooling not in BAG_POOLINGS:
            raise ValueError(
                f"pooling={config.pooling} needs the order of words, and model=cbow has"
                f" none: one of {', '.join(BAG_POOLINGS)}"
            )
        cell = cells.build(config.cell)
        if config.dropout:
            cell = cells.Dropout(cell, config.dropout)
        self.cell = cells.Stack((cell,) * config.depth)
        self.options = {"classes": config.classes, "phrases": config.phrases}

    @functools.cached_property
    def model(self) -> nn.Module:
        c, words, classes = self.config, len(self.vocabulary), len(self.classes)
        if c.model == "bow":
            return BagOfNgrams(classes, words)
        if c.model == "ngrams":
            return BagOfNgrams(classes, c.ngram_buckets, c.ngrams)
        cell = None if c.model == "cbow" else self.cell
        return Classifier(
            Embedding(words, c.embedding_dim, dtype=jnp.dtype(c.compute_dtype)),
            SequenceEncoder(cell, c.direction, c.pooling, c.attention_dim),
            Readout(classes, c.dropout, tuple(c.hidden_dims)),
        )

    def tables(self) -> Mapping[str, Sequence[str]]:
        return {} if self.config.model in ("bow", "ngrams") else super().tables()

    def outputs(
        self, params: Params, batch: Batch, key: Array | None
    ) -> tuple[Array, Array | None]:
        if self.config.model in ("bow", "ngrams"):
            tree, mask = {"params": params}, batch["mask"]
            return self.model.apply(tree, batch["tokens"], mask=mask), None
        return super().outputs(params, batch, key)

    def baselines(self) -> dict[str, float]:
        """Returns the accuracy, on the validation split, of what is no model at all.

        "any bag of words" takes for each bag the label that is most frequent in the
        validation split itself, where generated sentences come with mirror images.
        """
        found = super().baselines()
        if self.config.corpus == "synthetic_sentiment":
            bags = collections.defaultdict(collections.Counter)
            valid = self.dataset.valid
            for label, words in valid:
                bags[tuple(sorted(words))][label] += 1
            best = sum(max(labels.values()) for labels in bags.values())
            found["any bag of words"] = best / len(valid)
        return found

    def report(self, params: Params, directory: Path) -> None:
        """Writes test.tsv, confusion.png, and attention.png if words have weights."""
        tested, texts = self.test(params), self.dataset.test
        lines = (" ".join(words) for _, words in texts)
        self.write_test(directory / "test.tsv", tested, lines)
        counts = tested.confusion(len(self.classes))
        confusion.draw(directory / "confusion.png", counts, self.classes)
        if tested.weights[0] is not None:
            shown = []
            for i, (_, words) in enumerate(texts[:SHOWN]):
                pairs = zip(words, tested.weights[i].tolist(), strict=False)
                shown.append((self.heading(tested, i), [(None, list(pairs))]))
            attention_heatmap.draw(directory / "attention.png", shown)


def build(config: ConfigDict, workdir: str | Path | None = None) -> Sentiment:
    """Builds the task of `configs/sentiment.py`; see `experiments.build`."""
    check(config, FIELDS)
    return Sentiment(config, Assets(workdir))
