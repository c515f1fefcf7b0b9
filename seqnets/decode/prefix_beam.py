"""Prefix beam search: the most probable strings of a CTC net, not paths.

Graves et al. (2006), section 3.2, with the language model of Hannun et al. (2014).
"""

import itertools
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from seqnets.decode.ctc import BLANK

# (labels so far, the next one) -> ln p. The blank stands for the end.
LanguageModel = Callable[[tuple[int, ...], int], float]
# Prefix -> ln p of its paths with the blank last, and with the label last.
Prefixes = dict[tuple[int, ...], tuple[float, float]]


class Hypothesis(NamedTuple):
    labels: tuple[int, ...]
    log_p: float  # Of the paths in the beam, without language model and bonus.
    score: float  # Hypotheses are sorted by it.


def search(
    logits: np.ndarray,
    *,
    mask: np.ndarray | None = None,
    beam: int = 16,
    language_model: LanguageModel | None = None,
    weight: float = 1.0,
    bonus: float = 0.0,
) -> list[Hypothesis]:
    """Finds the strings l of the highest score, frame by frame.

    score(l) = ln p(l | logits) + weight · ln p_LM(l, end) + bonus · |l|

    Only paths that end with the blank can repeat the last label of their prefix. With a
    beam that holds all strings the search is exact.

    Args:
      logits: scores [T, K], the blank's first.
      mask: [T] bool, True at frames; everywhere by default.
      beam: how many prefixes are kept after each frame.
      language_model: called for each label appended to a prefix, once while the
        prefix stays in the beam, and for the end; None for no language model.
      weight: of its ln p, 0 or more; with 0 it is not asked.
      bonus: for each label, since language models like short strings.

    Returns:
      At most `beam` hypotheses, the best one first.

    Raises:
      ValueError: for logits of another shape, a beam below 1, or a weight or a bonus
        that is not finite.
    """
    reading = Search(beam, language_model, weight, bonus)
    reading.read(np.asarray(logits)[... if mask is None else np.asarray(mask)])
    return reading.found()


class Search:
    """The same search over frames that come one part after the other."""

    def __init__(
        self,
        beam: int = 16,
        language_model: LanguageModel | None = None,
        weight: float = 1.0,
        bonus: float = 0.0,
    ):
        """Begins with the empty prefix; arguments and errors as of `search`."""
        if beam < 1:
            raise ValueError(f"a beam must hold a prefix or more, not {beam}")
        if not (0.0 <= weight < math.inf and math.isfinite(bonus)):
            raise ValueError(
                "weight must be finite, 0 or more, and bonus finite, not"
                f" {weight} and {bonus}"
            )
        self._beam, self._weight, self._bonus = beam, weight, bonus
        # 0 · ln 0 would be NaN.
        self._language_model = language_model if weight else None
        self._alive: Prefixes = {(): (0.0, -math.inf)}
        # Scores by language model and bonus of the prefixes that the last frame grew:
        # the model is not asked again about those that the beam dropped.
        self._priors = {(): 0.0}

    def read(self, logits: np.ndarray) -> None:
        """Reads the scores [T, K] of the next frames."""
        if np.ndim(logits) != 2 or not np.shape(logits)[1]:
            raise ValueError(f"a beam reads logits [T, K], not {np.shape(logits)}")
        logits = np.asarray(logits, np.float64)
        log_y = logits - logits.max(-1, keepdims=True)
        log_y -= np.log(np.exp(log_y).sum(-1, keepdims=True))
        for log_y_t in log_y.tolist():
            grown = _extend(self._alive, log_y_t)
            self._priors = {prefix: self._prior(prefix) for prefix in grown}
            scores = {p: _add(*log_p) + self._priors[p] for p, log_p in grown.items()}
            kept = sorted(grown, key=scores.get, reverse=True)[: self._beam]
            self._alive = {p: grown[p] for p in kept if scores[p] > -math.inf}

    def found(self) -> list[Hypothesis]:
        """Returns what `search` does, as if the frames read were all."""
        found = []
        for prefix, log_ps in self._alive.items():
            log_p, score = _add(*log_ps), self._priors[prefix]
            if self._language_model:
                score += self._weight * self._language_model(prefix, BLANK)
            found.append(Hypothesis(prefix, log_p, log_p + score))
        return sorted(found, key=lambda hypothesis: hypothesis.score, reverse=True)

    def best(self) -> tuple[int, ...]:
        """Returns the labels of the most probable prefix, none where none is left."""
        return next(iter(self._alive), ())

    def agreed(self) -> tuple[int, ...]:
        """Returns the labels that all prefixes begin with: no later frame changes them.

        Nothing where no prefix is left.
        """
        if not self._alive:
            return ()
        # Of tuples in their order, the first and the last one differ most.
        low, high = min(self._alive), max(self._alive)
        pairs = zip(low, high, strict=False)
        return tuple(a for a, _ in itertools.takewhile(lambda p: p[0] == p[1], pairs))

    def _prior(self, prefix: tuple[int, ...]) -> float:
        if prefix in self._priors:
            return self._priors[prefix]
        before, label = prefix[:-1], prefix[-1]
        asked = self._language_model(before, label) if self._language_model else 0.0
        return self._priors[before] + (self._weight * asked + self._bonus)


def _extend(alive: Prefixes, log_y: list[float]) -> Prefixes:
    """Returns the prefixes after one more frame, whose symbols have ln p `log_y`."""
    grown: Prefixes = {}
    for prefix, (blank, label) in alive.items():
        whole = _add(blank, label)
        again = label + log_y[prefix[-1]] if prefix else -math.inf
        _put(grown, prefix, whole + log_y[BLANK], again)
        for symbol, log_p in enumerate(log_y):
            if symbol != BLANK:
                repeated = prefix and symbol == prefix[-1]
                extended = (blank if repeated else whole) + log_p
                _put(grown, (*prefix, symbol), -math.inf, extended)
    return grown


def _put(grown: Prefixes, prefix: tuple[int, ...], blank: float, label: float) -> None:
    before = grown.get(prefix, (-math.inf, -math.inf))
    grown[prefix] = _add(before[0], blank), _add(before[1], label)


def _add(a: float, b: float) -> float:
    """Returns ln (eᵃ + eᵇ)."""
    low, high = (a, b) if a < b else (b, a)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))
