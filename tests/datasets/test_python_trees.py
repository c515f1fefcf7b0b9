"""Expressions of Python as trees and as tokens."""

import pytest

from seqnets.datasets import python_stdlib, python_trees, trees
from seqnets.datasets.dataset import SPLITS, Dataset
from seqnets.datasets.text import Text

SOURCE = """
def f(name, x):
    if len(name.split({i}, sep='--')) != 3 and not x[{i} + 1]:
        return (name + 'tail' + str({i}, 2.5)) * (x - g(y, {i}))
    broken = a < b < c
"""


@pytest.fixture
def library(monkeypatch):
    """A library of some files, in which expressions differ by a number."""
    files = [Text(SOURCE.replace("{i}", str(i % 9))) for i in range(16)]
    parts = dict(zip(SPLITS, (files[:14], files[14:15], files[15:]), strict=True))
    monkeypatch.setattr(python_stdlib, "read", lambda place: Dataset(lambda: parts))


def test_an_operator_is_hidden_and_the_sides_stay():
    tree = python_trees.parse_line("len(x.y) >= -3")
    assert trees.write(tree) == (
        "(_ ? (_ left (_ Call (_ len) (_ Attribute (_ x) (_ y))))"
        " (_ right (_ UnaryOp (_ -) (_ 3))))"
    )
    assert python_trees.parse_line("len(x.y) ? -3") == tree
    # That which is asked for, or else that which is applied last.
    asked = python_trees.parse_line("(a ? b) + c")
    assert asked.leaves == ("a", "b")
    assert python_trees.parse_line("a * b + c").words[-3:] == ("c", "right", "?")


@pytest.mark.parametrize(
    "line, message",
    [
        ("len(x >= 3", "is no expression of Python"),
        ("x = 3", "is no expression of Python"),
        ("len(x)", "has no operator between two sides"),
        ("a < b < c", "has no operator between two sides"),
    ],
)
def test_what_has_no_hidden_operator_is_refused(line, message):
    with pytest.raises(ValueError, match=message) as error:
        python_trees.parse_line(line)
    assert "\n" not in str(error.value)


def test_no_expression_of_a_split_is_in_another(library):
    found = python_trees.read(None)
    sides = [tree._replace(labels=()) for s in SPLITS for tree in found[s]]
    assert len(set(sides)) == len(sides) > 10
    assert found.info["language"] == "python"
    assert set(found.info["classes"]) == {"and", "!=", "*", "-", "+"}


def test_the_tokens_are_of_the_same_expressions(library):
    found, labelled = python_trees.read(None), python_trees.read_labelled(None)
    for tree, (label, words) in zip(found.train, labelled.train, strict=True):
        assert tree.labels[-1] == label
        # All but kinds of nodes, and what only one of both writes.
        names = {w for w in tree.leaves if w.isidentifier()}
        assert names <= {*words, "is_not", "not_in"}
        assert words.count("?") == 1
    texts = [" ".join(words) for label, words in labelled.train if label == "*"]
    start = "( name + str + str ( 0 , float ) ) ? ( x - g ( y , 0 ) )"
    assert start in texts
