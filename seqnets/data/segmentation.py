"""A side of a translation: how a line becomes ids, and ids become a line.

The units are words, characters or subwords, and `decode(encode(line)) == line`, but for
white space, which becomes single spaces, and for what the vocabulary lacks. Among words
a sign shows where there is no space, so that the text can be put together again:

    I don't (really).       I do ￭n't (￭ really ￭) ￭.
"""

import dataclasses
import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import regex

from seqnets.checks import require_choice
from seqnets.data.vocabulary import EOS, UNK, Vocabulary

if TYPE_CHECKING:  # `tokenizers` comes with the experiments.
    from seqnets.data.subwords import Subwords

UNITS = ("word", "char", "subword")
JOINED = "￭"  # On the side of a word on which there is no space.
SPACE = "▁"  # Of a subword that begins a word.

# Contractions are words of their own, as in treebanks: do n't, man 's. So is every mark
# (a cluster of characters, as emojis are), and a hyphen parts words.
_WORD = regex.compile(
    rf"{UNK}|\w+(?=n['’]t\b)|n['’]t\b|(?<=\w)['’]\w+|\w+|(?![\w\s])\X"
)
_LETTER = regex.compile(rf"\w|{UNK}")


@dataclasses.dataclass(frozen=True, eq=False)
class Segmenter:
    """The unit of a side, and its vocabulary; two sides can share one.

    No text has `<EOS>` among its symbols, whatever stands in it.

    Attributes:
      unit: "word", "char" or "subword".
      lowercase: whether upper case becomes lower case.
      vocabulary: a `Vocabulary` of words or characters, or `Subwords`.
    """

    unit: str
    lowercase: bool
    vocabulary: "Vocabulary | Subwords"

    def __post_init__(self):
        require_choice(self, "unit", self.unit, UNITS)

    @classmethod
    def make(
        cls,
        lines: Iterable[str],
        unit: str,
        *,
        lowercase: bool = False,
        size: int | None = None,
        min_count: int = 1,
    ) -> "Segmenter":
        """Counts the symbols of some lines, or learns subwords from them.

        Args:
          lines: of the training split; of both sides, where they are to share symbols.
          unit: "word", "char" or "subword".
          lowercase: whether upper case becomes lower case.
          size: how many symbols at most, with `<EOS>` and `<UNK>`; None = all. Subwords
            need a number.
          min_count: rarer words or characters are left out, and rarer pairs not joined.

        Raises:
          ValueError: for another unit, or subwords without a size.
        """
        made = cls(unit, lowercase, Vocabulary((EOS, UNK)))
        texts = map(made.normalised, lines)
        if unit != "subword":
            symbols = map(mark_words, texts) if unit == "word" else texts
            found = Vocabulary.count(symbols, max_size=size, min_count=min_count)
        elif size is None:
            raise ValueError("subwords need a size: how many symbols there are to be")
        else:
            from seqnets.data.subwords import Subwords

            found = Subwords.train(texts, size, min_count=min_count)
        return dataclasses.replace(made, vocabulary=found)

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
        """Returns a line with single spaces, without signs, in the right case."""
        line = line.translate({ord(JOINED): " ", ord(SPACE): " "})
        return " ".join((line.lower() if self.lowercase else line).split())

    def tokens(self, line: str, limit: int | None = None) -> list[str]:
        """Returns the symbols of a line, N of them, unknown ones as they are.

        Of an unknown character among subwords, `<UNK>`.

        Args:
          line: any text.
          limit: how many symbols at most, the first ones; None = all.
        """
        text = self._begin(line, limit)
        if self.unit == "subword":
            return self.vocabulary.tokens(text)[:limit]
        return (mark_words(text) if self.unit == "word" else list(text))[:limit]

    def encode(self, line: str, limit: int | None = None) -> np.ndarray:
        """Returns the ids of a line, int32 [N], without `eos`; see `tokens`."""
        text = self._begin(line, limit)
        symbols = mark_words(text) if self.unit == "word" else text
        return self.vocabulary.encode(symbols)[:limit]

    def exceeds(self, line: str, limit: int) -> bool:
        """Tells whether a line has more than `limit` symbols."""
        return len(self.tokens(line, limit + 1)) > limit

    def _begin(self, line: str, limit: int | None) -> str:
        """Returns a normalised line, of a long one as much as has `limit` symbols."""
        text = self.normalised(line)
        if limit is None or self.unit == "char":
            return text[:limit]
        # No symbol is of two words: the first ones have as many symbols, or more.
        return " ".join(text.split(" ", limit)[:limit])

    def unknown(self, line: str, limit: int | None = None) -> list[str]:
        """Returns the words or characters of a line that the vocabulary lacks.

        Those among its first `limit` symbols, or, of subwords, words.
        """
        if self.unit == "subword":
            return self.vocabulary.unknown(self._begin(line, limit))
        return [bare(t) for t in self.tokens(line, limit) if t not in self.vocabulary]

    def decode(self, ids: Iterable[int]) -> str:
        """Writes ids as a line, up to the first `eos`; what is unknown as `<UNK>`."""
        symbols = []
        for id in ids:
            if id == self.eos:
                break
            symbols.append(self.symbols[id])
        return self.join(symbols)

    def join(self, symbols: Sequence[str]) -> str:
        """Writes symbols, as `tokens` gives them, as a line."""
        if self.unit == "word":
            return join_words(symbols)
        return "".join(symbols).replace(SPACE, " ").strip()

    def to_json(self) -> str:
        """Returns unit, case and symbols as JSON."""
        vocabulary = json.loads(self.vocabulary.to_json())
        own = {"unit": self.unit, "lowercase": self.lowercase, "vocabulary": vocabulary}
        return json.dumps(own, ensure_ascii=False, indent=0) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Segmenter":
        """Reads what `to_json` wrote.

        Raises:
          ValueError: the text is something else.
        """
        try:
            own = json.loads(text)
            unit, lowercase, vocabulary = (
                own[name] for name in ("unit", "lowercase", "vocabulary")
            )
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"no unit with its vocabulary: {error!r}") from None
        kind = Vocabulary
        if unit == "subword":
            from seqnets.data.subwords import Subwords as kind
        found = kind.from_json(json.dumps(vocabulary, ensure_ascii=False))
        return cls(unit, lowercase, found)


def words(line: str) -> list[str]:
    """Returns the words and marks of a line, without signs, as BLEU counts them."""
    return list(map(bare, mark_words(line)))


def bare(symbol: str) -> str:
    """Returns a symbol without the signs of its spaces, to be shown."""
    return symbol.strip(JOINED + SPACE) or symbol


def mark_words(line: str) -> list[str]:
    """Returns the words and marks of a line, with a sign where there is no space.

    The sign is on the mark and not on the word that it touches, between two words on
    the second one: `(` in "(so" is `(￭`, and "n't" in "don't" is `￭n't`.
    """
    found, end, lettered = [], -1, False
    for match in _WORD.finditer(line.replace(JOINED, " ")):
        word = match.group()
        was, lettered = lettered, bool(_LETTER.match(word))
        if match.start() == end:
            if lettered and not was:
                found[-1] += JOINED
            else:
                word = JOINED + word
        found.append(word)
        end = match.end()
    return found


def join_words(symbols: Iterable[str]) -> str:
    """Writes words as a line: `mark_words` undone."""
    line, joined = "", True
    for symbol in symbols:
        if not joined and not symbol.startswith(JOINED):
            line += " "
        line += symbol.strip(JOINED)
        joined = symbol.endswith(JOINED)
    return line
