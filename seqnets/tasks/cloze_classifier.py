"""Base class of cloze classifiers: batches, answers to lines, n-gram baselines."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import jax
import numpy as np
from jax import Array
from ml_collections import ConfigDict

from seqnets.baselines import ngram_cloze
from seqnets.data import buckets, tsv
from seqnets.data.assets import Assets
from seqnets.datasets.cloze import BLANK, Cloze, read_questions, window
from seqnets.dropout import token_dropout
from seqnets.tasks.text_classifier import TextClassifier
from seqnets.training.task import Batch, Params

ORDER = 3  # Of the n-grams.
SHOWN = 3  # Candidates in an answer.


class Guess(NamedTuple):
    """The most probable candidates of a model."""

    model: str
    best: tuple[tuple[str, float], ...]  # Candidates and their probabilities.

    def __str__(self) -> str:
        return " ".join([f"{self.model}:", *(f"{c} {p:.3f}" for c, p in self.best)])


class Filled(NamedTuple):
    """The answer to a line: the sentence as the last model fills it; all guesses."""

    text: str
    guesses: tuple[Guess, ...]

    def __str__(self) -> str:
        return tsv.row(self.text, *self.guesses)


class ClozeClassifier(TextClassifier):
    """Chooses the answer to a cloze among the most frequent ones of the training split.

    Batches have "place", int32 [B], the step of the blank; longer sentences are cut
    around it. A subclass gives `init` and `outputs`; beside the fields of
    `TextClassifier`, the config has `candidates`.

    Attributes:
      name: of the model, as answers show it.
    """

    unit = "blanks"
    kind = "cloze"
    name = "answer"

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__(config, assets)
        self.options = {"candidates": config.candidates}

    def _answer(self, params: Params, batch: Batch) -> tuple[Array, Array]:
        """Returns probabilities and logits, of which a choice of few is made."""
        logits, _ = self.outputs(params, batch, None)
        return jax.nn.softmax(logits), logits

    def drop_tokens(self, key: Array, tokens: Array) -> Array:
        keep = tokens == self.vocabulary.encode([BLANK])[0]
        return token_dropout(key, tokens, self.token_dropout, self.unk, keep=keep)

    def window(self, cloze: Cloze) -> Cloze:
        return window(cloze, self.config.limit)

    def words(self, example: Cloze) -> Sequence[str]:
        return self.window(example).symbols

    def encode(self, example: Cloze) -> dict[str, np.ndarray]:
        cloze = self.window(example)
        tokens = self.vocabulary.encode(cloze.symbols)
        return {"tokens": tokens, "place": np.int32(len(cloze.left))}

    def report_cuts(self, split: str, examples: Sequence[Cloze]) -> None:
        cut = sum(len(e.symbols) > self.config.limit for e in examples)
        buckets.report_cuts(cut, len(examples), split, "sentences", self.config.limit)

    def predict(self, params: Params, lines: Iterable[str]) -> Iterator[Filled]:
        """Yields the answer to each line; an empty one gets an empty answer."""
        for question in read_questions(lines, self.classes):
            if question is None:
                yield Filled("", ())
                continue
            left, _, right = cloze = self.window(question.cloze)
            if (count := len(question.cloze.symbols)) > self.config.limit:
                logging.getLogger(__name__).warning(
                    "of %d symbols, limit = %d around the blank are read",
                    *(count, self.config.limit),
                )
            choices = question.choices or self.classes
            _, logits = self.ask(params, self.encode(cloze))
            ids = np.array([self.classes.index(choice) for choice in choices])
            p = np.asarray(jax.nn.softmax(logits[ids]))
            order = np.argsort(-p, kind="stable")[:SHOWN]
            best = tuple((choices[i], float(p[i])) for i in order)
            text = f"{left}[{best[0][0]}]{right}"
            yield Filled(text, (Guess(self.name, best),))

    def baselines(self, split: str = "valid") -> dict[str, float]:
        """Returns the accuracy of what is no network, on a split."""
        train, asked = ([*map(self.window, self.dataset[s])] for s in ("train", split))
        found = ngram_cloze.accuracies(train, asked, self.classes, ORDER)
        if self.config.corpus == "measure_words":
            found["expected of the left"] = 1 / len(self.classes)
        return found
