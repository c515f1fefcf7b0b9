"""The Stanford sentiment treebank (Socher et al., 2013).

Every phrase of a sentence has a label, from very bad to very good:
`(3 (2 The) (4 (3 good) (2 film)))`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from seqnets.data.files import read_lines
from seqnets.datasets.dataset import SPLITS, Dataset
from seqnets.datasets.labelled import FIVE, Labelled, label_info
from seqnets.datasets.sources import find

# By the number of classes, the name of each label; two classes leave neutral texts out.
NAMES = {
    5: dict(zip("01234", FIVE, strict=True)),
    2: {"0": "bad", "1": "bad", "3": "good", "4": "good"},
}

_TREE = re.compile(r"\(|\)|[^\s()]+")


def read(
    data_dir: str | None = None,
    *,
    classes: int = 5,
    phrases: bool = False,
    lowercase: bool = True,
) -> Dataset:
    """Reads sentences, or phrases, with their labels.

    Args:
      data_dir: folder of the data sets, as in `sources.find`.
      classes: 5, or 2, without neutral texts.
      phrases: whether every labelled phrase is an example of the training split, each
        once; only sentences otherwise. The other splits hold sentences.
      lowercase: whether upper case becomes lower case.

    Raises:
      FileNotFoundError: a file is missing.
      ValueError: for another number of classes, or a line that is no tree.
    """
    if classes not in NAMES:
        raise ValueError(f"sst has 5 classes or 2, not {classes}")
    files = dict(zip(SPLITS, ("train", "dev", "test"), strict=True))

    def read_split(split: str) -> list[Labelled]:
        path = find("sst", f"trees/{files[split]}.txt", data_dir)
        whole = phrases and split == "train"
        found = _read_trees(path, NAMES[classes], whole, lowercase)
        return list(dict.fromkeys(found) if whole else found)

    return Dataset(lambda: {split: read_split(split) for split in SPLITS}, label_info)


def parse_tree(line: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yields the label and the words of each phrase of a tree, the whole one last.

    Raises:
      ValueError: the line is not one tree of labelled words and phrases.
    """
    opened: list[tuple[str, list[str]]] = []
    tokens = _TREE.findall(line)
    for i, token in enumerate(tokens):
        if token == "(":
            opened.append(("", []))
        elif not opened:
            raise ValueError(f"unexpected {token!r}: not a tree")
        elif token != ")":
            label, words = opened[-1]
            opened[-1] = (label, [*words, token]) if label else (token, words)
        else:
            label, words = opened.pop()
            if not label or not words:
                raise ValueError(f"a phrase without {'words' if label else 'a label'}")
            yield label, tuple(words)
            if opened:
                opened[-1][1].extend(words)
            elif i + 1 < len(tokens):
                raise ValueError("words after the end of the tree")
    if opened or not tokens:
        raise ValueError("the tree has no end")


def _read_trees(
    path: Path, names: dict[str, str], phrases: bool, lowercase: bool
) -> Iterator[Labelled]:
    for number, line in enumerate(read_lines(path), 1):
        try:
            spans = list(parse_tree(line.lower() if lowercase else line))
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from None
        for label, words in spans if phrases else spans[-1:]:
            if label in names:
                yield Labelled(names[label], words)
