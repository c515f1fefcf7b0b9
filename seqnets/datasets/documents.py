"""Documents of classes, as sentences; the plain format is a folder for each class.

A file is a document, a line of it a sentence, its words between white space. Documents
are assigned to ten folds, for cross-validation.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from seqnets.data.files import Place, read
from seqnets.data.tokenization import split_lines, split_words
from seqnets.datasets.dataset import Dataset
from seqnets.datasets.labelled import label_info

FOLDS = 10


class Document(NamedTuple):
    """A document of one class.

    Attributes:
      label: name of the class.
      fold: below `FOLDS`.
      sentences: the words of each.
    """

    label: str
    fold: int
    sentences: tuple[tuple[str, ...], ...]


def read_own(place: Place, *, fold: int = 0, lowercase: bool = True) -> Dataset:
    """Reads files `CLASS/*.txt`, which are assigned to folds in alphabetical order.

    Args:
      fold: the one to test; see `folded`.
      lowercase: whether upper case becomes lower case.

    Raises:
      ValueError: fewer than two classes, a class with fewer than ten documents, or a
        document without words.
    """
    return folded(lambda: _read_folders(place.path, lowercase), fold)


def folded(read_all: Callable[[], list[Document]], fold: int) -> Dataset:
    """Returns a data set that tests one fold, validates the next, trains the others.

    Args:
      read_all: reads the documents of all folds.
      fold: the one to test.

    Raises:
      ValueError: there is no such fold.
    """
    check_fold(fold)
    of = {fold: "test", (fold + 1) % FOLDS: "valid"}

    def read_splits() -> dict[str, list[Document]]:
        splits = {"train": [], "valid": [], "test": []}
        for document in read_all():
            splits[of.get(document.fold, "train")].append(document)
        return splits

    return Dataset(read_splits, label_info)


def check_fold(fold: int) -> None:
    """Raises ValueError unless there is a fold of this number."""
    if not 0 <= fold < FOLDS:
        raise ValueError(f"fold must be 0 to {FOLDS - 1}, not {fold}")


def sentences_of(text: str, lowercase: bool = True) -> tuple[tuple[str, ...], ...]:
    """Returns the words of each line that has some."""
    text = text.lower() if lowercase else text
    lines = (tuple(split_words(line)) for line in split_lines(text))
    return tuple(words for words in lines if words)


def _read_folders(folder: Path, lowercase: bool) -> list[Document]:
    if not folder.is_dir():
        raise ValueError(f"{folder}: expected a folder, with a folder for each class")
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
            sentences = sentences_of(read(path), lowercase)
            if not sentences:
                raise ValueError(f"{path}: no words in it")
            documents.append(Document(place.name, i % FOLDS, sentences))
    return documents
