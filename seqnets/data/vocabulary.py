"""Symbols and their ids, and how a text becomes a sequence of symbols.

A document is a sequence of symbols: a `str` of characters, or a list of words. The
symbol `<EOS>` ends a document; in a text of words, and in the Penn Treebank, it also
ends each line. `<UNK>` stands for every symbol that the vocabulary lacks.
"""

import collections
import dataclasses
import functools
import json
from collections.abc import Iterable, Sequence

import numpy as np

from seqnets.data.tokenization import split_words

EOS = "<EOS>"
UNK = "<UNK>"
UNITS = ("char", "word")


def tokenize(text: str, unit: str) -> Sequence[str]:
    """Cuts a text into symbols.

    Args:
      text: any string.
      unit: "char" (the text itself: a `str` is already a sequence of characters) or
        "word" (what white space separates, with `<EOS>` for each line end).

    Raises:
      ValueError: `unit` is neither.
    """
    if unit == "char":
        return text
    if unit == "word":
        *lines, rest = text.split("\n")
        ended = (token for line in lines for token in (*split_words(line), EOS))
        return [*ended, *split_words(rest)]
    raise ValueError(f"unit must be one of {', '.join(UNITS)}, not {unit!r}")


def join(tokens: Iterable[str], unit: str) -> str:
    """Writes symbols as a text to read: `tokenize` undone, `<EOS>` as a line end."""
    if unit not in UNITS:
        raise ValueError(f"unit must be one of {', '.join(UNITS)}, not {unit!r}")
    gap = " " if unit == "word" else ""
    text = "".join("\n" if token == EOS else token + gap for token in tokens)
    return text.replace(" \n", "\n").removesuffix(" ") if gap else text


@dataclasses.dataclass(frozen=True)
class Vocabulary:
    """A set of symbols; the id of a symbol is its place in `symbols`."""

    symbols: tuple[str, ...]

    def __post_init__(self):
        for special in (EOS, UNK):
            if special not in self.symbols:
                raise ValueError(f"a vocabulary needs the symbol {special}")
        if len(self._ids) < len(self.symbols):
            counts = collections.Counter(self.symbols)
            raise ValueError(f"the symbol {counts.most_common(1)[0][0]!r} comes twice")

    @classmethod
    def count(
        cls,
        documents: Iterable[Sequence[str]],
        *,
        max_size: int | None = None,
        min_count: int = 1,
    ) -> "Vocabulary":
        """Counts the symbols of some documents, and keeps the frequent ones.

        `<EOS>` and `<UNK>` come first, then the others by decreasing count, ties in the
        order of their code points. The Penn Treebank's own `<unk>` is taken as `<UNK>`.

        Args:
          documents: each a `str` of characters or a list of words.
          max_size: the most frequent symbols are kept, `max_size` with the specials.
          min_count: rarer symbols are left out.
        """
        counts = collections.Counter()
        for document in documents:
            counts.update(document)
        kept = [
            symbol
            for symbol, count in sorted(
                counts.items(), key=lambda item: (-item[1], item[0])
            )
            if count >= min_count and symbol not in (EOS, UNK, UNK.lower())
        ]
        return cls((EOS, UNK, *kept)[:max_size])

    def __len__(self) -> int:
        return len(self.symbols)

    def __contains__(self, symbol: str) -> bool:
        return symbol in self._ids

    @property
    def eos(self) -> int:
        """The id of `<EOS>`."""
        return self._ids[EOS]

    @property
    def unk(self) -> int:
        """The id of `<UNK>`."""
        return self._ids[UNK]

    @functools.cached_property
    def _ids(self) -> dict[str, int]:
        return {symbol: id for id, symbol in enumerate(self.symbols)}

    @functools.cached_property
    def _ids_by_code_point(self) -> np.ndarray:
        codes = {
            ord(symbol): id for symbol, id in self._ids.items() if len(symbol) == 1
        }
        # The last entry stands for every code point above the largest known one.
        ids = np.full(max(codes, default=0) + 2, self.unk, np.int32)
        ids[list(codes)] = list(codes.values())
        return ids

    def encode(self, tokens: Sequence[str]) -> np.ndarray:
        """Looks symbols up; those that are missing become `unk`.

        Args:
          tokens: a `str` (one symbol a character) or a sequence of N symbols.

        Returns:
          Ids, int32 [N].
        """
        if isinstance(tokens, str):
            # One indexing of a table instead of N dictionary look-ups.
            code_points = np.frombuffer(
                tokens.encode("utf-32-le", "surrogatepass"), np.uint32
            )
            table = self._ids_by_code_point
            return table[np.minimum(code_points, len(table) - 1)]
        ids, unk = self._ids, self.unk
        return np.fromiter((ids.get(token, unk) for token in tokens), np.int32)

    def encode_documents(self, documents: Iterable[Sequence[str]]) -> list[np.ndarray]:
        """Looks documents up, and ends with `eos` each that does not end so already."""
        encoded = []
        for ids in map(self.encode, documents):
            ended = len(ids) > 0 and ids[-1] == self.eos
            encoded.append(ids if ended else np.append(ids, np.int32(self.eos)))
        return encoded

    def decode(self, ids: Iterable[int]) -> list[str]:
        """The symbols of some ids."""
        return [self.symbols[id] for id in ids]

    def to_json(self) -> str:
        """Returns the symbols as a JSON list, one a line."""
        return dump_symbols(self.symbols)

    @classmethod
    def from_json(cls, text: str) -> "Vocabulary":
        """Reads what `to_json` wrote.

        Raises:
          ValueError: the text is something else.
        """
        return cls(parse_symbols(text, "vocabulary"))


def dump_symbols(symbols: Sequence[str]) -> str:
    """Returns symbols as a JSON list, one a line."""
    return json.dumps(symbols, ensure_ascii=False, indent=0) + "\n"


def parse_symbols(text: str, what: str) -> tuple[str, ...]:
    """Reads what `dump_symbols` wrote.

    Raises:
      ValueError: the text is something else, which is no such `what`.
    """
    try:
        symbols = json.loads(text)
    except ValueError as error:
        raise ValueError(f"not a {what}: {error}") from None
    if not isinstance(symbols, list) or not all(isinstance(s, str) for s in symbols):
        raise ValueError(f"not a {what}: expected a list of strings")
    return tuple(symbols)
