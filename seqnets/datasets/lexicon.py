"""Lexicons: the words that may stand in a text written without spaces.

    南京市长江大桥      南京, 南京市, 市长, 长江, 江大桥, 大桥 and 长江大桥 are in it

A lattice reads them beside the characters (Zhang & Yang, 2018).
"""

import operator
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from seqnets import datasets
from seqnets.data import files
from seqnets.data.vocabulary import dump_symbols, parse_symbols
from seqnets.datasets import synthetic_ner

KNOWN = ("zh_lexicon", "synthetic_ner")


class Match(NamedTuple):
    begin: int
    end: int  # The place after the last character.
    word: str


class Lexicon:
    """A set of words, found wherever they stand in a text.

    The words are kept in a trie, so that looking at one place of a text takes as many
    steps as the longest word that begins there has characters, and one more.

    Attributes:
      words: each once, in the order in which they were given.
    """

    def __init__(self, words: Iterable[str]):
        """Builds the trie of some words.

        Raises:
          ValueError: a word is empty.
        """
        self.words = tuple(dict.fromkeys(words))
        # A node maps a character to the next node, and None to the word that ends here.
        self._trie: dict = {}
        for word in self.words:
            if not word:
                raise ValueError("a lexicon has no empty word")
            node = self._trie
            for symbol in word:
                node = node.setdefault(symbol, {})
            node[None] = word

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return any(end == len(word) for end, _ in self._ends(word, 0))

    def to_json(self) -> str:
        """Returns the words as a JSON list, one a line."""
        return dump_symbols(self.words)

    @classmethod
    def from_json(cls, text: str) -> "Lexicon":
        """Reads what `to_json` wrote.

        Raises:
          ValueError: the text is something else.
        """
        return cls(parse_symbols(text, "lexicon"))

    def _ends(self, text: Sequence[str], begin: int) -> Iterator[tuple[int, str]]:
        """Yields the end of each word that begins at a place, and the word."""
        node, end = self._trie, begin
        while end < len(text) and (node := node.get(text[end])) is not None:
            end += 1
            if None in node:
                yield end, node[None]

    def matches(self, text: Sequence[str], *, least: int = 2) -> list[Match]:
        """Finds all words in a text, those that overlap too.

        Args:
          text: a `str`, or a sequence of symbols; one that is more than a character
            is part of no word.
          least: the characters of the shortest word that counts.

        Returns:
          Ordered by end, and then by begin: of those with one end the longest first.
        """
        found = [
            Match(begin, end, word)
            for begin in range(len(text))
            for end, word in self._ends(text, begin)
            if end - begin >= least
        ]
        found.sort(key=operator.attrgetter("end", "begin"))
        return found

    def longest(self, text: Sequence[str]) -> list[Match]:
        """Cuts a text into words from left to right, each the longest that matches.

        Returns:
          Matches that cover the text: words, and single symbols where none begins.
        """
        found, begin = [], 0
        while begin < len(text):
            single = begin + 1, text[begin]
            *_, (end, word) = single, *self._ends(text, begin)
            found.append(Match(begin, end, word))
            begin = end
        return found


def read_lexicon(path: Path) -> Lexicon:
    """Reads a file of lines `word frequency`; a part of speech, or more, may follow.

    Raises:
      ValueError: for a line that is something else, with its number.
    """
    return Lexicon(files.parse_lines(path, _parse))


def load_lexicon(name: str, data_dir: str | os.PathLike | None = None) -> Lexicon:
    """Loads a lexicon.

    Args:
      name: "zh_lexicon" (the smaller dictionary of jieba), "synthetic_ner" (the words
        of its generated sentences), or a path as `read_lexicon` takes it.
      data_dir: as in `datasets.find_place`.

    Raises:
      FileNotFoundError: there is no such lexicon.
      ValueError: for a bad line, with file and number.
    """
    match name:
        case "synthetic_ner":
            return Lexicon(synthetic_ner.LEXICON)
        case "zh_lexicon":
            return read_lexicon(datasets.find_place(name, data_dir).path)
    if not Path(name).is_file():
        known = " or ".join(KNOWN)
        raise FileNotFoundError(f"no lexicon {str(name)!r}: not a file, nor {known}")
    return read_lexicon(Path(name))


def _parse(line: str) -> str:
    word, *rest = files.columns(line) or [""]
    try:
        float(rest[0] if word else "")
    except (IndexError, ValueError):
        raise files.unexpected(line, "`word frequency`, as in 北京 34488 ns") from None
    return word
