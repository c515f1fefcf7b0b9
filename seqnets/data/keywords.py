"""Keywords of poems: what is frequent in one and rare in others.

The weight of a word is tf-idf (Spärck Jones, 1972). That each part of a poem has a
keyword, by which it can be planned: Wang et al. (2016).
"""

import collections
import dataclasses
import itertools
import math
from collections.abc import Iterable, Sequence

import regex

from seqnets.data.longest_match import HAN
from seqnets.data.verse import bare

MOST = 4  # Keywords of a poem.
LETTERS = 4  # That a word between spaces has at least.
POEMS = 5  # In which a word stands at least.
LIFT = 8.0  # How much more often than by chance two characters that are a word meet.

_PAIR = regex.compile(r"\p{Han}{2}")
_WORD = regex.compile(rf"[\p{{L}}\p{{M}}]{{{LETTERS},}}")


def candidates(line: str) -> list[str]:
    """Returns what could be words of a line.

    In Chinese, pairs of characters that no pause parts: those that begin at an even
    place, and the last one, as lines of five and seven are read in twos, the last three
    one way or the other. Elsewhere, what stands between spaces and has four letters.
    """
    text = bare(line)
    if not HAN.search(text):
        return _WORD.findall(text.lower())
    last = len(text) - 2
    pairs = [text[i : i + 2] for i in range(0, last, 2)] + [text[-2:]]
    return [pair for pair in pairs if _PAIR.fullmatch(pair)]


def stands_in(word: str, text: str) -> bool:
    """Tells whether a keyword stands in a text, in whatever case."""
    return word.lower() in text.lower()


@dataclasses.dataclass(frozen=True)
class Words:
    """The words of some poems, and how rare they are.

    Attributes:
      idf: of each word, ln(N / n), where n of the N poems have it.
    """

    idf: dict[str, float]

    @classmethod
    def count(cls, poems: Iterable[Sequence[str]]) -> "Words":
        """Finds the words of poems: those that enough of them have.

        Two characters are a word where they meet `LIFT` times as often as they would if
        all were drawn alone.

        Args:
          poems: the lines of each, of the training split.
        """
        total, holding = 0, collections.Counter()
        pairs, letters = collections.Counter(), collections.Counter()
        for lines in poems:
            found = [word for line in lines for word in candidates(line)]
            total += 1
            holding.update(set(found))
            pairs.update(found)
            letters.update("".join(found))
        all_pairs = pairs.total()

        def lift(word: str) -> float:
            # Each pair has two characters, so that those are twice as many.
            a, b = (letters[c] / (2 * all_pairs) for c in word)
            return pairs[word] / all_pairs / (a * b)

        return cls(
            {
                word: math.log(total / count)
                for word, count in sorted(holding.items())
                if count >= POEMS and (len(word) > 2 or lift(word) >= LIFT)
            }
        )

    def choose(self, lines: Sequence[str]) -> tuple[str, ...]:
        """Returns the keywords of a poem: of each two lines, the word of most weight.

        weight = tf ln(N / n), tf being how often the poem has the word
        """
        found = list(map(candidates, lines))
        words = [[word for word in own if word in self.idf] for own in found]
        counts = collections.Counter(itertools.chain(*words))
        chosen: list[str] = []
        for i in range(0, len(words), 2):
            couplet = itertools.chain(*words[i : i + 2])
            left = [word for word in couplet if word not in chosen]
            if left:
                chosen.append(max(left, key=lambda word: counts[word] * self.idf[word]))
        return tuple(chosen[:MOST])
