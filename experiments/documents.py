"""Class of documents by attention over words and sentences (E4).

A sentence is encoded word by word, a document sentence by sentence, and attention
weighs both (Yang et al., 2016). Of the 2,000 movie reviews of Pang & Lee (2004),
ten-fold cross-validation counts: they reach 0.864 to 0.872 with minimum cuts and a
support vector machine. The baseline is the majority; `pooling="mean"` is the same net
without attention.
"""

import functools
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax import Array
from ml_collections import ConfigDict

from seqnets import cells
from seqnets.data import buckets, tsv
from seqnets.data.assets import Assets
from seqnets.data.tokenization import split_sentences
from seqnets.datasets.documents import FOLDS, Document
from seqnets.modules import Embedding, Readout, SequenceEncoder
from seqnets.plots import attention_heatmap, confusion
from seqnets.tasks.text_classifier import TextClassifier
from seqnets.training.config import check
from seqnets.training.fields import COUNT, Field, Rule, common
from seqnets.training.supervised import Tested, Verdict
from seqnets.training.task import Batch, Params

SHOWN = 2  # Test documents of each class in the picture.

FIELDS = common(
    *("corpus", "lowercase", "min_count", "buckets", "embedding_dim", "attention_dim"),
    *("vectors", "train_vectors", "dropout", "token_dropout"),
) | {
    "fold": Field(
        int, Rule(f"0 to {FOLDS - 1}", lambda k: 0 <= k < FOLDS), optional=True
    ),
    "sentences": Field(int, COUNT),
    "words": Field(int, COUNT),
    "pooling": Field(str, ("attention", "mean")),
}


class HierarchicalClassifier(nn.Module):
    """Scores K classes of documents [B, S, T].

    s_i = encode(E[x_i1] ... E[x_iT]),  v = encode(s_1 ... s_S),  z = W v + b
    """

    embedding: Embedding
    word_encoder: SequenceEncoder
    sentence_encoder: SequenceEncoder
    readout: Readout

    def __call__(
        self, tokens: Array, *, words: Array, mask: Array, key: Array | None = None
    ) -> tuple[Array, tuple[Array, Array] | None]:
        """Scores documents.

        Args:
          tokens: [B, S, T].
          words: [B, S, T] bool, True at words.
          mask: [B, S] bool, True at sentences.
          key: draws dropout; None for evaluation.

        Returns:
          Logits [B, K]; and where attention pools, the weights of words [B, S, T] and
          of sentences [B, S].
        """
        keys = (None,) * 3 if key is None else jax.random.split(key, 3)
        rows, count, length = tokens.shape
        xs = self.embedding(tokens.reshape(-1, length))  # [B S, T, E]
        words = words.reshape(-1, length)
        vectors, by_word = self.word_encoder(xs, mask=words, key=keys[0])
        xs = vectors.reshape(rows, count, -1)  # [B, S, 2H]
        vector, by_sentence = self.sentence_encoder(xs, mask=mask, key=keys[1])
        weights = None
        if by_word is not None:
            weights = by_word.reshape(tokens.shape), by_sentence
        return self.readout(vector, key=keys[2]), weights


class DocumentVerdict(Verdict):
    """The answer to a text, with the weights of its sentences."""

    def __str__(self) -> str:
        weights = " ".join(f"{weight:.2f}" for _, weight in self.weights)
        parts = (self.label, f"{self.probability:.3f}", weights, self.text)
        return tsv.row(*filter(None, parts))


