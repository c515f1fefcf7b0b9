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
from seqnets.data.files import Place
from seqnets.data.vocabulary import tokenize
from seqnets.datasets import dataset
from seqnets.datasets.dataset import SPLITS, Dataset

Tokens = Sequence[str]  # A `str` of characters, or a list of words.
Parts = Mapping[str, Sequence[Tokens]]  # The documents of each split.


class Text(NamedTuple):
    """A document: a `str` of characters, or words with `<EOS>` at line ends."""

    tokens: Tokens


def of_parts(name: str, unit: str, read: Callable[[], Parts]) -> Dataset:
    """Names a data set of documents.

    Args:
      name: name for error messages.
      unit: "char" or "word".
      read: returns the documents of each split.

    Raises:
      ValueError: another unit; or, when the texts are read, an empty part.
    """
    tokenize("", unit)  # A wrong unit is refused before megabytes are read.

    def splits() -> dict[str, list[Text]]:
        parts = read()
        for split, documents in parts.items():
            if not any(map(len, documents)):
                raise ValueError(f"text {name!r}: the {split} part is empty")
        return {split: list(map(Text, found)) for split, found in parts.items()}

    return Dataset(splits, lambda _: {"unit": unit})


def read_own(
    place: Place, *, unit: str = "char", pattern: str | None = None
) -> Dataset:
    """Reads a text, or texts, in the plain format.

    Args:
      place: a file or a folder.
      unit: "char" or "word".
      pattern: which files of a folder are documents, such as "**/*.c".

    Raises:
      ValueError: a pattern with a file; a text that is empty, unreadable or not UTF-8;
        a pattern that matches fewer than three files.
    """

    def read() -> Parts:
        path = place.path
        if pattern is not None and path.is_dir():
            return _matching(path, unit, pattern)
        if pattern is not None:
            raise ValueError(
                f"a pattern goes with a folder, not with the file {str(path)!r}"
            )
        if place.files or path.is_file():
            return cut(read_text(path), unit)
        paths = place.parts().items()
        return {split: [tokenize(read_text(path), unit)] for split, path in paths}

    return of_parts(place.name, unit, read)


def read_tinyshakespeare(place: Place, *, unit: str = "char") -> Dataset:
    """Reads plays in nanoGPT's split: 90 % to train, the rest to validate and test."""

    def read() -> Parts:
        parts = cut(read_text(place.path), unit, (0.9, 1.0))
        return parts | {"test": parts["valid"]}

    return of_parts(place.name, unit, read)


def _matching(folder: Path, unit: str, pattern: str) -> Parts:
    try:
        paths = sorted(path for path in folder.glob(pattern) if path.is_file())
    except (NotImplementedError, ValueError, IndexError) as error:
        reason = str(error).rstrip(".")
        raise ValueError(
            f"the pattern {pattern!r} cannot be: {reason}; give one such as '**/*.txt',"
            f" from the folder {folder} on"
        ) from None
    if ".." in Path(pattern).parts:
        raise ValueError(f"the pattern {pattern!r} leaves the folder {folder}")
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
    places = (int(bound * len(tokens)) for bound in bounds)
    return {split: [part] for split, part in dataset.cut(tokens, *places).items()}


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
    filled, part_of = collections.Counter(), {}
    for i, group in enumerate(sorted(sizes, key=_hash)):
        wanting = (part for part in ("valid", "test") if filled[part] < enough)
        part = ("valid", "test", "train")[i] if i < 3 else next(wanting, "train")
        filled[part] += sizes[group]
        part_of[group] = part
    parts = {split: [] for split in SPLITS}
    for name, text in texts.items():
        parts[part_of[key(name)]].append(tokenize(text, unit))
    return parts


def _hash(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
