"""Trees in brackets: what is read, what is written, and what is refused."""

import pytest

from seqnets import datasets
from seqnets.datasets import trees
from seqnets.datasets.trees import Tree

LINE = "(good (_ not) (bad very (bad bad) (_ film)))"
TREE = Tree(
    (None, "bad", None, "bad", "good"),
    ("not", "bad", "film", "very", None),
    ((), (), (), (1, 2), (0, 3)),
)


def write(folder, text, test=None):
    for part in ("train", "valid", "test"):
        own = test if part == "test" and test is not None else text
        (folder / f"{part}.txt").write_text(own)
    return folder


def test_a_tree_has_its_children_first_and_is_written_as_it_was_read():
    assert trees.parse(LINE) == TREE
    assert trees.write(TREE) == LINE
    assert trees.parse("( good\t( _  Not ) (bad bad) ) ", lowercase=True).leaves == (
        ("not", "bad")
    )
    assert trees.parse("(good 8 1/2)").words == ("8 1/2",)
    assert list(trees.spans(trees.parse("(good 8 1/2)"))) == [("good", ("8", "1/2"))]
    assert TREE.leaves == ("not", "bad", "film")
    assert list(trees.spans(TREE))[-1] == ("good", ("not", "bad", "film"))


@pytest.mark.parametrize(
    "line, message",
    [
        ("", "the tree has no end: no open"),
        ("(good (_ a)", r"the tree has no end: 1 open bracket"),
        ("(good (_ a)))", r"unexpected '\)' after the end"),
        ("(good a) (bad b)", "after the end of the tree: write one"),
        ("good", "unexpected 'good': not a tree"),
        ("(good (bad))", r"the node \(bad\) has neither children nor a word"),
        ("(good ((_ a)))", "a node without a label: write _"),
        ("(good (_ a) film)", "unexpected 'film': a node is a label"),
    ],
)
def test_what_is_no_tree_is_refused_with_its_line(line, message, tmp_path):
    with pytest.raises(ValueError, match=message) as error:
        trees.parse(line)
    assert "\n" not in str(error.value)
    found = datasets.load(write(tmp_path, f"(good a)\n{line}\n(bad b)\n"), "trees")
    with pytest.raises(ValueError, match=f"train.txt, line 2: .*{message}"):
        _ = found.train


@pytest.mark.parametrize(
    "text, test, message",
    [
        ("(good a)\n(_ b)\n", None, "train.txt, line 2: the root has no label"),
        ("(good a)\n", None, "train.txt: all nodes have the label 'good'"),
        ("(good a)\n(bad b)\n", "(bad b)\n(so (bad c))", "test.txt, line 2: .*'so'"),
    ],
)
def test_trees_that_teach_nothing_are_refused(text, test, message, tmp_path):
    found = datasets.load(write(tmp_path, text, test), "trees")
    with pytest.raises(ValueError, match=message):
        _ = found.train


def test_what_is_known_of_trees(tmp_path):
    found = datasets.load(write(tmp_path, f"{LINE}\n"), "trees")
    assert found.info == {"classes": ["bad", "good"], "inner": True, "language": None}
    leaves = datasets.load(write(tmp_path, "(good (bad A))\n"), "trees")
    assert not leaves.info["inner"]
    assert leaves.train[0].words == ("a", None)
    kept = datasets.load(tmp_path, "trees", lowercase=False)
    assert kept.train[0].leaves == ("A",)
