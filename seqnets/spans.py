"""Predicted spans, such as entities or words: precision, recall, F1, and display."""

import collections
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from seqnets.data import tsv
from seqnets.data.schemes import Span

Pairs = Iterable[tuple[Sequence[Span], Sequence[Span]]]  # True and predicted spans.


class Tags(NamedTuple):
    """A text and its spans."""

    tokens: tuple[str, ...]
    spans: tuple[Span, ...]
    text: str  # With the spans marked, as `mark` writes them.

    def __str__(self) -> str:
        return tsv.row(self.text)

    @property
    def words(self) -> list[str]:
        """The spans as texts; tokens outside all spans stand alone."""
        found, at = [], 0
        for begin, end, _ in sorted(self.spans):
            found += [*self.tokens[at:begin], "".join(self.tokens[begin:end])]
            at = end
        return [*found, *self.tokens[at:]]


def span_f1(pairs: Pairs) -> dict[str, float]:
    """Measures the predicted spans that are right: both ends and the kind.

    precision = right / predicted,  recall = right / true,
    F1 = 2 right / (predicted + true), each 0 where nothing is divided by nothing

    over all sentences at once, as in the evaluation of CoNLL-2000 (Tjong Kim Sang and
    Buchholz, 2000), which gives them in percent.

    Args:
      pairs: the true and the predicted spans of each sentence.

    Returns:
      "precision", "recall" and "f1", from 0 to 1, and the same of each kind, such as
      "f1/PER", by alphabet; spans without a kind count in the former alone.
    """
    right, predicted, true = (collections.Counter() for _ in range(3))
    for here, answered in pairs:
        here, answered = collections.Counter(here), collections.Counter(answered)
        for total, spans in (
            (right, here & answered),
            (predicted, answered),
            (true, here),
        ):
            for span, count in spans.items():
                total[span.kind] += count
    found = _measures(right.total(), predicted.total(), true.total())
    for kind in sorted({*predicted, *true} - {""}):
        measures = _measures(right[kind], predicted[kind], true[kind])
        found |= {f"{name}/{kind}": value for name, value in measures.items()}
    return found


def confusion_counts(
    pairs: Pairs, lengths: Iterable[int], kinds: Sequence[str]
) -> np.ndarray:
    """Counts tokens by the kind of their true span and of their predicted one.

    Args:
      pairs: the true and the predicted spans of each sentence.
      lengths: number of tokens of each sentence.
      kinds: K of them.

    Returns:
      [K + 1, K + 1], true kinds by rows; the first row and column are of tokens
      outside all spans.
    """
    counts = np.zeros((len(kinds) + 1,) * 2)
    for pair, length in zip(pairs, lengths, strict=True):
        ids = np.zeros((2, length), int)
        for row, spans in zip(ids, pair, strict=True):
            for begin, end, kind in spans:
                row[begin:end] = kinds.index(kind) + 1 if kind else 0
        np.add.at(counts, tuple(ids), 1)
    return counts


def mark(tokens: Sequence[str], spans: Iterable[Span], gap: str = " ") -> str:
    """Writes tokens with spans: [雷军 PER]; spaces surround a span without a kind.

    Args:
      tokens: tokens of a sentence.
      spans: none of which overlap.
      gap: separator of tokens; empty where they are characters.
    """
    pieces, at = [], 0
    for begin, end, kind in sorted(spans):
        pieces += tokens[at:begin]
        inside, at = gap.join(tokens[begin:end]), end
        pieces.append(f"[{inside} {kind}]" if kind else f" {inside} ")
    text = gap.join([*pieces, *tokens[at:]])
    return text.replace("  ", " ").strip(" ")


def _measures(right: int, predicted: int, true: int) -> dict[str, float]:
    return {
        "precision": right / max(predicted, 1),
        "recall": right / max(true, 1),
        "f1": 2 * right / max(predicted + true, 1),
    }
