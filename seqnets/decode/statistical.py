"""Statistical translation through a noisy channel: argmax_e p(f | e) p(e) (004).

What was written as f is taken for an e that was garbled. p(f | e) is that of words, by
an IBM model, and p(e) of an n-gram; the best e is searched for from left to right
(Brown et al., 1993; Tillmann & Ney, 2003): a partial translation chooses which word of
f comes next and what it becomes, until all have been. A word of f can become up to
three words, or none. As in Och & Ney (2002), the logarithms are weighted:

    score(e) = λ_c ln p(f | e) + λ_i ln p(e | f) + λ_n ln p(e) + λ_w |e| - λ_d jumps
"""

import collections
import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqnets.baselines.ngram import NGram
from seqnets.decode.word_table import LONGEST, WordTable


class Weights(NamedTuple):
    """The λ of a score.

    Attributes:
      channel: of ln p(f | e).
      inverse: of ln p(e | f).
      language_model: of ln p(e), its end included.
      length: of each word of e; above 0 it favours longer translations.
      distortion: of each word of f that is jumped over, forwards or back.
    """

    channel: float = 1.0
    inverse: float = 0.0
    language_model: float = 1.0
    length: float = 0.0
    distortion: float = 0.0


class Hypothesis(NamedTuple):
    """A translation; where it has an unknown word, the word of f at its place is meant.

    Attributes:
      words: ids of e.
      places: the place in f from which each comes.
      score: see the module.
    """

    words: tuple[int, ...]
    places: tuple[int, ...]
    score: float


class _Partial(NamedTuple):
    """Translations of as many words of f each, M of them.

    Attributes:
      first: the first word of f that is left, [M].
      done: bit d is set where the word `first + d` is done, [M].
      last: the word of f that was translated last, [M].
      state: of the language model, [M, order].
      score: so far, [M].
      ahead: an estimate of what is still to come, [M].
      words, places: as in `Hypothesis`.
    """

    first: np.ndarray
    done: np.ndarray
    last: np.ndarray
    state: np.ndarray
    score: np.ndarray
    ahead: np.ndarray
    words: list[tuple[int, ...]]
    places: list[tuple[int, ...]]


