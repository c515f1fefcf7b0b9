"""Numbers of a text become symbols, and an equation's numbers find theirs."""

from fractions import Fraction

import pytest

from seqnets import equations
from seqnets.arithmetic import evaluate
from seqnets.data.quantities import express, find, in_order, place


def expressed(equation, text):
    return " ".join(express(equations.parse(equation), find(text).numbers))


def test_numbers_are_counted_in_the_order_of_the_text():
    found = find("Ann has 1,200 stamps, sells 25% and 3/4 of 5cm in .5 h (1/6).")
    expected = "Ann has n1 stamps , sells n2 and n3 of n4 cm in n5 h n6 ."
    assert found.text == expected
    assert [number.literal for number in found.numbers] == [
        *("1,200", "25%", "(3/4)", "5", ".5", "(1/6)")
    ]
    assert found.values["n3"] == Fraction(3, 4)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("3 1/2 cups", [Fraction(7, 2)]),
        ("3(1/2)米", [Fraction(7, 2)]),
        ("共１２％", [Fraction(12, 100)]),
        ("70.", [70]),
        ("an MP3 of A4", []),
        ("three", []),
        ("1/0", []),
        ("9" * 200, []),
        ("", []),
    ],
)
def test_what_is_a_number_is_found_and_else_left(text, expected):
    assert [number.value for number in find(text).numbers] == expected


def test_a_word_that_looks_like_a_symbol_is_none():
    found = find("n7 and 4")
    assert found.text == "n n1 and n2"
    assert [number.value for number in found.numbers] == [7, 4]


@pytest.mark.parametrize(
    "equation, text, expected",
    [
        ("x=22.0-14", "22 of 14", "- n1 n2"),
        ("x=5+5", "5 and 5", "+ n1 n2"),
        ("x=5+5+5", "5 and 5", "+ + n1 n2 n1"),
        ("x=3.14*2^2", "2 m", "* 3.14 ^ n1 n1"),
        ("x=1-(1/6)", "(1/6)", "- 1 n1"),
        ("x=(6/4)", "6 of 4", "/ n1 n2"),
        ("x=3*150%", "3 , 150%", "* n1 n2"),
        ("x=3*1.5", "3 , 150%", "* n1 n2"),
        ("x=100-1", "100%", "- 100 1"),
        ("x=1(1/2)+1", "2", "+ + 1 / 1 n1 1"),
    ],
)
def test_a_number_of_an_equation_is_that_of_the_text_or_a_constant(
    equation, text, expected
):
    assert expressed(equation, text) == expected
    assert evaluate(expected.split(), find(text).values) == evaluate(
        equations.parse(equation)
    )


def test_terms_follow_the_text_and_constants_come_last():
    assert in_order(["+", "1", "+", "n10", "n2"]) == tuple(["+", "+", "n2", "n10", "1"])
    assert in_order(["-", "n2", "*", "3.14", "n1"]) == tuple(
        ["-", "n2", "*", "n1", "3.14"]
    )


def test_places_are_of_symbols_alone():
    assert [place(s) for s in ("n1", "n12", "n0", "n", "3", "+")] == [
        *(1, 12, None, None, None, None)
    ]
