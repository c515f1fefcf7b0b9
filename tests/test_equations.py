"""Infix and prefix form mean the same, and no text of a user hangs or recurses."""

import contextlib
import random
from fractions import Fraction

import pytest

from seqnets import equations
from seqnets.arithmetic import OPERATORS, evaluate, split_fraction
from seqnets.equations import infix, ordered, parse


def drawn(rng, operators):
    """Draws an expression with a number of operators."""
    if not operators:
        return (str(rng.randint(1, 9)),)
    left = rng.randrange(operators)
    sides = drawn(rng, left), drawn(rng, operators - 1 - left)
    return (rng.choice("+-*/"), *sides[0], *sides[1])


@pytest.mark.parametrize(
    "text, expected",
    [
        ("x=(11-1)*2", "* - 11 1 2"),
        ("X=((22.0-14.0)/4.0)", "/ - 22.0 14.0 4.0"),
        ("139+113=x", "+ 139 113"),
        ("( 406.0 - 132.0 )", "- 406.0 132.0"),
        ("x=24*150%/(1-(1/6))", "/ * 24 150% - 1 (1/6)"),
        ("x=3.14*[(3+2)^2-3**2]", "* 3.14 - ^ + 3 2 2 ^ 3 2"),
        ("2^3^2", "^ 2 ^ 3 2"),
        ("-2^2", "- 0 ^ 2 2"),
        ("x=14--10", "- 14 - 0 10"),
        ("8÷（4×2）", "/ 8 * 4 2"),
        ("((1/2)+3)", "+ (1/2) 3"),
    ],
)
def test_equations_of_the_data_sets_are_read(text, expected):
    assert parse(text) == tuple(expected.split())


@pytest.mark.parametrize(
    "text, expected",
    [
        ("X-3=5", 8),
        ("7=3+x", 4),
        ("70-x=27", 43),
        ("12/x=4", 3),
        ("(x+1)*2/3=4", 5),
        ("5-(x-1)=2", 4),
    ],
)
def test_an_unknown_that_stands_once_is_isolated(text, expected):
    assert evaluate(parse(text)) == expected


def test_infix_is_read_again_as_it_was():
    rng = random.Random(0)
    for _ in range(300):
        expression = drawn(rng, rng.randrange(7))
        text = infix(expression)
        # A quotient of whole numbers in brackets is read as a fraction.
        found = sum(map(split_fraction, parse(text)), ())
        assert found == expression, text


def test_python_reads_infix_with_the_same_value():
    rng, seen = random.Random(1), 0
    while seen < 100:
        expression = drawn(rng, rng.randrange(1, 6))
        text = infix(expression, lambda number: f"Fraction({number})")
        try:
            found = evaluate(expression)
        except ValueError:
            continue
        assert found == eval(text, {"Fraction": Fraction}), text
        seen += 1


def test_order_changes_no_value_and_is_one_for_all_orders_of_terms():
    rng = random.Random(2)
    for _ in range(300):
        expression = drawn(rng, rng.randrange(7))
        found = ordered(expression, key=lambda term: term)
        assert ordered(found, key=lambda term: term) == found
        assert sorted(found) == sorted(expression)
        with contextlib.suppress(ValueError):  # It divides by zero.
            assert evaluate(found) == evaluate(expression)
    sums = ("1+(2+3)", "3+1+2", "(2+1)+3", "3+(2+1)")
    assert len({ordered(parse(s), key=lambda term: term) for s in sums}) == 1
    assert ordered(parse("3-1"), key=lambda term: term) == ("-", "3", "1")


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "expected an equation"),
        ("X=0.32=0.21", "expected an equation"),
        ("x", "unknown is x"),
        ("x+x=2", "unknown is x and x"),
        ("1+1=2", "unknown is none"),
        ("2^x=8", "in a power"),
        ("80千米", "'千' is neither"),
        ("(1+2", "a \\( without"),
        ("1+2)", "a \\) without"),
        ("1+", "missing at the end"),
        ("*1", "missing before \\*"),
        ("()", "missing before \\)"),
        ("1 (2+3)", "missing before \\("),
        ("(1/0)+1", "division by zero"),
        ("1" * 101, "100 digits"),
        ("1+" * 1500 + "1", "3,001 characters"),
    ],
)
def test_what_is_no_equation_is_told_in_one_line(text, message):
    with pytest.raises(ValueError, match=message) as caught:
        parse(text)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 200


def test_the_deepest_equation_is_read_without_recursion():
    depth = equations.LENGTH // 2 - 1
    assert parse("(" * depth + "1" + ")" * depth) == ("1",)
    signs = parse("-" * (equations.LENGTH - 1) + "1")
    assert evaluate(signs) == -1 and set(signs) <= {*OPERATORS, "0", "1"}
    assert parse(infix(parse("1-(" * 250 + "1" + ")" * 250)))
