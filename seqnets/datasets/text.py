"""Running texts, for language models: the kind "text".

The plain format is a UTF-8 file (90 % train, 5 % valid, 5 % test, in that order); a
folder with `train.txt`, `valid.txt` (or `dev.txt`) and `test.txt`; or any folder with a
pattern of its files, each a document, split 90/5/5 by a hash of their paths. A split is
deterministic: published, by position in one text, or by a hash among many documents.
"""

import collections
import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from seqnets.data import files
from seqnets.data.vocabulary import tokenize
from seqnets.datasets.dataset import SPLITS, Dataset
from seqnets.datasets.sources import find

Tokens = Sequence[str]  # A `str` of characters, or a list of words.
Parts = Sequence[Sequence[Tokens]]  # The documents of train, valid and test.


class Text(NamedTuple):
    """A document: a `str` of characters, or words with `<EOS>` at line ends."""

    tokens: Tokens


def of_parts(name: str, unit: str, read: Callable[[], Parts]) -> Dataset:
    """Names a data set of documents.

    Args:
      name: name for error messages.
      unit: "char" or "word".
      read: returns the documents of "train", "valid" and "test".

    Raises:
      ValueError: another unit; or, when the texts are read, an empty part.
    """
    tokenize("", unit)  # A wrong unit is refused before megabytes are read.

    def splits() -> dict[str, list[Text]]:
        found = {}
        for split, documents in zip(SPLITS, read(), strict=True):
            if not any(map(len, documents)):
                raise ValueError(f"text {name!r}: the {split} part is empty")
            found[split] = list(map(Text, documents))
        return found

    return Dataset(splits, lambda _: {"unit": unit})


def read_own(path: Path, *, unit: str = "char", pattern: str | None = None) -> Dataset:
    """Reads a user's own text; see above for the plain format.

    Args:
      path: path of a file or folder.
      unit: "char" or "word".
      pattern: which files of a folder are documents, such as "**/*.c".

    Raises:
      ValueError: a pattern with a file; a text that is empty, unreadable or not UTF-8;
        a pattern that matches fewer than three files.
      FileNotFoundError: a part of a folder is missing.
    """
    if path.is_file():
        if pattern is not None:
            raise ValueError(
                f"a pattern goes with a folder, not with the file {str(path)!r}"
            )
        return of_parts(str(path), unit, lambda: cut(read_text(path), unit))
    if pattern is not None:
        return of_parts(str(path), unit, lambda: _matching(path, unit, pattern))
    hint = "; for a folder of source files, give a pattern such as '**/*.c'"
    found = files.find_parts(path, hint=hint)
    return of_parts(
        str(path),
        unit,
        lambda: [[tokenize(read_text(p), unit)] for p in found.values()],
    )


def read_tinyshakespeare(data_dir: str | None = None, *, unit: str = "char") -> Dataset:
    """Reads plays in nanoGPT's split: 90 % to train, the rest to validate and test."""

    def read() -> Parts:
        text = read_text(find("tinyshakespeare", "input.txt", data_dir))
        train, valid, _ = cut(text, unit, (0.9, 1.0))
        return train, valid, valid

    return of_parts("tinyshakespeare", unit, read)


def read_linux_kernel(data_dir: str | None = None, *, unit: str = "char") -> Dataset:
    """Reads C sources, one after the other."""

    def read() -> Parts:
        hint = (
            "it cannot be fetched: put it there, set SEQNETS_DATA, or give a kernel's"
        )
        hint += " source tree as the corpus, with a pattern '**/*.c'"
        return cut(
            read_text(files.find("linux_kernel", "input.txt", data_dir, hint=hint)),
            unit,
        )

    return of_parts("linux_kernel", unit, read)


def read_wangfeng(data_dir: str | None = None, *, unit: str = "char") -> Dataset:
    """Reads song lyrics, one after the other."""

    def read() -> Parts:
        return cut(read_text(find("wangfeng", "input.txt", data_dir)), unit)

    return of_parts("wangfeng", unit, read)


def _matching(folder: Path, unit: str, pattern: str) -> Parts:
    paths = sorted(path for path in folder.glob(pattern) if path.is_file())
    texts = {path.relative_to(folder).as_posix(): files.read(path) for path in paths}
    texts = {name: text for name, text in texts.items() if text.strip()}
    if len(texts) < 3:
        raise ValueError(
            f"{folder}: the pattern {pattern!r} matches {len(texts)} files with text in"
            " them; train, valid and test need one each"
        )
    return deal(texts, unit)


def read_text(path: Path) -> str:
    """Reads a file as `files.read`.

    Raises:
      ValueError: there is nothing in it.
    """
    text = files.read(path)
    if not text.strip():
        raise ValueError(f"{path}: the text is empty")
    return text


def cut(text: str, unit: str, bounds: tuple[float, float] = (0.9, 0.95)) -> Parts:
    """Cuts a text into three documents, at shares of its length in symbols."""
    tokens = tokenize(text, unit)
    first, second = (int(bound * len(tokens)) for bound in bounds)
    return [tokens[:first]], [tokens[first:second]], [tokens[second:]]


def deal(texts: Mapping[str, str], unit: str, key: Callable[[str], str] = str) -> Parts:
    """Deals texts out: about 5 % of the characters valid, 5 % test, 90 % train.

    The order of hashes decides, so that a text seldom changes sides when others come
    and go; three names are enough for three parts. The order within a part is kept.

    Args:
      texts: name -> text.
      unit: "char" or "word".
      key: texts whose names have one key stay together.
    """
    sizes = collections.Counter()
    for name, text in texts.items():
        sizes[key(name)] += len(text)
    enough = sizes.total() / 20
    filled, part_of = [0, 0, 0], {}
    for i, group in enumerate(sorted(sizes, key=_hash)):
        part = 1 if filled[1] < enough else 2 if filled[2] < enough else 0
        part = (1, 2, 0)[i] if i < 3 else part
        filled[part] += sizes[group]
        part_of[group] = part
    parts = [], [], []
    for name, text in texts.items():
        parts[part_of[key(name)]].append(tokenize(text, unit))
    return parts


def _hash(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
