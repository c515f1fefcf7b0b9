"""Sentiment of sentences, from bags of words to attention (E3, 003's example).

"I hate this movie": very bad, bad, neutral, good or very good? Socher et al. (2013)
label movie reviews so; accuracy counts. A bag of words cannot tell "not bad but good"
from "not good but bad", which the default, generated sentences are made of: the
baseline "any bag of words" is the most that any function of the bag can reach there.
"""

import collections
import functools
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax import Array
from ml_collections import ConfigDict

from seqnets import attention, cells, losses, metrics
from seqnets.cells.wrappers import drop
from seqnets.data import batching
from seqnets.data.padded import Padded
from seqnets.data.source import LabelledSource
from seqnets.feedforward import MLP
from seqnets.initializers import size
from seqnets.modules.bag import Bag
from seqnets.modules.reading import READINGS, Reading
from seqnets.naming import nearest
from seqnets.pictures import confusion, shades
from seqnets.training.task import Task

MODELS = ("bow", "ngrams", "cbow", "recurrent")
POOLINGS = ("sum", "mean")
SHOWN = 12  # Test sentences in the picture.


class Classifier(nn.Module):
    """Reads tokens [B, T] and scores K classes.

    bow:        z = Σ_t W[x_t] + b, scores of words added up
    ngrams:     the same of all sequences of 1 ... n words, hashed
    cbow:       z = MLP(Σ_t E[x_t]), or of the mean; without hidden layers linear, with
                them the deep CBOW
    recurrent:  z = W r + b, r what a stack of cells reads of E[x_1] ... E[x_T]
    """

    vocabulary_size: int
    classes: int
    model: str
    reading: str
    hidden_dims: tuple[int, ...]
    embedding_dim: int | None
    cell: cells.Stack
    both: bool
    attention_dim: int
    ngrams: int
    ngram_buckets: int
    dropout: float
    dtype: Any

    @nn.compact
    def __call__(
        self, tokens: Array, *, mask: Array, key: Array | None = None
    ) -> tuple[Array, Array | None]:
        """Returns logits [B, K], and the weights of words [B, T] if there are any."""
        if self.model in ("bow", "ngrams"):
            rows = self.vocabulary_size if self.model == "bow" else self.ngram_buckets
            order = 0 if self.model == "bow" else self.ngrams
            return Bag(self.classes, rows, order, name="bag")(tokens, mask=mask), None
        keys = (None, None) if key is None else jax.random.split(key)
        if self.embedding_dim is None:
            xs = jax.nn.one_hot(tokens, self.vocabulary_size, dtype=self.dtype)
        else:
            shape = self.vocabulary_size, self.embedding_dim
            table = self.param("embedding", nn.initializers.normal(0.1), shape)
            xs = table[tokens].astype(self.dtype)  # [B, T, E]
        weights = None
        if self.model == "recurrent":
            reading = Reading(self.cell, self.both, self.reading, self.attention_dim)
            vector, weights = reading(xs, mask=mask, key=keys[0])
        elif self.reading == "mean":
            vector = attention.mean(xs, mask)
        else:
            vector = jnp.where(mask[..., None], xs, 0.0).sum(1)
        if key is not None and self.dropout:
            kept = jax.random.bernoulli(keys[1], 1.0 - self.dropout, vector.shape)
            vector = drop(vector, kept, self.dropout)
        mlp = MLP((*self.hidden_dims, self.classes), "tanh")
        params = self.param("readout", mlp.init, vector.shape[-1])
        return mlp.apply(params, vector), weights


