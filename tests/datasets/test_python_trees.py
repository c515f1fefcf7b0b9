"""Conditions of Python's library, with values, as trees and as tokens."""

import collections
import itertools

import pytest

from seqnets.datasets import python_stdlib, python_trees
from seqnets.datasets.conditions import parse, structure, to_tokens, to_tree
from seqnets.datasets.dataset import SPLITS, Dataset
from seqnets.datasets.text import Text

SIDES = ("a", "b or c", "not a", "b and f(x and y)", "not (a or b)", "c if a else b")
LINES = (
    "x = ({0}) and not (f(x) or ({1}) and y == 3)",
    "x = [y for y in z if ({0}) and (not y or ({1}))]",
    "x = not ((y if t else ({0})) and z and ({1}))",
)
SOURCE = """
x = not (a or b or c or d)
if x and not y:
    z = 1
    if t:
        z += 1
elif y:
    z = 2
"""


@pytest.fixture(scope="module")
def found():
    """What a library of few files has; its conditions, not files, are split."""
    pairs = itertools.permutations(SIDES, 2)
    text = SOURCE + "\n".join(line.format(*own) for own in pairs for line in LINES)
    files = Text(text), Text("x = (a and"), Text("x = 3")
    parts = {split: [own] for split, own in zip(SPLITS, files, strict=True)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(python_stdlib, "read", lambda place: Dataset(lambda: parts))
        readers = python_trees.read, python_trees.read_labelled
        both = [read(None) for read in readers]
        assert all(len(own[split]) for own in both for split in SPLITS)
        lower = python_trees.read(None, lowercase=True).train[0]
    return *both, lower


def forms(dataset, split):
    """The conditions of a split, without their values."""
    lines = (" ".join(to_tokens(tree)) for tree in dataset[split])
    return {line.replace("True", "False") for line in lines}


def test_a_bag_of_nodes_is_right_half_the_time(found):
    for split in SPLITS:
        bags = collections.defaultdict(collections.Counter)
        for tree in found[0][split]:
            bags[tuple(sorted(tree.words))][tree.labels[-1]] += 1
        assert all(own["True"] == own["False"] for own in bags.values())


def test_no_tree_is_there_twice_and_no_structure_in_two_splits(found):
    for split in SPLITS:
        assert len(set(found[0][split])) == len(found[0][split])
    kinds = [{structure(parse(f)) for f in forms(found[0], split)} for split in SPLITS]
    assert sum(map(len, kinds)) == len(set.union(*kinds)) > 10


def test_tokens_are_of_the_trees_and_python_agrees(found):
    trees, labelled, lower = found
    for split in SPLITS:
        for tree, (label, words) in zip(trees[split], labelled[split], strict=True):
            assert to_tree(parse(" ".join(words))) == tree
            assert tree.labels[-1] == label == str(eval(" ".join(words)))
    assert trees.info["language"] == "python"
    assert trees.info["classes"] == labelled.info["classes"] == ["False", "True"]
    assert lower == trees.train[0]._replace(words=lower.words)
    assert " ".join(lower.words) == " ".join(trees.train[0].words).lower()


def test_a_statement_counts_and_what_a_count_of_leaves_decides_does_not(found):
    texts = set.union(*(forms(found[0], split) for split in SPLITS))
    end = "( False if False else False )"
    assert f"{end} if ( False and ( not False ) ) else {end}" in texts
    assert "not ( False or False or False or False )" not in texts
