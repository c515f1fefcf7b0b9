"""Class of documents by attention over words and sentences (E4).

A sentence is read word by word, a document sentence by sentence, and attention weighs
both (Yang et al., 2016). Of the 2,000 movie reviews of Pang & Lee (2004), ten-fold
cross-validation counts: they reach 0.864 to 0.872 with minimum cuts and a support
vector machine. The baseline is the majority; `pooling="mean"` is the same net without
attention.
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

from seqnets import cells, losses, metrics
from seqnets.cells.cell import affine
from seqnets.cells.wrappers import drop
from seqnets.data import batching, documents
from seqnets.data.documents import FOLDS, Document
from seqnets.data.padded import Padded
from seqnets.data.source import DocumentSource
from seqnets.initializers import glorot
from seqnets.modules.reading import Reading
from seqnets.pictures import confusion, shades
from seqnets.training.task import Task

SHOWN = 2  # Test documents of each class in the picture.


class HierarchicalReader(nn.Module):
    """Scores K classes of documents [B, S, T].

    s_i = read(E[x_i1] ... E[x_iT]),  v = read(s_1 ... s_S),  z = W v + b
    """

    vocabulary_size: int
    classes: int
    embedding_dim: int
    cell: cells.Stack
    pooling: str
    attention_dim: int
    dropout: float
    dtype: Any

    @nn.compact
    def __call__(
        self, tokens: Array, *, words: Array, mask: Array, key: Array | None = None
    ) -> tuple[Array, tuple[Array | None, Array | None]]:
        """Reads documents.

        Args:
          tokens: [B, S, T].
          words: [B, S, T] bool, True at words.
          mask: [B, S] bool, True at sentences.
          key: draws dropout; None for evaluation.

        Returns:
          Logits [B, K], and the weights of words [B, S, T] and of sentences [B, S].
        """
        keys = (None,) * 3 if key is None else jax.random.split(key, 3)
        reading = functools.partial(
            Reading, self.cell, True, self.pooling, self.attention_dim
        )
        rows, count, length = tokens.shape
        shape = self.vocabulary_size, self.embedding_dim
        table = self.param("embedding", nn.initializers.normal(0.1), shape)
        xs = table[tokens.reshape(-1, length)].astype(self.dtype)  # [B S, T, E]
        vectors, by_word = reading(name="words")(
            xs, mask=words.reshape(-1, length), key=keys[0]
        )
        xs = vectors.reshape(rows, count, -1)  # [B, S, 2H]
        v, by_sentence = reading(name="sentences")(xs, mask=mask, key=keys[1])
        if key is not None and self.dropout:
            kept = jax.random.bernoulli(keys[2], 1.0 - self.dropout, v.shape)
            v = drop(v, kept, self.dropout)
        w = self.param("w_y", glorot, (v.shape[-1], self.classes))
        b = self.param("b_y", nn.initializers.zeros, (self.classes,))
        by_word = None if by_word is None else by_word.reshape(tokens.shape)
        return affine(v, w.astype(v.dtype), b), (by_word, by_sentence)


def build(config: ConfigDict, workdir: str | Path | None = None) -> Task:
    """Assembles the task that a config such as `configs/documents.py` describes.

    Args:
      config: see `configs/documents.py` for every field.
      workdir: a run folder whose vocabulary and labels are used again.

    Raises:
      ValueError: for options that do not go together.
    """
    if config.pooling not in ("attention", "mean"):
        raise ValueError(f"pooling must be attention or mean, not {config.pooling!r}")
    fold = config.seed % FOLDS if config.fold is None else config.fold
    if not 0 <= fold < FOLDS:
        raise ValueError(f"fold must be 0 to {FOLDS - 1}, not {fold}")
    source = DocumentSource(
        config.corpus,
        fold=fold,
        lowercase=config.lowercase,
        min_count=config.min_count,
        data_dir=config.data_dir,
        workdir=workdir,
    )
    cell = cells.build(config.cell)
    if config.dropout:
        cell = cells.Dropout(cell, config.dropout)
    model = HierarchicalReader(
        vocabulary_size=len(source.vocabulary),
        classes=len(source.labels),
        embedding_dim=config.embedding_dim,
        cell=cells.Stack((cell,)),
        pooling=config.pooling,
        attention_dim=config.attention_dim,
        dropout=config.dropout,
        dtype=jnp.dtype(config.compute_dtype),
    )

    def init(key: Array) -> Any:
        one = jnp.ones((1, 1, 1), bool)
        tokens = one.astype(jnp.int32)
        return model.init(key, tokens, words=one, mask=one[0])["params"]

    def loss(params, state, batch, key):
        tokens = batch["tokens"]
        if key is not None and config.word_dropout:
            key, own = jax.random.split(key)
            gone = jax.random.bernoulli(own, config.word_dropout, tokens.shape)
            tokens = jnp.where(gone, source.vocabulary.unk, tokens)
        marks = {"words": batch["words"], "mask": batch["mask"]}
        logits, _ = model.apply({"params": params}, tokens, key=key, **marks)
        rows = batch["rows"]
        nats, count = losses.cross_entropy(logits, batch["label"], rows)
        right = metrics.accuracy(logits, batch["label"], rows)
        sums = {"loss": (nats, count), "accuracy": right}
        return losses.mean(nats, count), (state, sums)

    def encode(sentences: Iterable[Iterable[str]]) -> dict[str, np.ndarray]:
        """Returns "tokens" and "words" [S, T] of a document, cut to the limits."""
        ids = [source.encode(words)[: config.words] for words in sentences]
        tokens, words = batching.pad(ids[: config.sentences], config.words)
        return {"tokens": tokens, "words": words}

    @functools.cache
    def examples(split: str) -> Padded:
        labels = {label: np.int32(i) for i, label in enumerate(source.labels)}
        found = source.splits[split]
        report_cuts(found, split, config)
        return Padded(
            [encode(d.sentences) | {"label": labels[d.label]} for d in found],
            config.batch_size,
            buckets=config.buckets,
            seed=config.seed,
            shuffle=split == "train",
        )

    def batches(split: str, start: int = 0) -> Iterator[batching.Batch]:
        return examples(split).batches(start, None if split == "train" else 1)

    @jax.jit
    def answer(params, tokens, words, mask):
        logits, weights = model.apply(
            {"params": params}, tokens, words=words, mask=mask
        )
        return jax.nn.softmax(logits.astype(jnp.float32)), weights

    def ask(params: Any, sentences: Iterable[Iterable[str]]) -> Any:
        """Returns the probabilities of the classes, and the weights."""
        found = encode(sentences)
        # As many sentences always, so that one program serves every document.
        tokens, mask = batching.pad([found["tokens"]], config.sentences)
        words, _ = batching.pad([found["words"]], config.sentences)
        p, weights = jax.device_get(answer(params, tokens, words, mask))
        return p[0], jax.tree.map(lambda w: w[0], weights)

    def predict(params: Any, lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            sentences = [source.words(s) for s in documents.sentences(line)]
            if not any(sentences):
                yield "-\t-\t"
                continue
            p, (_, by_sentence) = ask(params, sentences)
            best = int(p.argmax())
            parts = [source.labels[best], f"{p[best]:.3f}"]
            if by_sentence is not None:
                weights = by_sentence[: len(sentences)]
                parts.append(" ".join(f"{weight:.2f}" for weight in weights))
            yield "\t".join([*parts, line])

    def report(params: Any, directory: Path) -> None:
        labels = source.labels
        counts, shown = np.zeros((len(labels), len(labels))), []
        left = dict.fromkeys(labels, SHOWN)
        for document in source.splits["test"]:
            p, weights = ask(params, document.sentences)
            best = int(p.argmax())
            counts[labels.index(document.label), best] += 1
            short = len(document.sentences) <= 2 * config.sentences // 3
            if weights[0] is not None and short and left[document.label]:
                left[document.label] -= 1
                heading = f"{labels[best]}, {p[best]:.0%}  (it is {document.label})"
                shown.append((heading, list(weighed(document, *weights))))
        confusion.draw(directory / "confusion.png", counts, labels)
        if shown:
            shades.draw(directory / "attention.png", shown)

    def baselines() -> dict[str, float]:
        train = collections.Counter(d.label for d in source.splits["train"])
        valid = source.splits["valid"]
        (majority, _), *_ = train.most_common(1)
        return {"majority": sum(d.label == majority for d in valid) / len(valid)}

    return Task(
        init=init,
        loss=loss,
        batches=batches,
        steps_per_epoch=lambda: examples("train").steps_per_epoch,
        unit="documents",
        goal=("valid", "accuracy", "max"),
        baselines=baselines,
        report=report,
        predict=predict,
        save=source.save,
    )


def weighed(
    document: Document, by_word: np.ndarray, by_sentence: np.ndarray
) -> Iterator[tuple[float, list[tuple[str, float]]]]:
    """Yields each sentence's weight, over the largest, and its words with theirs."""
    most = by_sentence.max()
    for words, weights, weight in zip(
        document.sentences, by_word, by_sentence, strict=False
    ):
        pairs = list(zip(words, weights.tolist(), strict=False))
        yield float(weight / most), pairs


def report_cuts(found: list[Document], split: str, config: ConfigDict) -> None:
    """Tells how much of some documents is not read."""
    sentences = sum(len(d.sentences) > config.sentences for d in found)
    words = sum(len(s) > config.words for d in found for s in d.sentences)
    if sentences or words:
        logging.getLogger(__name__).warning(
            "%s: cut %d of %d documents to %d sentences, and %d sentences to %d words",
            split,
            sentences,
            len(found),
            config.sentences,
            words,
            config.words,
        )
