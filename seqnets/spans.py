"""What predicted spans are worth, such as entities or words: precision, recall, F1."""

import collections
from collections.abc import Iterable, Sequence

from seqnets.data.schemes import Span


def span_f1(pairs: Iterable[tuple[Sequence[Span], Sequence[Span]]]) -> dict[str, float]:
    """Counts the predicted spans that are right: both ends and the kind.

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


def mark(tokens: Sequence[str], spans: Iterable[Span], gap: str = " ") -> str:
    """Writes tokens with spans: [雷军 PER], and those without a kind set apart.

    Args:
      tokens: of a sentence, as a `str` if they are characters.
      spans: none of which overlap.
      gap: what stands between tokens.
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
