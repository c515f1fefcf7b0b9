"""Conditions of Python's standard library: is the whole True or False?

`not (True and False) or False`: of a condition that the library has, the parts that are
not `and`, `or`, `not` or a conditional, `a if c else b`, are True or False by lot. A
statement `if` counts as the conditional of what its branches end in. Every node has a
label, its own value; see `conditions`.

Values are drawn in pairs: two leaves that change places change the whole. A bag of the
nodes is thus right half the time, and what a count of the leaves decides, such as
`not (a or b)`, has no pairs and is left out. All draws of one structure, the order of
the sides of `and` and `or` aside, are in one split.
"""

import ast
import zlib
from collections.abc import Iterator

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets import python_stdlib, trees
from seqnets.datasets.conditions import (
    Condition,
    convert,
    parts,
    structure,
    to_tokens,
    to_tree,
)
from seqnets.datasets.dataset import SPLITS, Dataset
from seqnets.datasets.labelled import Labelled, label_info
from seqnets.datasets.trees import Tree

LEAVES = 4, 20  # Of a condition, at least and at most.
OPERATORS = 2  # Different ones of a condition, at least.
PAIRS, DRAWS = 10, 200  # Of values for a condition, at most; tried for them.

_LEAF = "?"  # Of a condition without values.


def read(place: Place, *, lowercase: bool = False) -> Dataset:
    """Reads conditions as trees with a label at every node.

    Args:
      lowercase: whether words, not labels, become lower case.
    """
    return Dataset(
        lambda: _trees(place, lowercase),
        lambda dataset: trees.tree_info(dataset, "python"),
    )


def read_labelled(place: Place, *, lowercase: bool = False) -> Dataset:
    """Reads the same conditions as sequences of tokens, brackets included.

    Args:
      lowercase: whether words, not labels, become lower case.
    """

    def read() -> dict[str, list[Labelled]]:
        return {
            split: [Labelled(tree.labels[-1], to_tokens(tree)) for tree in found]
            for split, found in _trees(place, lowercase).items()
        }

    return Dataset(read, label_info)


def _trees(place: Place, lowercase: bool) -> dict[str, list[Tree]]:
    splits = {s: list(map(to_tree, own)) for s, own in _find(place).items()}
    if lowercase:
        splits = {
            split: [t._replace(words=tuple(map(str.lower, t.words))) for t in found]
            for split, found in splits.items()
        }
    return splits


def _find(place: Place) -> dict[str, list[Condition]]:
    """Returns the conditions of each split, with values.

    Split and lots follow from a hash of the structure, and not from what else the
    library of a version of Python has.
    """
    texts = python_stdlib.read(place)
    found: dict[str, Condition] = {}
    for split in SPLITS:
        for text in texts[split]:
            for own in _conditions(text.tokens):
                key = structure(own)
                found[key] = min(own, found.get(key, own))
    splits: dict[str, list[Condition]] = {split: [] for split in SPLITS}
    for key, condition in sorted(found.items()):
        number = zlib.crc32(key.encode())
        split = {6: "valid", 7: "test"}.get(number % 8, "train")
        splits[split] += _draw(condition, np.random.default_rng(number))
    return splits


def _draw(condition: Condition, rng: np.random.Generator) -> Iterator[Condition]:
    """Yields a condition with values, and with two of them exchanged, in pairs."""
    seen: set[Condition] = set()
    for _ in range(DRAWS):
        values = rng.integers(0, 2, len(condition.leaves))
        i, j = rng.choice(len(values), 2, replace=False)
        exchanged = values.copy()
        exchanged[[i, j]] = values[[j, i]]
        pair = [condition.fill(iter(own.tolist())) for own in (values, exchanged)]
        if pair[0].value != pair[1].value and not seen.intersection(pair):
            seen.update(pair)
            yield from pair
        if len(seen) == 2 * PAIRS:
            return


def _conditions(source: str) -> Iterator[Condition]:
    """Yields the conditions of a file, without values, that are large enough."""
    try:
        module = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return  # A sample of another version's syntax.
    inside = set()
    for node in ast.walk(module):  # From above: a part is known before it is met.
        _, joined = parts(node)
        inside.update(map(id, joined))
        if joined and id(node) not in inside:
            own = convert(node, lambda leaf: _LEAF)
            size = len(own.leaves)
            if LEAVES[0] <= size <= LEAVES[1] and len(own.operators) >= OPERATORS:
                yield own