def build(config: ConfigDict, workdir: str | Path | None = None) -> Task:
    """Assembles the task that a config such as `configs/sentiment.py` describes.

    Args:
      config: see `configs/sentiment.py` for every field.
      workdir: a run folder whose vocabulary and labels are used again.

    Raises:
      ValueError: for options that do not go together.
    """
    check(config)
    source = LabelledSource(
        config.corpus,
        classes=config.classes,
        phrases=config.phrases,
        lowercase=config.lowercase,
        min_count=config.min_count,
        data_dir=config.data_dir,
        workdir=workdir,
    )
    cell = cells.build(config.cell)
    if config.dropout:
        cell = cells.Dropout(cell, config.dropout)
    model = Classifier(
        vocabulary_size=len(source.vocabulary),
        classes=len(source.labels),
        model=config.model,
        reading=config.reading,
        hidden_dims=tuple(config.hidden_dims),
        embedding_dim=config.embedding_dim,
        cell=cells.Stack((cell,) * config.depth),
        both=config.both_directions,
        attention_dim=config.attention_dim,
        ngrams=config.ngrams,
        ngram_buckets=config.ngram_buckets,
        dropout=config.dropout,
        dtype=jnp.dtype(config.compute_dtype),
    )

    def init(key: Array) -> Any:
        tokens = jnp.zeros((1, 1), jnp.int32)
        return model.init(key, tokens, mask=jnp.ones((1, 1), bool))["params"]

    def loss(params, state, batch, key):
        tokens, mask = batch["tokens"], batch["mask"]
        if key is not None and config.word_dropout:
            key, own = jax.random.split(key)
            gone = jax.random.bernoulli(own, config.word_dropout, tokens.shape)
            tokens = jnp.where(gone, source.vocabulary.unk, tokens)
        logits, _ = model.apply({"params": params}, tokens, mask=mask, key=key)
        rows = batch["rows"]
        nats, count = losses.cross_entropy(logits, batch["label"], rows)
        right = metrics.accuracy(logits, batch["label"], rows)
        sums = {"loss": (nats, count), "accuracy": right}
        return losses.mean(nats, count), (state, sums)

    @functools.cache
    def examples(split: str) -> Padded:
        padded = Padded(
            source.examples(split),
            config.batch_size,
            buckets=config.buckets,
            limit=config.limit,
            seed=config.seed,
            shuffle=split == "train",
        )
        if padded.cut:
            logging.getLogger(__name__).warning(
                "%d of %d %s texts are longer than limit = %d words and were cut",
                padded.cut,
                len(source.splits[split]),
                split,
                config.limit,
            )
        return padded

    def batches(split: str, start: int = 0) -> Iterator[batching.Batch]:
        return examples(split).batches(start, None if split == "train" else 1)

    @jax.jit
    def answer(params, tokens, mask):
        logits, weights = model.apply({"params": params}, tokens, mask=mask)
        return jax.nn.softmax(logits.astype(jnp.float32)), weights

    def ask(params: Any, words: list[str]) -> tuple[np.ndarray, np.ndarray | None]:
        """Returns the probabilities of the classes, and the weights of the words."""
        ids = source.encode(words[: config.limit])
        length = batching.roomy(len(ids))
        tokens, mask = batching.pad([ids], length)
        p, weights = jax.device_get(answer(params, tokens, mask))
        return p[0], None if weights is None else weights[0, : len(ids)]

    def predict(params: Any, lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            words = source.words(line)
            if not words:
                yield "-\t-\t"
                continue
            p, weights = ask(params, words)
            best = int(p.argmax())
            parts = [source.labels[best], f"{p[best]:.3f}", line]
            if weights is not None:
                pairs = zip(words, weights, strict=False)
                parts.append(" ".join(f"{word}:{weight:.2f}" for word, weight in pairs))
            yield "\t".join(parts)

    def scores(params: Any, split: str, limit: int | None) -> dict[str, float]:
        del split, limit
        return {"parameters": size(params)}

    def report(params: Any, directory: Path) -> None:
        labels = source.labels
        counts = np.zeros((len(labels), len(labels)))
        lines, shown = [], []
        for i, (label, words) in enumerate(source.splits["test"]):
            p, weights = ask(params, list(words))
            best = int(p.argmax())
            counts[labels.index(label), best] += 1
            text = " ".join(words)
            lines.append(f"{label}\t{labels[best]}\t{p[best]:.3f}\t{text}\n")
            if weights is not None and i < SHOWN:
                heading = f"{labels[best]}, {p[best]:.0%}  (it is {label})"
                pairs = list(zip(words, weights.tolist(), strict=False))
                shown.append((heading, [(None, pairs)]))
        heading = "label\tprediction\tprobability\ttext\n"
        path = directory / "test.tsv"
        path.write_text(heading + "".join(lines), encoding="utf-8")
        confusion.draw(directory / "confusion.png", counts, labels)
        if shown:
            shades.draw(directory / "attention.png", shown)

    return Task(
        init=init,
        loss=loss,
        batches=batches,
        steps_per_epoch=lambda: examples("train").steps_per_epoch,
        unit="texts",
        goal=("valid", "accuracy", "max"),
        baselines=lambda: baselines(source),
        report=report,
        predict=predict,
        scores=scores,
        save=source.save,
    )


def check(config: ConfigDict) -> None:
    """Raises ValueError for a model, or a reading of it, that there is not."""
    if config.model not in MODELS:
        raise ValueError(f"no model {config.model!r}{nearest(config.model, MODELS)}")
    readings = {"recurrent": READINGS, "cbow": POOLINGS}.get(config.model)
    if readings is not None and config.reading not in readings:
        raise ValueError(
            f"the model {config.model!r} has no reading {config.reading!r}"
            f"{nearest(config.reading, readings)}"
        )
    if config.model == "ngrams" and min(config.ngrams, config.ngram_buckets) < 1:
        raise ValueError("ngrams and ngram_buckets must be positive")


def baselines(source: LabelledSource) -> dict[str, float]:
    """Returns the accuracy, on the validation split, of what is no model at all.

    "any bag of words" takes for each bag the label that is most frequent in the
    validation split itself, where generated sentences come with their mirror images.
    """
    valid = source.splits["valid"]
    train = collections.Counter(example.label for example in source.splits["train"])
    (majority, _), *_ = train.most_common(1)
    found = {"majority": np.mean([label == majority for label, _ in valid])}
    if source.name == "opinions":
        bags = collections.defaultdict(collections.Counter)
        for label, words in valid:
            bags[tuple(sorted(words))][label] += 1
        best = sum(max(bag.values()) for bag in bags.values())
        found["any bag of words"] = best / len(valid)
    return {name: float(value) for name, value in found.items()}
