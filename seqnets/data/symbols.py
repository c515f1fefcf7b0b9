"""A side of a translation whose symbols stand between spaces, such as `+ n1 3.14`."""

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np

from seqnets.data.vocabulary import EOS, UNK, Vocabulary


@dataclasses.dataclass(frozen=True, eq=False)
class Symbols:
    """Symbols between spaces, read and written as they are; see `Segmenter`.

    Attributes:
      vocabulary: of the symbols.
    """

    vocabulary: Vocabulary
    unit = "symbol"

    @classmethod
    def of(cls, symbols: Iterable[str]) -> "Symbols":
        """Returns a side of some symbols; one that comes twice counts once."""
        return cls(Vocabulary((EOS, UNK, *sorted(set(symbols) - {EOS, UNK}))))

    @classmethod
    def count(
        cls, lines: Iterable[str], *, size: int | None = None, min_count: int = 1
    ) -> "Symbols":
        """Counts the symbols of some lines; `size` and `min_count` as `Segmenter`'s."""
        lines = map(str.split, lines)
        return cls(Vocabulary.count(lines, max_size=size, min_count=min_count))

    def __len__(self) -> int:
        return len(self.vocabulary)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols, by id."""
        return self.vocabulary.symbols

    @property
    def eos(self) -> int:
        """The id of `<EOS>`, which no line is encoded with."""
        return self.vocabulary.eos

    @property
    def unk(self) -> int:
        """The id of `<UNK>`."""
        return self.vocabulary.unk

    def normalised(self, line: str) -> str:
        """Returns a line with single spaces."""
        return self.join(line.split())

    def tokens(self, line: str, limit: int | None = None) -> list[str]:
        """Returns the symbols of a line, unknown ones as they are; `limit` at most."""
        return [UNK if symbol == EOS else symbol for symbol in line.split()[:limit]]

    def encode(self, line: str, limit: int | None = None) -> np.ndarray:
        """Returns the ids of a line, int32 [N], without `eos`; see `tokens`."""
        return self.vocabulary.encode(self.tokens(line, limit))

    def exceeds(self, line: str, limit: int) -> bool:
        """Tells whether a line has more than `limit` symbols."""
        return len(self.tokens(line, limit + 1)) > limit

    def unknown(self, line: str, limit: int | None = None) -> list[str]:
        """Returns the symbols that the vocabulary lacks, among the first `limit`."""
        return [s for s in self.tokens(line, limit) if s not in self.vocabulary]

    def decode(self, ids: Iterable[int]) -> str:
        """Writes ids as a line, up to the first `eos`; what is unknown as `<UNK>`."""
        symbols = []
        for id in ids:
            if id == self.eos:
                break
            symbols.append(self.symbols[id])
        return self.join(symbols)

    def join(self, symbols: Sequence[str]) -> str:
        """Writes symbols as a line."""
        return " ".join(symbols)

    def to_json(self) -> str:
        """Returns the symbols as JSON."""
        return self.vocabulary.to_json()

    @classmethod
    def from_json(cls, text: str) -> "Symbols":
        """Reads what `to_json` wrote.

        Raises:
          ValueError: the text is something else.
        """
        return cls(Vocabulary.from_json(text))
