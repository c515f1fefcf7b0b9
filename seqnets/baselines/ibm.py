"""Translation of words and their alignment: IBM Models 1 and 2 (Brown et al., 1993).

A sentence f of m words comes from a sentence e of l words, each f_j from one e_i, or
from the empty word e_0, which stands for what is not translated:

    p(f | e) = Π_j Σ_i a(i | j, l, m) t(f_j | e_i)        i = 0 ... l, j = 1 ... m

In Model 1 all places are alike, a = 1 / (l + 1); Model 2 learns them, beginning with
the t of Model 1. Both are fitted by expectation-maximisation, by which the likelihood
never falls. For p(e | f), swap the two sides.

A word that every sentence has, as the full stop, can as well come from e_0. So that it
does not, e_0 can count as less than a word: with a weight of w, Model 1 has a(0) = w /
(l + w), and 1 / (l + w) for the others.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from seqnets.baselines.ngram import find

SYMMETRIES = ("intersection", "union", "grow-diag")
_TINY = np.finfo(np.float64).tiny

Ids = Sequence[np.ndarray]  # Of the words of each sentence.
Links = frozenset[tuple[int, int]]  # Places (i of e, j of f), from 0.


@dataclasses.dataclass(frozen=True, eq=False)
class IBM:
    """A model that has been fitted; what never occurred together has t = 0.

    Attributes:
      size: F, the number of words of f; their ids are 0 ... F - 1.
      null: the id of e_0, which is the number of words of e.
      keys: e · F + f for each pair of words that occurred, ascending, int64 [U].
      t: t(f | e) of each, float64 [U].
      weight: w, of e_0.
      span: above all l, m, i and j that Model 2 has seen.
      places: ((l · span + m) · span + j) · span + i for each place that was seen,
        ascending, int64 [P]; none in Model 1.
      a: a(i | j, l, m) of each, float64 [P].
    """

    size: int
    null: int
    keys: np.ndarray
    t: np.ndarray
    weight: float = 1.0
    span: int = 1
    places: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0, int))
    a: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0))

    @classmethod
    def fit(
        cls,
        fs: Ids,
        es: Ids,
        sizes: tuple[int, int],
        *,
        iterations: int = 5,
        places: int = 0,
        weight: float = 1.0,
    ) -> tuple["IBM", np.ndarray]:
        """Fits a model to pairs of sentences.

        Args:
          fs, es: ids of the words of N sentences each, integers; t starts uniform.
          sizes: the numbers of words of f and e there are, known or not in `fs`, `es`.
          iterations: of Model 1.
          places: iterations of Model 2 after those; 0 = none.
          weight: w, of e_0.

        Returns:
          The model, and ln p(fs | es) before the first iteration and after each, in
          nats, float64 [iterations + places + 1].

        Raises:
          ValueError: other numbers of sentences on the two sides, no words at all, or
            an id out of range.
        """
        if len(fs) != len(es) or not sum(map(len, fs)):
            raise ValueError(
                f"{len(fs)} sentences and {len(es)} of the other side: there must be as"
                " many, and words in them"
            )
        _check(fs, sizes[0])
        _check(es, sizes[1])
        cells = _cells(fs, es, sizes, weight)
        keys, number = np.unique(cells.keys, return_inverse=True)
        e, t, history = keys // sizes[0], np.full(len(keys), 1 / sizes[0]), []
        for _ in range(iterations):
            share, log_prob = _expected(t[number] * cells.prior, cells)
            t = _normalised(np.bincount(number, share, len(keys)), e)
            history.append(log_prob)
        if not places:
            history.append(_expected(t[number] * cells.prior, cells)[1])
            return cls(*sizes, keys, t, weight), np.array(history)
        seen, group = np.unique(cells.places, return_inverse=True)
        a = np.zeros(len(seen))
        a[group] = cells.prior
        for _ in range(places):
            share, log_prob = _expected(t[number] * a[group], cells)
            t = _normalised(np.bincount(number, share, len(keys)), e)
            a = _normalised(np.bincount(group, share, len(seen)), seen // cells.span)
            history.append(log_prob)
        history.append(_expected(t[number] * a[group], cells)[1])
        return cls(*sizes, keys, t, weight, cells.span, seen, a), np.array(history)

    def pruned(self, least: float) -> "IBM":
        """Returns the model without the t below a probability, the others as they are.

        Most of what occurs together means nothing to each other, and has t near 0.
        """
        kept = self.t >= least
        return dataclasses.replace(self, keys=self.keys[kept], t=self.t[kept])

    def prob(self, f: np.ndarray, e: np.ndarray) -> np.ndarray:
        """Returns t(f | e) of ids, which are broadcast; 0 for what never occurred."""
        f, e = np.broadcast_arrays(f, e)
        if not len(self.keys):
            return np.zeros(f.shape)
        number = find(self.keys, e.astype(np.int64) * self.size + f)
        return np.where(number < 0, 0.0, self.t[number])

    def posterior(self, f: np.ndarray, e: np.ndarray) -> np.ndarray:
        """Returns the probability that f_j comes from e_i, given both sentences.

        Args:
          f: ids [m].
          e: ids [l].

        Returns:
          [m, l + 1]; column 0 is that of e_0, from which a word comes for certain that
          never occurred with any of these.
        """
        m, length = len(f), len(e)
        joint = self.prob(np.asarray(f)[:, None], np.append(self.null, e)[None])
        joint = joint * self._places(m, length)
        total = joint.sum(1, keepdims=True)
        alone = np.eye(1, length + 1)
        return np.where(total > 0, joint / np.maximum(total, _TINY), alone)

    def align(self, f: np.ndarray, e: np.ndarray) -> np.ndarray:
        """Returns the i of the most probable e_i of each f_j, from 0; -1 for e_0."""
        return self.posterior(f, e).argmax(1) - 1

    def links(self, f: np.ndarray, e: np.ndarray) -> Links:
        """Returns the most probable alignment as links (i, j)."""
        places = enumerate(self.align(f, e).tolist())
        return frozenset((i, j) for j, i in places if i >= 0)

    def log_prob(self, f: np.ndarray, e: np.ndarray) -> float:
        """Returns ln p(f | e) in nats; -inf where an f never occurred with any e."""
        joint = self.prob(np.asarray(f)[:, None], np.append(self.null, e)[None])
        with np.errstate(divide="ignore"):
            return float(np.log((joint * self._places(len(f), len(e))).sum(1)).sum())

    def _places(self, m: int, length: int) -> np.ndarray:
        """a(i | j, l, m) as [m, l + 1]; of Model 1 where no such l and m were seen."""
        prior = np.full((m, length + 1), 1 / (length + self.weight))
        prior[:, 0] *= self.weight
        if not len(self.places) or max(m, length) >= self.span:
            return prior
        row = (length * self.span + m) * self.span + np.arange(m)
        number = find(self.places, row[:, None] * self.span + np.arange(length + 1))
        return np.where(number < 0, prior, self.a[number])


def symmetrise(links: Links, others: Links, how: str = "grow-diag") -> Links:
    """Joins the alignments of the two directions (Och & Ney, 2003).

    Args:
      links, others: (i, j) of one pair of sentences, in either direction.
      how: "intersection", "union", or "grow-diag": the intersection, and what of the
        union is beside a link that is there and has a word that is not yet aligned.

    Raises:
      ValueError: for another way.
    """
    if how not in SYMMETRIES:
        raise ValueError(f"how must be one of {', '.join(SYMMETRIES)}, not {how!r}")
    if how != "grow-diag":
        return links & others if how == "intersection" else links | others
    found, left = set(links & others), sorted(links ^ others)
    grown = True
    while grown:
        grown = False
        for i, j in left:
            beside = any(max(abs(i - a), abs(j - b)) == 1 for a, b in found)
            free = all(i != a for a, _ in found) or all(j != b for _, b in found)
            if beside and free and (i, j) not in found:
                found.add((i, j))
                grown = True
    return frozenset(found)


def alignment_error(found: Iterable[Links], true: Iterable[Links]) -> float:
    """Computes the alignment error rate where all true links are sure.

    AER = 1 - 2 |A ∩ S| / (|A| + |S|)        (Och & Ney, 2003)

    Args:
      found: A of each pair of sentences.
      true: S of each.
    """
    right = total = 0
    for a, s in zip(found, true, strict=True):
        right += len(a & s)
        total += len(a) + len(s)
    return 1 - 2 * right / total if total else 0.0


class _Cells(NamedTuple):
    """All places that a word f_j of all sentences can come from, one after the other.

    Attributes:
      keys: e · F + f, int64 [C].
      places: of l, m, j and i; see `IBM`, int64 [C].
      prior: the a of Model 1, float64 [C].
      rows: the word of f, counted over all sentences, int64 [C].
      starts: the first cell of each word of f, int64 [R].
      span: above all lengths.
    """

    keys: np.ndarray
    places: np.ndarray
    prior: np.ndarray
    rows: np.ndarray
    starts: np.ndarray
    span: int


def _cells(fs: Ids, es: Ids, sizes: tuple[int, int], weight: float) -> _Cells:
    size, null = sizes
    m, length = (np.array([len(ids) for ids in side]) for side in (fs, es))
    f = np.concatenate(fs).astype(np.int64)
    begins = np.cumsum(length) - length
    e = np.insert(np.concatenate(es).astype(np.int64), begins, null)  # Σ (l + 1)
    begins = begins + np.arange(len(es))
    of_row = np.repeat(np.arange(len(fs)), m)  # The sentence of each f_j.
    widths = length[of_row] + 1
    starts = np.cumsum(widths) - widths
    rows = np.repeat(np.arange(len(f)), widths)
    i = np.arange(len(rows)) - starts[rows]
    j = np.arange(len(f)) - np.repeat(np.cumsum(m) - m, m)
    span = int(max(m.max(), length.max())) + 1
    before = (length[of_row] * span + m[of_row]) * span + j
    return _Cells(
        e[begins[of_row][rows] + i] * size + f[rows],
        before[rows] * span + i,
        np.where(i, 1.0, weight) / (widths[rows] - 1 + weight),
        rows,
        starts,
        span,
    )


def _expected(joint: np.ndarray, cells: _Cells) -> tuple[np.ndarray, float]:
    """The share of each cell in its word f_j, and the log-probability of all words."""
    total = np.maximum(np.add.reduceat(joint, cells.starts), _TINY)
    return joint / total[cells.rows], float(np.log(total).sum())


def _normalised(counts: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Divides counts by the sum over those of the same group."""
    _, group = np.unique(groups, return_inverse=True)
    return counts / np.maximum(np.bincount(group, counts), _TINY)[group]


def _check(side: Ids, size: int) -> None:
    for ids in side:
        if len(ids) and not 0 <= np.min(ids) <= np.max(ids) < size:
            raise ValueError(
                f"ids {np.min(ids)}..{np.max(ids)} are not all in 0..{size - 1}"
            )
