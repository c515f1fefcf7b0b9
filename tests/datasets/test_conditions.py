"""Conditions of Python: as trees, as tokens, and what is no condition."""

import itertools

import pytest

from seqnets.datasets import trees
from seqnets.datasets.conditions import Condition, parse, structure, to_tokens, to_tree


def written(line):
    return trees.write(to_tree(parse(line)))


def test_every_node_has_its_own_value_as_its_label():
    assert written("not (True and False) or False") == (
        "(True or (True not (False and (True True) (False False))) (False False))"
    )
    assert written("True if False else False") == (
        "(False if (True then (True True)) (False False) (False else (False False)))"
    )
    assert written(" True ") == "(True True)"


def test_the_value_is_what_python_computes():
    line = "not ({} and {} or not {}) or ({} if {} and not {} else {})"
    for values in itertools.product((False, True), repeat=7):
        own = line.format(*values)
        assert parse(own).value == eval(own)
        assert parse(line.format(*[True] * 7)).fill(iter(values)) == parse(own)


@pytest.mark.parametrize(
    "line", ["True", "( not True ) if ( True or False or True ) else False"]
)
def test_brackets_stand_around_parts_that_have_parts(line):
    assert " ".join(to_tokens(to_tree(parse(line)))) == line


def test_the_order_of_sides_is_no_part_of_a_structure():
    a, b, c = map(Condition, "abc")
    assert structure(Condition("and", (a, b))) == structure(Condition("and", (b, a)))
    assert structure(Condition("and", (a, b))) != structure(Condition("or", (a, b)))
    ifs = (structure(Condition("if", own)) for own in ((a, b, c), (b, a, c)))
    assert next(ifs) != next(ifs)


@pytest.mark.parametrize(
    "line, message",
    [
        ("not (True and", "is no expression of Python"),
        ("x = True", "is no expression of Python"),
        ("", "is no expression of Python"),
        ("x.y(3) and (True or z) and x.y(3)", r"is no condition: .* of x.y\(3\), z$"),
        ("True == False or 1", "is no condition: .* of True == False, 1$"),
    ],
)
def test_what_is_no_condition_is_refused_in_a_line(line, message):
    with pytest.raises(ValueError, match=message) as error:
        parse(line)
    assert repr(line) in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    "line", ["not " * 2000, " and ".join(map("x{}".format, range(999)))]
)
def test_a_long_line_is_named_by_its_beginning(line):
    with pytest.raises(ValueError) as error:
        parse(line)
    assert repr(line[:40]) in str(error.value) and len(str(error.value)) < 200