@dataclasses.dataclass(frozen=True, eq=False)
class Decoder:
    """Finds translations.

    Attributes:
      table: what words can become; a word that is not in it stays as it is.
      language_model: of e.
      end: the id of the end of a sentence, before which the next one begins.
      unknown: the id of unknown words of e.
      weights: of the score.
      beam: how many partial translations are kept of each number of words done.
      reach: how far beyond the first word of f that is left the next can be.
    """

    table: WordTable
    language_model: NGram
    end: int
    unknown: int
    weights: Weights = Weights()
    beam: int = 20
    reach: int = 4

    def __post_init__(self):
        if self.beam < 1 or not 0 <= self.reach < 60:
            raise ValueError(
                f"beam must be 1 or more and reach 0 to 59, not {self.beam} and"
                f" {self.reach}"
            )

    def search(self, source: Sequence[int], n_best: int = 1) -> list[Hypothesis]:
        """Translates a sentence.

        Of translations that will go on alike (the same words are left, and the last
        ones are the same), the `n_best` best are kept; so with a beam that is never
        full, the result is exact.

        Args:
          source: ids of f.
          n_best: how many translations are returned, at most.

        Returns:
          Different translations, the best first.
        """
        words, gains = self._choices(source)
        ahead = (gains + self._alone(words)).max(1) if len(source) else np.zeros(0)
        start = np.zeros(1, np.int64)
        state, _ = self.language_model.step(
            self.language_model.begin(1), np.array([self.end])
        )
        own = _Partial(
            start, start, start - 1, state, np.zeros(1), ahead.sum(keepdims=True),
            [()], [()],
        )  # fmt: skip
        for _ in range(len(source)):
            own = self._extend(own, words, gains, ahead, n_best)
        ends = np.full(len(own.score), self.end)
        _, log_prob = self.language_model.step(own.state, ends)
        score = own.score + self.weights.language_model * log_prob
        found: dict[tuple[int, ...], Hypothesis] = {}
        for i in np.argsort(-score, kind="stable").tolist():
            one = Hypothesis(own.words[i], own.places[i], float(score[i]))
            found.setdefault(one.words, one)
        return list(found.values())[:n_best]

    def _choices(self, source: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """What each word can become, [m, K, LONGEST], and what it scores, [m, K]."""
        ids = np.asarray(source, np.int64)
        first = np.searchsorted(self.table.source, ids)
        count = np.searchsorted(self.table.source, ids, "right") - first
        size = max(1, count.max(initial=0))
        rows = first[:, None] + np.arange(size)
        there = np.arange(size) < count[:, None]
        rows = np.where(there, rows, 0)
        w, table = self.weights, self.table
        if not len(table.source):
            words = np.full((len(ids), 1, LONGEST), -1)
            gains = np.full((len(ids), 1), -np.inf)
        else:
            words = np.where(there[..., None], table.words[rows], -1)
            gains = w.channel * table.channel[rows] + w.inverse * table.inverse[rows]
            gains = np.where(there, gains, -np.inf)
        words[count == 0, 0, 0], gains[count == 0, 0] = self.unknown, 0.0
        return words, gains + w.length * (words >= 0).sum(2)

    def _alone(self, words: np.ndarray) -> np.ndarray:
        """An estimate of what the language model will say: without what comes before.

        Args:
          words: [m, K, LONGEST].

        Returns:
          λ_n ln p of each choice, [m, K].
        """
        flat = words.reshape(-1, LONGEST)
        _, log_prob = self._read(self.language_model.begin(len(flat)), flat)
        return self.weights.language_model * log_prob.reshape(words.shape[:2])

    def _read(
        self, state: np.ndarray, words: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The language model after up to LONGEST words each, and their ln p."""
        state, total = state.copy(), np.zeros(len(words))
        for word in words.T:
            (there,) = np.nonzero(word >= 0)
            if not len(there):
                break
            state[there], log_prob = self.language_model.step(state[there], word[there])
            total[there] += log_prob
        return state, total

    def _extend(
        self,
        own: _Partial,
        words: np.ndarray,
        gains: np.ndarray,
        ahead: np.ndarray,
        n_best: int,
    ) -> _Partial:
        """Translates one word more of f in each way, and keeps the best."""
        place = own.first[:, None] + np.arange(self.reach + 1)  # [M, reach + 1]
        free = (own.done[:, None] >> np.arange(self.reach + 1)) & 1 == 0
        row, step = np.nonzero(free & (place < len(ahead)))
        pair, k = np.nonzero(gains[place[row, step]] > -np.inf)
        row, step = row[pair], step[pair]
        j = place[row, step]
        jump = np.abs(j - own.last[row] - 1)
        state, log_prob = self._read(own.state[row], words[j, k])
        score = own.score[row] + gains[j, k] - self.weights.distortion * jump
        score += self.weights.language_model * log_prob
        left = own.ahead[row] - ahead[j]
        first, done = own.first[row], own.done[row] | (1 << step)
        while (moved := done & 1 == 1).any():
            first, done = first + moved, np.where(moved, done >> 1, done)
        after = _Partial(first, done, j, state, score, left, [], [])
        kept, texts = self._best(after, own, row, words[j, k], n_best)
        arrays = (array[kept] for array in after[:6])
        places = [
            own.places[row[i]] + (int(j[i]),) * (len(text) - len(own.words[row[i]]))
            for i, text in zip(kept, texts, strict=True)
        ]
        return _Partial(*arrays, texts, places)

    def _best(
        self,
        after: _Partial,
        before: _Partial,
        row: np.ndarray,
        words: np.ndarray,
        n_best: int,
    ) -> tuple[list[int], list[tuple[int, ...]]]:
        """Which partial translations are kept, the best first, and their words."""
        kept, texts = [], []
        alike: dict[tuple, set] = collections.defaultdict(set)
        for i in np.argsort(-(after.score + after.ahead), kind="stable").tolist():
            if len(kept) == self.beam:
                break
            new = tuple(word for word in words[i].tolist() if word >= 0)
            text = before.words[row[i]] + new
            future = (
                int(after.first[i]), int(after.done[i]), int(after.last[i]),
                after.state[i].tobytes(),
            )  # fmt: skip
            if text not in alike[future] and len(alike[future]) < n_best:
                alike[future].add(text)
                kept.append(i)
                texts.append(text)
        return kept, texts
