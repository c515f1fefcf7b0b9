"""Lexicons: the words that may stand in a text written without spaces.

    南京市长江大桥      南京, 南京市, 市长, 长江, 江大桥, 大桥 and 长江大桥 are in it

A lattice reads them beside the characters (Zhang & Yang, 2018).
"""

import json
import operator
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from seqnets.data import files
from seqnets.datasets import sources, synthetic_ner

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
        node = self._trie
        for symbol in word:
            node = node.get(symbol)
            if node is None:
                return False
        return None in node

    def to_json(self) -> str:
        """Returns the words as a JSON list, one a line."""
        return json.dumps(self.words, ensure_ascii=False, indent=0) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Lexicon":
        """Reads what `to_json` wrote.

        Raises:
          ValueError: the text is something else.
        """
        words = json.loads(text)
        if not isinstance(words, list) or not all(isinstance(w, str) for w in words):
            raise ValueError("not a lexicon: expected a list of strings")
        return cls(words)

    def matches(self, text: Sequence[str], *, least: int = 2) -> list[Match]:
        """Finds all words in a text, those that overlap too.

        Args:
          text: a `str`, or a sequence of symbols; one that is more than a character
            is part of no word.
          least: the characters of the shortest word that counts.

        Returns:
          Ordered by end, and then by begin: of those with one end the longest first.
        """
        found = []
        for begin in range(len(text)):
            node, end = self._trie, begin
            while end < len(text) and (node := node.get(text[end])) is not None:
                end += 1
                if None in node and end - begin >= least:
                    found.append(Match(begin, end, node[None]))
        found.sort(key=operator.attrgetter("end", "begin"))
        return found

    def longest(self, text: Sequence[str]) -> list[Match]:
        """Cuts a text into words from left to right, each the longest that matches.

        Returns:
          Matches that cover the text: words, and single symbols where none begins.
        """
        found, begin = [], 0
        while begin < len(text):
            match = Match(begin, begin + 1, text[begin])
            node, end = self._trie, begin
            while end < len(text) and (node := node.get(text[end])) is not None:
                end += 1
                if None in node:
                    match = Match(begin, end, node[None])
            found.append(match)
            begin = match.end
        return found


def read_lexicon(path: Path) -> Lexicon:
    """Reads a file of lines `word frequency`; a part of speech, or more, may follow.

    Raises:
      ValueError: for a line that is something else, with its number.
    """
    words = []
    for number, line in enumerate(files.read_lines(path), 1):
        word, *rest = line.split() or [""]
        if not rest or not _is_number(rest[0]):
            what = "is empty" if not word else f"is {line.strip()[:40]!r}"
            raise ValueError(
                f"{path}, line {number}, {what}: expected `word frequency`, as in"
                " 北京 34488 ns"
            )
        words.append(word)
    return Lexicon(words)


def load_lexicon(name: str, data_dir: str | os.PathLike | None = None) -> Lexicon:
    """Loads a lexicon.

    Args:
      name: "zh_lexicon" (the smaller dictionary of jieba), "synthetic_ner" (the words
        of its generated sentences), or a path as `read_lexicon` takes it.
      data_dir: as in `sources.find`.

    Raises:
      FileNotFoundError: there is no such lexicon.
      ValueError: for a bad line, with file and number.
    """
    match name:
        case "synthetic_ner":
            return Lexicon(synthetic_ner.LEXICON)
        case "zh_lexicon":
            return read_lexicon(sources.find(name, "dict.txt.small", data_dir))
    if not Path(name).is_file():
        known = " or ".join(KNOWN)
        raise FileNotFoundError(f"no lexicon {str(name)!r}: not a file, nor {known}")
    return read_lexicon(Path(name))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
