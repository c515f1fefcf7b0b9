"""Generated numbers in German and English words, and which word translates which.

    vier hundert drei und vierzig tausend eins    four hundred forty three thousand one

All words are written apart. Units stand before tens in German, with "und" between,
which translates nothing; "ein" and "eins" are both "one".
"""

from typing import NamedTuple

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets.dataset import Dataset, Splits, cut
from seqnets.datasets.pairs import Pair

SIZES = (2_000, 300, 500)  # Pairs in train, valid and test.
LIMIT = 1_000_000  # Above all numbers.

# Their words for 0 to 19, and for 20, 30 ... 90.
ENGLISH = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen"
    " fourteen fifteen sixteen seventeen eighteen nineteen",
    "twenty thirty forty fifty sixty seventy eighty ninety",
)
GERMAN = (
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn"
    " vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn",
    "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
)


class Aligned(NamedTuple):
    """A number in both languages, and the links between their words.

    Attributes:
      german, english: the words.
      links: places of a German and an English word that mean the same.
    """

    german: tuple[str, ...] = ()
    english: tuple[str, ...] = ()
    links: frozenset[tuple[int, int]] = frozenset()

    def then(self, other: "Aligned") -> "Aligned":
        """Returns the words of both, one after the other in both languages."""
        i, j = len(self.german), len(self.english)
        moved = {(i + a, j + b) for a, b in other.links}
        words = self.german + other.german, self.english + other.english
        return Aligned(*words, self.links | moved)


def read(
    place: Place, *, source: str | None = None, target: str | None = None
) -> Dataset:
    """Returns the pairs; no number is in two splits.

    Args:
      source: "de" (the default) or "en".
      target: the other one.

    Returns:
      A data set of `Pair`s; its info names "source" and "target".

    Raises:
      ValueError: for another language, or the same on both sides.
    """
    for name, value in (("source", source), ("target", target)):
        if value not in (None, "de", "en"):
            raise ValueError(f"{place.name}: {name} is 'de' or 'en', not {value!r}")
    if source is not None and source == target:
        raise ValueError(f"{place.name}: source and target are both {source!r}")
    english = source == "en" or target == "de"
    return Dataset(lambda: draw_splits("en" if english else "de"))


def draw_splits(
    source: str = "de", seed: int = 0, sizes: tuple[int, int, int] = SIZES
) -> Splits:
    """Draws numbers for each split, small and large ones.

    Args:
      source: "de" or "en"; the target is the other.
      seed: of the numbers.
      sizes: pairs in train, valid and test.
    """
    rng, found = np.random.default_rng(seed), set()
    while len(found) < sum(sizes):
        found.add(int(LIMIT ** rng.uniform()))
    pairs = [pair(int(n), source) for n in rng.permutation(sorted(found))]
    splits = cut(pairs, sizes[0], sizes[0] + sizes[1])
    languages = ("de", "en") if source == "de" else ("en", "de")
    return splits | {"info": dict(zip(("source", "target"), languages, strict=True))}


def pair(number: int, source: str = "de") -> Pair:
    """Returns a number below `LIMIT` as a pair; `source` is "de" or "en"."""
    found = aligned(number)
    german, english = " ".join(found.german), " ".join(found.english)
    return Pair(german, english) if source == "de" else Pair(english, german)


def true_links(pair: Pair) -> frozenset[tuple[int, int]] | None:
    """Returns the places (source, target) of words of a pair that mean the same.

    None where the pair is not one of this data set.
    """
    source, target = (tuple(side.split()) for side in pair)
    for english in (target, source):
        found = aligned(_parse(english))
        if (found.german, found.english) == (source, target):
            return found.links
        if (found.english, found.german) == (source, target):
            return frozenset((j, i) for i, j in found.links)
    return None


def aligned(number: int) -> Aligned:
    """Returns the words of a number of 0 to `LIMIT` - 1, and their links."""
    thousands, rest = divmod(number, 1000)
    if not thousands:
        return _below_thousand(rest, last=True)
    found = _below_thousand(thousands, last=False).then(_word("tausend", "thousand"))
    return found.then(_below_thousand(rest, last=True)) if rest else found


def _below_thousand(number: int, last: bool) -> Aligned:
    hundreds, rest = divmod(number, 100)
    if not hundreds:
        return _below_hundred(rest, last)
    found = _unit(hundreds, False).then(_word("hundert", "hundred"))
    return found.then(_below_hundred(rest, last)) if rest else found


def _below_hundred(number: int, last: bool) -> Aligned:
    if number < 20:
        return _unit(number, last)
    tens, rest = divmod(number, 10)
    german, english = (words[1].split()[tens - 2] for words in (GERMAN, ENGLISH))
    if not rest:
        return _word(german, english)
    unit = _unit(rest, False)
    links = frozenset({(0, 1), (2, 0)})
    return Aligned((*unit.german, "und", german), (english, *unit.english), links)


def _unit(number: int, last: bool) -> Aligned:
    """A number below 20; `last`: nothing follows it that it counts."""
    german, english = (words[0].split()[number] for words in (GERMAN, ENGLISH))
    return _word("ein" if number == 1 and not last else german, english)


def _word(german: str, english: str) -> Aligned:
    return Aligned((german,), (english,), frozenset({(0, 0)}))


def _parse(english: tuple[str, ...]) -> int:
    """The number of English words; any other of what is none."""
    units, tens = (words.split() for words in ENGLISH)
    values = {word: value for value, word in enumerate(units)}
    values |= {word: 10 * i for i, word in enumerate(tens, 2)}
    thousands = rest = 0
    for word in english:
        if word == "thousand":
            thousands, rest = rest, 0
        else:
            rest = 100 * rest if word == "hundred" else rest + values.get(word, 0)
    return (1000 * thousands + rest) % LIMIT
