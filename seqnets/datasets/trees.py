"""Trees with a label at their nodes; the plain format is a bracketed tree a line.

`(good (_ not) (bad bad))`: a node is its label, its word where it has one, and its
children. The label `_` is not asked for. So the Stanford treebank is written as well.
"""

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from seqnets.data.files import Place, parse_lines
from seqnets.datasets.dataset import SPLITS, Dataset
from seqnets.datasets.labelled import order_classes

NOT_ASKED = "_"

_TOKEN = re.compile(r"[()]|[^\s()]+")


class Tree(NamedTuple):
    """A tree, or another graph without cycles; its nodes are N, the root the last.

    Attributes:
      labels: of each node, the name of its class; None where it is not asked for.
      words: of each node; None where it has none.
      children: of each node, the numbers of its children, which come before it.
    """

    labels: tuple[str | None, ...]
    words: tuple[str | None, ...]
    children: tuple[tuple[int, ...], ...]

    @property
    def leaves(self) -> tuple[str, ...]:
        """The words of the nodes without children, in their order."""
        pairs = zip(self.words, self.children, strict=True)
        return tuple(word for word, below in pairs if not below)


def parse(line: str, *, lowercase: bool = False) -> Tree:
    """Reads a bracketed tree.

    Args:
      line: as the module says.
      lowercase: whether the words, not the labels, become lower case.

    Raises:
      ValueError: the line is something else.
    """
    labels, words, children = [], [], []
    opened: list[tuple[list[str], list[int]]] = []  # Label and word; children.
    tokens = _TOKEN.findall(line)
    for i, token in enumerate(tokens):
        if token == "(":
            opened.append(([], []))
        elif not opened:
            raise ValueError(f"unexpected {token!r}: not a tree, such as (good (_ a))")
        elif token != ")":
            names, below = opened[-1]
            if below:
                raise ValueError(
                    f"unexpected {token!r}: a node is a label, its word, and then its"
                    " children, each in brackets"
                )
            names.append(token)
        else:
            names, below = opened.pop()
            _check_node(names, below)
            labels.append(None if names[0] == NOT_ASKED else names[0])
            word = " ".join(names[1:])  # The treebank has some as "8 1/2".
            words.append((word.lower() if lowercase else word) or None)
            children.append(tuple(below))
            if opened:
                opened[-1][1].append(len(labels) - 1)
            elif i + 1 < len(tokens):
                raise ValueError(
                    f"unexpected {tokens[i + 1]!r} after the end of the tree: write one"
                    " tree a line"
                )
    if opened or not tokens:
        raise ValueError(f"the tree has no end: {len(opened) or 'no'} open bracket(s)")
    return Tree(tuple(labels), tuple(words), tuple(children))


def _check_node(names: list[str], below: list[int]) -> None:
    if not names:
        raise ValueError(f"a node without a label: write {NOT_ASKED} where it has none")
    if len(names) == 1 and not below:
        raise ValueError(f"the node ({names[0]}) has neither children nor a word")


def write(tree: Tree) -> str:
    """Writes a tree in brackets: `parse` undone."""
    parts: list[str] = []
    for label, word, below in zip(*tree, strict=True):
        names = (label or NOT_ASKED, word, *(parts[c] for c in below))
        parts.append(f"({' '.join(name for name in names if name)})")
    return parts[-1]


def spans(tree: Tree) -> Iterator[tuple[str | None, tuple[str, ...]]]:
    """Yields the label, and the words of the leaves, of each node, the root last."""
    found: list[tuple[str, ...]] = []
    for label, word, below in zip(*tree, strict=True):
        own = tuple(w for c in below for w in found[c]) or tuple(word.split(" "))
        found.append(own)
        yield label, own


def read_own(place: Place, *, lowercase: bool = True) -> Dataset:
    """Reads trees in the plain format.

    Args:
      lowercase: whether words become lower case.

    Raises:
      ValueError: for a bad line, a root without a label, one class only, or a label
        that the training split lacks; with file and line.
    """

    def read() -> dict[str, list[Tree]]:
        paths = place.parts()
        parse_line = functools.partial(_parse_rooted, lowercase=lowercase)
        splits = {s: list(parse_lines(p, parse_line)) for s, p in paths.items()}
        _check_labels(splits, paths)
        return splits

    return Dataset(read, tree_info)


def tree_info(dataset: Dataset, language: str | None = None) -> dict[str, Any]:
    """Returns what is known of trees.

    Args:
      dataset: of trees.
      language: the name of the programming language that they are of, if any.

    Returns:
      {"classes": the labels of the training split, in order; "inner": whether nodes
      with children have words; "language": as given}.
    """
    labels = {label for tree in dataset.train for label in tree.labels}
    inner = any(
        word is not None and below
        for split in SPLITS
        for tree in dataset[split]
        for word, below in zip(tree.words, tree.children, strict=True)
    )
    classes = order_classes(labels - {None})
    return {"classes": classes, "inner": inner, "language": language}


def _parse_rooted(line: str, lowercase: bool) -> Tree:
    tree = parse(line, lowercase=lowercase)
    if tree.labels[-1] is None:
        raise ValueError("the root has no label: it is what is asked for first")
    return tree


def _check_labels(splits: dict[str, list[Tree]], paths: dict[str, Path]) -> None:
    known = {label for tree in splits["train"] for label in tree.labels} - {None}
    if len(known) < 2:
        raise ValueError(
            f"{paths['train']}: all nodes have the label {min(known)!r}; a classifier"
            " needs two classes"
        )
    for split, trees in splits.items():
        for number, tree in enumerate(trees, 1):
            for label in tree.labels:
                if label is not None and label not in known:
                    raise ValueError(
                        f"{paths[split]}, line {number}: the label {label!r} is not in"
                        f" {paths['train'].name}, which has {', '.join(sorted(known))}"
                    )
