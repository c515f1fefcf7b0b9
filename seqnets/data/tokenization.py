"""Tokenization of typed text, into words and into sentences."""

import re
from collections.abc import Callable, Iterator

_PIECES = re.compile(r"\w+(?=n't\b)|n't\b|'\w+|\w+|[^\w\s]")
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s+")


def tokenize(text: str, known: Callable[[str], bool]) -> list[str]:
    """Splits a text into words.

    What stands between white space is a word if it is known; otherwise punctuation
    and contractions are split off, as in treebanks: "don't." is do n't .

    Args:
      text: any string.
      known: whether a word is in the vocabulary.
    """
    words = []
    for chunk in text.split():
        words += [chunk] if known(chunk) else _PIECES.findall(chunk)
    return words


def split_sentences(text: str) -> Iterator[str]:
    """Yields the sentences of a text: lines, split after . ! or ? and a space."""
    for line in text.splitlines():
        yield from filter(None, _SENTENCE_END.split(line.strip()))
