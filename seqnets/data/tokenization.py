"""Lines, words and sentences of what users write.

A line ends with "\\n", "\\r\\n" or "\\r" and with nothing else: `str.splitlines` would
also cut at form feeds and at separators that may stand inside a sentence. Words stand
between white space, but a no-break space does not part a word from the next.
"""

from collections.abc import Callable, Iterator

import regex

_NO_BREAK = "\u00a0\u2007\u202f"
_WORD = regex.compile(rf"[\S{_NO_BREAK}]+")

# `\w` has the marks and joiners of all scripts, as Unicode's TR18 defines it. A cluster
# is a character with all that combines with it; `\w` alone would keep only the sign
# that makes a heart coloured, of the two that are one emoji.
_PIECE = rf"\w+(?:[{_NO_BREAK}]\w+)*|(?![\w\s])\X"
_PIECES = regex.compile(_PIECE)
_TREEBANK = regex.compile(rf"\w+(?=n't\b)|n't\b|'\w+|{_PIECE}")
_CLUSTER = regex.compile(r"\X")
_LINE_END = regex.compile(r"\r\n|\n|\r")
_SENTENCE_END = regex.compile(r"(?<=[.!?。！？।])\s+")


def split_lines(text: str) -> list[str]:
    """Returns the lines of a text without their ends; an end at the very end ends one.

    So "a\\nb\\n" has two lines and "" has none.
    """
    lines = _LINE_END.split(text)
    return lines if lines[-1] else lines[:-1]


def split_words(text: str) -> list[str]:
    """Returns what stands between white space; no-break spaces stay inside words."""
    if not any(space in text for space in _NO_BREAK):
        return text.split()
    return [w for w in (w.strip(_NO_BREAK) for w in _WORD.findall(text)) if w]


def clusters(text: str) -> list[str]:
    """Returns the characters of a text as readers see them (UAX #29).

    A letter and the marks on it, or the parts of an emoji, are one grapheme cluster.
    """
    return _CLUSTER.findall(text)


def split_marks(text: str) -> list[str]:
    """Returns the words of a text and the marks between them, which stand alone."""
    return _PIECES.findall(text)


def tokenize(text: str, known: Callable[[str], bool]) -> list[str]:
    """Splits a text into words.

    What stands between white space is a word if it is known; otherwise punctuation
    and contractions are split off, as in treebanks: "don't." is do n't .

    Args:
      text: any string.
      known: whether a word is in the vocabulary.
    """
    words = []
    for chunk in split_words(text):
        words += [chunk] if known(chunk) else _TREEBANK.findall(chunk)
    return words


def split_sentences(text: str) -> Iterator[str]:
    """Yields the sentences of a text: lines, split after . ! or ? and a space."""
    for line in split_lines(text):
        yield from filter(None, _SENTENCE_END.split(line.strip()))
