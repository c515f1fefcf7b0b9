"""Exact arithmetic of expressions: its values, its steps, and what it refuses."""

from fractions import Fraction

import pytest

from seqnets import arithmetic
from seqnets.arithmetic import evaluate, show, steps, value


@pytest.mark.parametrize(
    "literal, expected",
    [
        ("22", 22),
        ("22.0", 22),
        (".5", Fraction(1, 2)),
        ("1,200.50", Fraction(2401, 2)),
        ("150%", Fraction(3, 2)),
        ("(1/6)", Fraction(1, 6)),
        ("((4)/(7))", Fraction(4, 7)),
        ("3(1/2)", Fraction(7, 2)),
        ("7((2)/(3))", Fraction(23, 3)),
    ],
)
def test_literals_are_exact(literal, expected):
    assert value(literal) == expected
    assert evaluate(arithmetic.split_fraction(literal)) == expected


def test_thirds_sum_to_one_exactly():
    assert evaluate(["+", "+", "/", "1", "3", "/", "1", "3", "/", "1", "3"]) == 1


def test_steps_go_from_the_left_and_end_with_the_value():
    values = {"n1": Fraction(22), "n2": Fraction(14), "n3": Fraction(4)}
    expression = ["/", "-", "n1", "n2", "n3"]
    found = steps(expression, values)
    assert list(map(str, found)) == ["22 - 14 = 8", "8 / 4 = 2"]
    assert found[-1].result == evaluate(expression, values) == 2
    assert steps(["n1"], values) == [] and evaluate(["n1"], values) == 22


@pytest.mark.parametrize(
    "expression, message",
    [
        ("/ 3 - 2 2", "division by zero: 3 / 0"),
        ("^ 0 - 0 1", "division by zero: 0 \\^ -1"),
        ("^ 2 / 1 2", "must be a whole number, not 0.5"),
        ("^ 9 ^ 9 9", "too large"),
        ("^ 9 - 0 ^ 9 9", "too large"),
        ("+ n1 n7", "names n7, which is not there"),
        ("+ 1", "not well formed"),
        ("1 2", "not well formed"),
        ("", "not well formed"),
        ("(1/0)", "division by zero"),
        ("9" * 101, "more than 100 digits"),
        ("<UNK>", "no number"),
    ],
)
def test_what_has_no_value_is_told_in_one_line(expression, message):
    with pytest.raises(ValueError, match=message) as caught:
        evaluate(expression.split(), {"n1": Fraction(1)})
    assert "\n" not in str(caught.value)


def test_products_are_bounded_and_ones_may_have_any_power():
    large = ["*"] * 600 + ["9"] * 601
    with pytest.raises(ValueError, match="too large"):
        evaluate(large)
    assert evaluate(["^", "1", "999999999"]) == 1
    assert evaluate(["^", "-", "0", "1", "999999999"]) == -1
    assert evaluate(["^", "2", "-", "0", "3"]) == Fraction(1, 8)


@pytest.mark.parametrize("number", ["20", "-6", "0.0625", "-1.5", "0", "1200"])
def test_decimals_are_written_as_they_are_read(number):
    assert arithmetic.decimal(Fraction(number)) == show(Fraction(number)) == number


def test_what_is_no_short_decimal_is_a_fraction_or_rounded():
    assert arithmetic.decimal(Fraction(1, 3)) is None
    assert show(Fraction(-4, 3)) == "-4/3"
    assert show(Fraction(10**12 + 1, 3 * 10**12)) == "0.333333"
