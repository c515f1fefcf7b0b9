"""N-gram language model with interpolated Kneser-Ney smoothing.

The smoothing (Kneser & Ney, 1995) has three discounts per order (Chen & Goodman,
1999). For a history h, a symbol w and h' = h without its first symbol:

    p(w | h) = max(c(h w) - D(c(h w)), 0) / c(h ·) + λ(h) p(w | h')
    λ(h) = Σ_w D(c(h w)) / c(h ·)

c counts occurrences at the highest order and, below it, how many distinct symbols
precede h w. The empty history's h' is the uniform distribution over V symbols.
"""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

# About Chen & Goodman's estimate for text; used for samples too small to estimate.
_USUAL_DISCOUNTS = (0.5, 1.0, 1.5)


class Level(NamedTuple):
    """The n-grams of one n, numbered in the order of `keys`; U of them.

    Attributes:
      keys: (number of the first n-1 symbols at the level below) · V + last symbol,
        ascending, int64 [U].
      gain: (c - D(c)) / c(h ·) of each, float64 [U].
      rest: λ(h) of each history h, an n-gram of the level below, float64.
    """

    keys: np.ndarray
    gain: np.ndarray
    rest: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class NGram:
    """A language model of the last `order - 1` symbols.

    Attributes:
      size: of the vocabulary, V.
      levels: the counts of 1-grams, 2-grams, ... .
    """

    size: int
    levels: tuple[Level, ...]

    @property
    def order(self) -> int:
        """The length of the longest n-grams."""
        return len(self.levels)

    @classmethod
    def fit(cls, ids: np.ndarray, order: int, size: int) -> "NGram":
        """Counts.

        The text is read as a ring, its end before its beginning, so that every n-gram
        has a symbol before it and one after it: no level has an edge.

        Args:
          ids: the text, integers [N] in 0..V-1.
          order: the longest n-grams' length, 1 or more.
          size: V.

        Raises:
          ValueError: the text is shorter than `order`, or an id is out of range.
        """
        if not 1 <= order <= len(ids):
            raise ValueError(f"cannot count {order}-grams in {len(ids)} symbols")
        ids = _checked(ids, size)
        tables = []
        numbers = np.zeros(len(ids), np.int64)  # Of the (n-1)-gram ending at each t.
        for _ in range(order):
            keys = np.roll(numbers, 1) * size + ids
            keys, counts, ends, longer = _unique(keys)
            if tables:
                # One n-gram more that has this (n-1)-gram as its ending.
                below = tables[-1][0]
                counts_below = np.bincount(numbers[ends], minlength=len(below))
                tables[-1] = (below, counts_below)
            tables.append((keys, counts))
            numbers = longer
        return cls(size, tuple(_level(*table, size) for table in tables))

    def log_prob(self, ids: np.ndarray) -> np.ndarray:
        """Scores a text.

        Args:
          ids: [N] in 0..V-1.

        Returns:
          ln p(id | the `order - 1` before it, or as many as there are), float64 [N].

        Raises:
          ValueError: an id is out of range.
        """
        ids = _checked(ids, self.size)
        prob = np.full(len(ids), 1 / self.size)
        # Of the history ending before each t; -1 for one never seen or cut short.
        history = np.zeros(len(ids), np.int64)
        for level in self.levels:
            number = find(level.keys, history * self.size + ids)
            number[history < 0] = -1
            gain = np.where(number < 0, 0.0, level.gain[number])
            prob = np.where(history < 0, prob, gain + level.rest[history] * prob)
            history = np.concatenate([[-1], number[:-1]])[: len(ids)]
        return np.log(prob)

    def begin(self, rows: int) -> np.ndarray:
        """Returns the states of empty histories, int64 [rows, order]; see `step`."""
        return np.tile(np.where(np.arange(self.order), -1, 0), (rows, 1))

    def step(self, state: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Scores one symbol after each of M histories.

        Args:
          state: of the histories, int64 [M, order]; column k has the number of the
            history's last k symbols at that level, or -1.
          ids: the symbols, [M] in 0..V-1.

        Returns:
          The states with the symbol in them, and ln p(id | history), float64 [M].
        """
        prob, after = np.full(len(ids), 1 / self.size), self.begin(len(ids))
        for k, level in enumerate(self.levels):
            history = state[:, k]
            number = find(level.keys, history * self.size + ids)
            number[history < 0] = -1
            gain = np.where(number < 0, 0.0, level.gain[number])
            prob = np.where(history < 0, prob, gain + level.rest[history] * prob)
            if k + 1 < self.order:
                after[:, k + 1] = number
        return after, np.log(prob)

    def sample(
        self,
        rng: np.random.Generator,
        length: int,
        *,
        before: Sequence[int] = (),
        temperature: float = 1.0,
        stop: int | None = None,
    ) -> np.ndarray:
        """Draws symbols one by one, in proportion to p(w | history)^(1 / temperature).

        Args:
          rng: equal states give equal symbols.
          length: how many symbols are drawn.
          before: ids that were read before.
          temperature: below 1, likely symbols become likelier; 0 takes the likeliest.
          stop: the symbol that ends the draw, and is not returned; None: none does.

        Returns:
          Ids, int64 [N], N at most `length`.

        Raises:
          ValueError: for a negative length or temperature, or an id out of range.
        """
        if length < 0 or not 0 <= temperature < np.inf:
            raise ValueError(f"no {length} symbols are drawn at {temperature=}")
        state, drawn = self.begin(1), []
        for id in _checked(before, self.size)[-self.order :]:
            state, _ = self.step(state, id[None])
        while len(drawn) < length:
            id = _draw(rng, self._next(state[0]), temperature)
            if id == stop:
                break
            drawn.append(id)
            state, _ = self.step(state, np.array([id]))
        return np.array(drawn, np.int64)

    def _next(self, state: np.ndarray) -> np.ndarray:
        """Returns p(w | history) of every symbol w, float64 [V]; `state` is [order]."""
        prob, left = np.zeros(self.size), 1.0  # What is left is of shorter histories.
        for level, history in zip(self.levels[::-1], state[::-1], strict=True):
            if history >= 0:
                # The n-grams that begin with a history stand side by side.
                ends = np.array([history, history + 1]) * self.size
                own = slice(*np.searchsorted(level.keys, ends))
                prob[level.keys[own] % self.size] += left * level.gain[own]
                left *= level.rest[history]
        return prob + left / self.size


def _draw(rng: np.random.Generator, prob: np.ndarray, temperature: float) -> int:
    """Draws from probabilities [V] that are above 0; see `NGram.sample`."""
    if temperature == 0:
        return int(prob.argmax())
    if temperature != 1:
        prob = np.exp(np.log(prob / prob.max()) / temperature)
    total = prob.cumsum()
    return int(total.searchsorted(rng.random() * total[-1], side="right"))


def _level(keys: np.ndarray, counts: np.ndarray, size: int) -> Level:
    discounts = _discounts(counts)[np.minimum(counts, 3) - 1]
    history = keys // size
    totals = np.bincount(history, counts)
    rest = np.bincount(history, discounts) / totals
    return Level(keys, (counts - discounts) / totals[history], rest)


def _discounts(counts: np.ndarray) -> np.ndarray:
    """D(1), D(2), D(3 and more), from how many n-grams have counts of 1, 2, 3, 4."""
    n = np.bincount(np.minimum(counts, 5), minlength=6).astype(float)
    if np.all(n[1:5] > 0):
        k = np.arange(1, 4)
        discounts = k - (k + 1) * n[1] / (n[1] + 2 * n[2]) * n[2:5] / n[1:4]
        if np.all(discounts > 0):
            return discounts
    return np.array(_USUAL_DISCOUNTS)


def _unique(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The distinct keys, ascending; counts of them; a place of each; all ranks."""
    if keys.max() < 8 * len(keys):  # Counting in a table is far faster than sorting.
        table = np.bincount(keys)
        (distinct,) = np.nonzero(table)
        counts = table[distinct]
        table[distinct] = np.arange(len(distinct))
        ranks = table[keys]
    else:
        places = np.argsort(keys)
        ordered = keys[places]
        is_first = np.concatenate([[True], ordered[1:] != ordered[:-1]])
        (begins,) = np.nonzero(is_first)
        distinct = ordered[begins]
        counts = np.diff(begins, append=len(keys))
        ranks = np.empty(len(keys), np.int64)
        ranks[places] = np.cumsum(is_first) - 1
    place = np.empty(len(distinct), np.int64)
    place[ranks] = np.arange(len(keys))
    return distinct, counts, place, ranks


def find(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Returns the place of each wanted key among the ascending `keys`, or -1."""
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, place, -1)


def _checked(ids: np.ndarray, size: int) -> np.ndarray:
    ids = np.asarray(ids, np.int64)
    if len(ids) and not 0 <= ids.min() <= ids.max() < size:
        raise ValueError(f"ids {ids.min()}..{ids.max()} are not all in 0..{size - 1}")
    return ids
