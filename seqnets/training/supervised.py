"""Base class of classifiers: the loss, the metrics, the reports, answers to lines."""

import collections
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from jax import Array

from seqnets import losses, metrics
from seqnets.data import tsv
from seqnets.dropout import token_dropout
from seqnets.initializers import count_parameters
from seqnets.linear import memory_dtype
from seqnets.training import evaluation
from seqnets.training.task import Batch, Params, Task


class Verdict(NamedTuple):
    """The answer to a line: the most probable class, and the weights of its words."""

    label: str
    probability: float
    text: str
    weights: tuple[tuple[str, float], ...] = ()

    def __str__(self) -> str:
        if not self.label:
            return "-\t-\t"
        parts = [self.label, f"{self.probability:.3f}", self.text]
        if self.weights:
            parts.append(
                " ".join(f"{word}:{weight:.2f}" for word, weight in self.weights)
            )
        return tsv.row(*parts)


class Tested(NamedTuple):
    """The answers to a split, in the order of its examples."""

    targets: np.ndarray  # [N]
    predictions: np.ndarray  # [N]
    probabilities: np.ndarray  # [N], of the predictions.
    weights: list[Any]  # Of each example, as `outputs` gives them; None without any.

    def confusion(self, classes: int) -> np.ndarray:
        """Returns how often each class (row) was taken for which (column), [K, K]."""
        counts = np.zeros((classes, classes))
        np.add.at(counts, (self.targets, self.predictions), 1)
        return counts


class Supervised(Task):
    """A classifier of whole examples.

    A subclass gives `classes`, `outputs`, `make_batches`, whose batches have "label"
    and "rows" [B], and to answer lines `read`, which encodes one, and `collate`, which
    makes a batch of one example.

    Attributes:
      classes: the names of the classes, in the order of their ids.
      token_dropout: the share of "tokens" that become `unk` in training.
      unk: the id of the unknown token.
      criterion: the loss, `(logits, labels, rows) -> (sum, count)`.
    """

    goal = ("valid", "accuracy", "max")
    classes: Sequence[str]
    token_dropout: float = 0.0
    unk: int = 0
    criterion = staticmethod(losses.cross_entropy)

    def __init__(self) -> None:
        self.answer = jax.jit(self._answer)

    def outputs(
        self, params: Params, batch: Batch, key: Array | None
    ) -> tuple[Array, Any]:
        """Returns logits [B, K], and weights that explain them, [B, ...], or None."""
        raise NotImplementedError

    def loss(self, params, state, batch, key):
        """The criterion, by default cross-entropy, and accuracy, over real rows."""
        if key is not None and self.token_dropout:
            key, own = jax.random.split(key)
            batch = batch | {"tokens": self.drop_tokens(own, batch["tokens"])}
        logits, _ = self.outputs(params, batch, key)
        labels, rows = batch["label"], batch["rows"]
        total, count = self.criterion(logits, labels, rows)
        sums = {
            "loss": (total, count),
            "accuracy": metrics.accuracy(logits, labels, rows),
        }
        return losses.mean(total, count), (state, sums)

    def drop_tokens(self, key: Array, tokens: Array) -> Array:
        """Makes random ones of the tokens [B, ...] unknown."""
        return token_dropout(key, tokens, self.token_dropout, self.unk)

    def _answer(self, params: Params, batch: Batch) -> tuple[Array, Any]:
        logits, weights = self.outputs(params, batch, None)
        return jax.nn.softmax(logits.astype(memory_dtype(logits.dtype))), weights

    def scores(self, params: Params, split: str, limit: int | None) -> dict[str, float]:
        """Returns how many parameters there are."""
        del split, limit
        return {"parameters": count_parameters(params)}

    def test(
        self,
        params: Params,
        split: str = "test",
        *,
        batches: Iterable[Batch] | None = None,
    ) -> Tested:
        """Answers every example of a split, or of one pass of other batches."""
        batches = self.batches(split) if batches is None else batches
        found = evaluation.answers(self._test, params, batches)
        labels, best, probabilities, weights = zip(*found, strict=True)
        columns = map(np.asarray, (labels, best, probabilities))
        return Tested(*columns, list(weights))

    def _test(self, params: Params, batch: Batch) -> tuple[Any, ...]:
        p, weights = self._answer(params, batch)
        return batch["label"], p.argmax(-1), p.max(-1), weights

    def write_test(self, path: Path, tested: Tested, texts: Iterable[str]) -> None:
        """Writes the answers as tab-separated lines: class, prediction, p, text."""
        lines = ["label\tprediction\tprobability\ttext\n"]
        for i, text in enumerate(texts):
            names = self.classes[tested.targets[i]], self.classes[tested.predictions[i]]
            p = f"{tested.probabilities[i]:.3f}"
            lines.append(f"{tsv.row(*names, p, text)}\n")
        path.write_text("".join(lines), encoding="utf-8")

    def heading(self, tested: Tested, i: int) -> str:
        """Returns the answer to an example of a split, and what is right."""
        predicted = self.classes[tested.predictions[i]]
        right = self.classes[tested.targets[i]]
        return f"{predicted}, {tested.probabilities[i]:.0%}  (it is {right})"

    def majority(self, train: Iterable[str], valid: Sequence[str]) -> dict[str, float]:
        """Returns the accuracy of the most frequent label of the training split."""
        ((label, _),) = collections.Counter(train).most_common(1)
        return {"majority": sum(own == label for own in valid) / len(valid)}

    def read(self, line: str) -> tuple[Sequence[str], dict[str, Any]] | None:
        """Returns the words of a line and its encoded example; None for no words."""
        raise NotImplementedError

    def collate(self, example: dict[str, Any]) -> Batch:
        """Returns a batch of one example, in one of few shapes."""
        raise NotImplementedError

    def ask(self, params: Params, example: dict[str, Any]) -> tuple[np.ndarray, Any]:
        """Returns the probabilities [K] of one example, and its weights."""
        found = jax.device_get(self.answer(params, self.collate(example)))
        return jax.tree.map(lambda a: a[0], found)

    def predict(self, params: Params, lines: Iterable[str]) -> Iterator[Verdict]:
        """Yields the verdict on each line."""
        for line in lines:
            found = self.read(line)
            if found is None:
                yield Verdict("", float("nan"), line)
                continue
            words, example = found
            p, weights = self.ask(params, example)
            yield self.verdict(line, words, p, weights)

    def verdict(
        self, line: str, words: Sequence[str], p: np.ndarray, weights: Any
    ) -> Verdict:
        """Returns the answer to a line.

        Args:
          line: what was asked.
          words: as `read` gives them.
          p: probabilities of the classes, [K].
          weights: as `outputs` gives them, of this one example; here, of words, [T].
        """
        best = int(p.argmax())
        pairs = () if weights is None else zip(words, weights.tolist(), strict=False)
        return Verdict(self.classes[best], float(p[best]), line, tuple(pairs))
