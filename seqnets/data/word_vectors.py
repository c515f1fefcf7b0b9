"""Word vectors in text files, as GloVe, word2vec and fastText write them.

    the 0.418 0.24968 ...        a word, then its D numbers, separated by spaces

The first line may hold the number of words and D instead. Files may be gzipped.
"""

import codecs
import gzip
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

_GZIP = b"\x1f\x8b"


class WordVectors(NamedTuple):
    """The vectors of some words.

    Attributes:
      dim: their width D.
      vectors: [D] float32, by word.
    """

    dim: int
    vectors: dict[str, np.ndarray]

    def find(self, word: str) -> np.ndarray | None:
        """Returns the vector [D] of a word, or else that of its lower case, or None."""
        found = self.vectors.get(word)
        return self.vectors.get(word.lower()) if found is None else found


def read(path: str | Path, words: Collection[str]) -> WordVectors:
    """Reads the vectors of some words, and of their lower case.

    Every line must have D values; those of words that are not kept are only counted.
    Of a word that comes twice, the first vector counts.

    Args:
      path: of the file.
      words: those that are kept.

    Raises:
      ValueError: the file cannot be read, is empty or cut, or a line has another
        number of values than the first, or a kept word values that are not finite
        numbers; the line is named.
    """
    path, vectors = Path(path), {}
    kept = {*words, *map(str.lower, words)}
    try:
        with _open(path) as file:
            (count, dim), lines = _header(path, enumerate(file, 1))
            number, rows = 0, 0
            for number, line in lines:
                if not (line := line.rstrip(b" \r\n")):
                    continue
                rows += 1
                word, values = _split(path, number, line, dim)
                if word in kept and word not in vectors:
                    vectors[word] = _vector(path, number, values)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(f"{path}: cannot be read: {reason}") from None
    if count not in (None, rows):
        raise ValueError(
            f"{path}: the file is cut: its first line promises {count:,} words, and"
            f" {rows:,} are there"
        )
    return WordVectors(dim, vectors)


def _open(path: Path) -> BinaryIO:
    file = path.open("rb")
    if file.peek(2)[:2] == _GZIP:
        return gzip.open(file)
    return file


def _header(
    path: Path, lines: Iterator[tuple[int, bytes]]
) -> tuple[tuple[int | None, int], Iterator[tuple[int, bytes]]]:
    """Returns the number of words, where it is given, and D; and the lines of words."""
    number, first = next(lines, (1, b""))
    first = first.removeprefix(codecs.BOM_UTF8)
    parts = first.split()
    if len(parts) == 2 and all(part.isdigit() for part in parts):
        return (int(parts[0]), int(parts[1])), lines
    if len(parts) < 2:
        _require_text(path, number, first)
        raise ValueError(
            f"{path}, line {number}: no word vectors: a line is a word and its numbers,"
            " separated by spaces"
        )

    def again() -> Iterator[tuple[int, bytes]]:
        yield number, first
        yield from lines

    return (None, len(parts) - 1), again()


def _split(path: Path, number: int, line: bytes, dim: int) -> tuple[str, bytes]:
    """Returns the word of a line, which may have spaces in it, and its values."""
    found = line.count(b" ")
    word, _, values = line.partition(b" ")
    if found > dim:
        word, *rest = line.rsplit(b" ", dim)
        word, values, found = word.rstrip(b" "), b" ".join(rest), dim
        if _is_number(word.rpartition(b" ")[2]):
            found += 1
    if found != dim:
        _require_text(path, number, line)
        more = "more" if found > dim else found
        raise ValueError(
            f"{path}, line {number}: a vector of {dim} values was expected, and there"
            f" are {more}"
        )
    return _require_text(path, number, word), values


def _require_text(path: Path, number: int, found: bytes) -> str:
    """Returns a word, or a whole line, as text; raises ValueError for other bytes."""
    try:
        return found.decode()
    except UnicodeDecodeError:
        raise ValueError(
            f"{path}, line {number}: it is not UTF-8; vectors are read from text files,"
            " not from binary ones"
        ) from None


def _is_number(text: bytes) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _vector(path: Path, number: int, values: bytes) -> np.ndarray:
    try:
        with np.errstate(over="ignore"):
            vector = np.array(values.split(), np.float32)
    except ValueError as error:
        raise ValueError(f"{path}, line {number}: {error}") from None
    if not np.isfinite(vector).all():
        raise ValueError(f"{path}, line {number}: the vector is not finite")
    return vector
