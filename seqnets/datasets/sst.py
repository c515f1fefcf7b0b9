"""The Stanford sentiment treebank (Socher et al., 2013).

Every phrase of a sentence has a label, from very bad to very good:
`(3 (2 The) (4 (3 good) (2 film)))`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from seqnets.data.files import Place, parse_lines
from seqnets.datasets.dataset import Dataset
from seqnets.datasets.labelled import FIVE, Labelled, label_info

# By the number of classes, the name of each label; two classes leave neutral texts out.
NAMES = {
    5: dict(zip("01234", FIVE, strict=True)),
    2: {"0": "bad", "1": "bad", "3": "good", "4": "good"},
}

_TREE = re.compile(r"\(|\)|[^\s()]+")


def read(
    place: Place,
    *,
    classes: int = 5,
    phrases: bool = False,
    lowercase: bool = True,
) -> Dataset:
    """Reads sentences, or phrases, with their labels.

    Args:
      classes: 5, or 2, without neutral texts.
      phrases: whether every labelled phrase is an example of the training split, each
        once; only sentences otherwise. The other splits hold sentences.
      lowercase: whether upper case becomes lower case.

    Raises:
      ValueError: for another number of classes, or a line that is no tree.
    """
    if classes not in NAMES:
        raise ValueError(f"sst has 5 classes or 2, not {classes}")

    def parse(line: str) -> list[tuple[str, tuple[str, ...]]]:
        return list(parse_tree(line.lower() if lowercase else line))

    def read_split(split: str, path: Path) -> list[Labelled]:
        whole, names = phrases and split == "train", NAMES[classes]
        found = [
            Labelled(names[label], words)
            for spans in parse_lines(path, parse)
            for label, words in (spans if whole else spans[-1:])
            if label in names
        ]
        return list(dict.fromkeys(found)) if whole else found

    return Dataset(
        lambda: {s: read_split(s, path) for s, path in place.parts().items()},
        label_info,
    )


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
