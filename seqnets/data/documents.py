"""Documents as sentences, in folders: one folder per class, one file per document.

A line of a file is a sentence, its words between white space. Documents are dealt
into ten folds; of the movie reviews of Pang & Lee (2004) by their own numbers.
"""

import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from seqnets.data.files import find, read

FOLDS = 10

_REVIEW = re.compile(r"txt_sentoken/(neg|pos)/cv(\d)\d\d_\d+\.txt")
_END = re.compile(r"(?<=[.!?。！？])\s+")


class Document(NamedTuple):
    label: str
    fold: int
    sentences: tuple[tuple[str, ...], ...]


def read_review_polarity(data_dir: str | None = None) -> list[Document]:
    """Reads the 2,000 movie reviews, fold k being those numbered cv_k00 to cv_k99.

    Raises:
      FileNotFoundError: as `files.find`.
      ValueError: the archive is none, or has no reviews.
    """
    path = find("review_polarity", "review_polarity.tar.gz", data_dir)
    documents = []
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if match := _REVIEW.fullmatch(member.name):
                    text = archive.extractfile(member).read().decode("utf-8")
                    label = {"neg": "bad", "pos": "good"}[match[1]]
                    sentences = cut(text)
                    documents.append(Document(label, int(match[2]), sentences))
    except (OSError, EOFError, tarfile.TarError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: cannot be read: {error}") from None
    if not documents:
        raise ValueError(f"{path}: no reviews in it")
    return documents


def read_folders(folder: Path, *, lowercase: bool = True) -> list[Document]:
    """Reads a user's documents: `folder/CLASS/*.txt`, in folds by alphabet.

    Raises:
      ValueError: fewer than two classes, a class with fewer than ten documents, or a
        document without words.
    """
    classes = sorted(path for path in folder.iterdir() if path.is_dir())
    classes = [path for path in classes if not path.name.startswith(".")]
    if len(classes) < 2:
        raise ValueError(
            f"{folder}: expected a folder for each class, found {len(classes)}"
        )
    documents = []
    for place in classes:
        files = sorted(p for p in place.iterdir() if p.suffix in (".txt", ".gz"))
        if len(files) < FOLDS:
            raise ValueError(
                f"{place}: {len(files)} text files; a class needs {FOLDS}, one a fold"
            )
        for i, path in enumerate(files):
            text = read(path)
            sentences = cut(text.lower() if lowercase else text)
            if not sentences:
                raise ValueError(f"{path}: no words in it")
            documents.append(Document(place.name, i % FOLDS, sentences))
    return documents


def cut(text: str) -> tuple[tuple[str, ...], ...]:
    """Returns the words of each line that has some."""
    lines = (tuple(line.split()) for line in text.splitlines())
    return tuple(words for words in lines if words)


def sentences(text: str) -> Iterator[str]:
    """Cuts a text that was not cut into lines: behind . ! or ? and a space."""
    for line in text.splitlines():
        yield from filter(None, _END.split(line.strip()))


def deal(documents: list[Document], fold: int) -> dict[str, list[Document]]:
    """Returns the parts: a fold to test, the next to validate, the others to train."""
    valid = (fold + 1) % FOLDS
    of = {fold: "test", valid: "valid"}
    parts: dict[str, list[Document]] = {"train": [], "valid": [], "test": []}
    for document in documents:
        parts[of.get(document.fold, "train")].append(document)
    return parts
