"""What words of one language become in another, found in aligned sentences.

A word becomes up to three words that stand together, or none: "Fahrradfahrer" becomes
"bicycle rider", and "sich" is often left out. The alignment is that of IBM models.
"""

import collections
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from seqnets.baselines.ibm import IBM

LONGEST = 3  # Words that one word can become.
FLOOR = 1e-6  # Least probability, of what never occurred together.


class WordTable(NamedTuple):
    """What each word of f can become: N choices, those of one word beside each other.

    Attributes:
      source: the word of f, ascending, int64 [N].
      words: the words of e, -1 behind the last one, int64 [N, LONGEST].
      channel: ln p(f | words): the mean of t(f | e) over the words, and t(f | e_0)
        where there are none, float64 [N].
      inverse: ln p(words | f), as often as f became these words, float64 [N].
    """

    source: np.ndarray
    words: np.ndarray
    channel: np.ndarray
    inverse: np.ndarray


def make_table(
    fs: Sequence[np.ndarray],
    es: Sequence[np.ndarray],
    channel: IBM,
    inverse: IBM,
    choices: int,
) -> WordTable:
    """Finds what words became in aligned sentences.

    Each word of e comes from one word of f, or from none, in the most probable
    alignment of p(e | f). Words that come from one word and stand together are what it
    became; where they do not, or are too many, it is the most probable of them.

    Args:
      fs, es: ids of the words of N sentences each.
      channel: p(f | e).
      inverse: p(e | f).
      choices: how many are kept of a word of f, by both directions together.
    """
    counts: dict[int, collections.Counter] = collections.defaultdict(
        collections.Counter
    )
    for f, e in zip(fs, es, strict=True):
        for word, span in _became(f, e, inverse):
            counts[word][span] += 1
    rows = [
        (word, span, count / own.total())
        for word, own in sorted(counts.items())
        for span, count in own.items()
    ]
    source = np.array([word for word, _, _ in rows], np.int64)
    words = np.array([_padded(span) for _, span, _ in rows], np.int64)
    words = words.reshape(-1, LONGEST)
    given = np.where(words < 0, 0, words)
    t = np.where(words < 0, 0.0, channel.prob(source[:, None], given)).sum(1)
    t /= np.maximum((words >= 0).sum(1), 1)
    t = np.where(words[:, 0] < 0, channel.prob(source, channel.null), t)
    from_e, from_f = np.log(np.maximum(t, FLOOR)), np.log([p for *_, p in rows])
    order = np.lexsort((-from_e - from_f, source))
    rank = np.arange(len(order)) - np.searchsorted(source[order], source[order])
    kept = order[rank < choices]
    return WordTable(source[kept], words[kept], from_e[kept], from_f[kept])


def _became(
    f: np.ndarray, e: np.ndarray, inverse: IBM
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yields each word of f, and the words of e that it became."""
    places = inverse.align(e, f)
    for j, word in enumerate(f.tolist()):
        (own,) = np.nonzero(places == j)
        if len(own) > LONGEST or (len(own) and own[-1] - own[0] >= len(own)):
            own = own[[inverse.prob(e[own], word).argmax()]]
        yield word, tuple(e[own].tolist())


def _padded(span: tuple[int, ...]) -> tuple[int, ...]:
    return (*span, *(-1,) * (LONGEST - len(span)))