class Documents(TextClassifier):
    """Classifies documents sentence by sentence."""

    unit = "documents"
    kind = "documents"
    ragged = {"tokens": "mask", "words": "mask"}

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__(config, assets)
        fold = config.seed % FOLDS if config.fold is None else config.fold
        self.options = {"fold": fold}
        cell = cells.build(config.cell)
        self.cell = cells.Dropout(cell, config.dropout) if config.dropout else cell

    @functools.cached_property
    def model(self) -> HierarchicalClassifier:
        c, dtype = self.config, jnp.dtype(self.config.compute_dtype)
        encoder = SequenceEncoder(
            cells.Stack((self.cell,)), "both", c.pooling, c.attention_dim
        )
        return HierarchicalClassifier(
            Embedding(len(self.vocabulary), c.embedding_dim, dtype=dtype),
            encoder,
            encoder.clone(),
            Readout(len(self.classes), c.dropout),
        )

    def init(self, key: Array) -> Params:
        one = jnp.ones((1, 1, 1), bool)
        tokens = one.astype(jnp.int32)
        return self.model.init(key, tokens, words=one, mask=one[0])["params"]

    def outputs(
        self, params: Params, batch: Batch, key: Array | None
    ) -> tuple[Array, tuple[Array, Array] | None]:
        marks = {"words": batch["words"], "mask": batch["mask"]}
        return self.model.apply({"params": params}, batch["tokens"], key=key, **marks)

    def words(self, example: Document) -> Sequence[str]:
        return tuple(itertools.chain.from_iterable(example.sentences))

    def encode(self, example: Document) -> dict[str, np.ndarray]:
        """Returns "tokens" and "words" [S, T] of a document, cut to the limits."""
        c = self.config
        ids = [self.vocabulary.encode(s)[: c.words] for s in example.sentences]
        tokens, words = buckets.pad(ids[: c.sentences], c.words)
        return {"tokens": tokens, "words": words}

    def read(self, line: str) -> tuple[Sequence[str], dict[str, Any]] | None:
        texts = list(split_sentences(line))
        if not texts:
            return None
        c, sentences = self.config, tuple(map(self.tokenize, texts))
        read = sentences[: c.sentences]
        buckets.report_cut(len(read), len(texts), "sentences", c.sentences)
        longest = max(map(len, read))
        buckets.report_cut(
            min(longest, c.words), longest, "words of a sentence", c.words
        )
        return texts, self.encode(Document("", 0, sentences))

    def report_cuts(self, split: str, examples: Sequence[Document]) -> None:
        c, lengths = self.config, [len(s) for e in examples for s in e.sentences]
        cut = sum(len(e.sentences) > c.sentences for e in examples)
        buckets.report_cuts(cut, len(examples), split, "documents", c.sentences)
        cut = sum(length > c.words for length in lengths)
        buckets.report_cuts(cut, len(lengths), split, "sentences", c.words)

    def verdict(
        self, line: str, parts: Sequence[str], p: np.ndarray, weights: Any
    ) -> DocumentVerdict:
        weights = None if weights is None else weights[1]
        return DocumentVerdict(*super().verdict(line, parts, p, weights))

    def report(self, params: Params, directory: Path) -> None:
        """Writes test.tsv, confusion.png, and attention.png if attention pools."""
        tested, examples = self.test(params), self.dataset.test
        lines = (" ".join(self.words(example)) for example in examples)
        self.write_test(directory / "test.tsv", tested, lines)
        counts = tested.confusion(len(self.classes))
        confusion.draw(directory / "confusion.png", counts, self.classes)
        shown = list(self._shown(tested)) if tested.weights[0] is not None else []
        if shown:
            attention_heatmap.draw(directory / "attention.png", shown)

    def _shown(self, tested: Tested) -> Iterator[tuple[str, list[Any]]]:
        """Yields a heading and the weighed sentences of some short documents."""
        left = dict.fromkeys(self.classes, SHOWN)
        for i, (label, _, sentences) in enumerate(self.dataset.test):
            if left[label] and len(sentences) <= 2 * self.config.sentences // 3:
                left[label] -= 1
                by_word, by_sentence = tested.weights[i]
                shares = (by_sentence / by_sentence.max()).tolist()
                # Padding, and what was cut, is left out by the shorter of two.
                pairs = map(zip, sentences, by_word.tolist())
                lines = zip(shares, map(list, pairs), strict=False)
                yield self.heading(tested, i), list(lines)


def build(config: ConfigDict, workdir: str | Path | None = None) -> Documents:
    """Builds the task of `configs/documents.py`; see `experiments.build`."""
    check(config, FIELDS)
    return Documents(config, Assets(workdir))
