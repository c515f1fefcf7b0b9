"""The Stanford sentiment treebank (Socher et al., 2013).

Every phrase of a sentence has a label, from very bad to very good:
`(3 (2 The) (4 (3 good) (2 film)))`.
"""

import functools
from collections.abc import Iterator
from pathlib import Path

from seqnets.data.files import Place, parse_lines
from seqnets.datasets import trees
from seqnets.datasets.dataset import Dataset
from seqnets.datasets.labelled import FIVE, Labelled, label_info
from seqnets.datasets.trees import Tree

# By the number of classes, the name of each label; two classes leave neutral texts out.
NAMES = {
    5: dict(zip("01234", FIVE, strict=True)),
    2: {"0": "bad", "1": "bad", "3": "good", "4": "good"},
}


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
    names = _names(classes)

    def parse(line: str) -> list[tuple[str, tuple[str, ...]]]:
        return list(parse_tree(line.lower() if lowercase else line))

    def read_split(split: str, path: Path) -> list[Labelled]:
        whole = phrases and split == "train"
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


def read_trees(place: Place, *, classes: int = 5, lowercase: bool = True) -> Dataset:
    """Reads sentences as trees, every phrase with its label.

    Args:
      classes: 5, or 2: neutral phrases are then not asked for, and neutral sentences
        are left out.
      lowercase: whether upper case becomes lower case.

    Raises:
      ValueError: for another number of classes, or a line that is no tree.
    """
    names = _names(classes)

    def read_split(path: Path) -> list[Tree]:
        parse = functools.partial(trees.parse, lowercase=lowercase)
        named = (
            tree._replace(labels=tuple(map(names.get, tree.labels)))
            for tree in parse_lines(path, parse)
        )
        return [tree for tree in named if tree.labels[-1] is not None]

    return Dataset(
        lambda: {s: read_split(path) for s, path in place.parts().items()},
        trees.tree_info,
    )


def parse_tree(line: str) -> Iterator[tuple[str | None, tuple[str, ...]]]:
    """Yields the label and the words of each phrase of a tree, the whole one last.

    Raises:
      ValueError: the line is not one tree of labelled words and phrases.
    """
    return trees.spans(trees.parse(line))


def _names(classes: int) -> dict[str, str]:
    if classes not in NAMES:
        raise ValueError(f"sst has 5 classes or 2, not {classes}")
    return NAMES[classes]
