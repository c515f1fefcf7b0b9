"""Equations in infix and in prefix form, and their values in exact arithmetic.

    x = (22 - 14) / 4       / - 22 14 4       22 - 14 = 8, 8 / 4 = 2

An expression is a tuple of symbols in prefix form (Łukasiewicz, 1929), in which an
operator stands before its two operands, so that it needs no brackets. An operand is a
literal or the name of a value. Values are `Fraction`s. Nothing is evaluated by Python,
nothing recurses, and the size of texts and values is bounded: what is too large is a
ValueError, as is every other text that cannot be read.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

OPERATORS = ("+", "-", "*", "/", "^")

DIGITS = 100  # Of a literal.
BITS = 1_000  # Of a numerator or denominator; every value is then a finite float.

_FRACTION = r"\(\d+/\d+\)|\(\(\d+\)/\(\d+\)\)"
_DECIMAL = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)%?"
# 3(1/2) is 3 1/2; (3/4) is a fraction, of which `split_fraction` has the parts.
LITERAL = re.compile(rf"(?:\d+)?(?:{_FRACTION})|{_DECIMAL}", re.ASCII)


class Step(NamedTuple):
    """An operation on two values."""

    operator: str
    left: Fraction
    right: Fraction
    result: Fraction

    def __str__(self) -> str:
        left, right, result = map(show, self[1:])
        return f"{left} {self.operator} {right} = {result}"


@functools.lru_cache(maxsize=4096)
def value(literal: str) -> Fraction:
    """Returns the value of a literal: 1,200, 22.0, .5, 150%, (1/6) or 3(1/2).

    Raises:
      ValueError: it is none, has more than `DIGITS` digits, or divides by zero.
    """
    if not LITERAL.fullmatch(literal):
        raise ValueError(f"{shown(literal)} is no number")
    if len(literal) > DIGITS:
        raise ValueError(f"a number of more than {DIGITS} digits: {shown(literal)}")
    if "/" in literal:
        *whole, above, below = map(int, re.findall(r"\d+", literal))
        if not below:
            raise ValueError(f"division by zero: {literal}")
        return sum(whole) + Fraction(above, below)
    number = Fraction(literal.replace(",", "").rstrip("%"))
    return number / 100 if literal.endswith("%") else number


def split_fraction(symbol: str) -> tuple[str, ...]:
    """Returns a symbol in prefix form, a fraction as a division of two literals."""
    if "/" not in symbol or symbol in OPERATORS:
        return (symbol,)
    *whole, above, below = re.findall(r"\d+", symbol)
    parts = ("/", above, below)
    return ("+", *whole, *parts) if whole else parts


def evaluate(
    expression: Sequence[str], values: Mapping[str, Fraction] | None = None
) -> Fraction:
    """Computes the value of an expression.

    Args:
      expression: in prefix form.
      values: of the names in it.

    Raises:
      ValueError: it is not well formed or names what is not there; it divides by zero,
        has a power that is no whole number, or a value of more than `BITS` bits.
    """
    return _run(expression, values or {})[0]


def steps(
    expression: Sequence[str], values: Mapping[str, Fraction] | None = None
) -> list[Step]:
    """Returns the operations by which `evaluate` comes to a value, the left one first.

    Raises:
      ValueError: as `evaluate`.
    """
    return _run(expression, values or {})[1]


def decimal(number: Fraction, places: int = DIGITS) -> str | None:
    """Writes a number with the decimals that it has; None for more than `places`."""
    denominator, needed = number.denominator, 0
    while denominator % 10 == 0:
        denominator, needed = denominator // 10, needed + 1
    twos_or_fives = 5 if denominator % 5 == 0 else 2
    while denominator % twos_or_fives == 0:
        denominator, needed = denominator // twos_or_fives, needed + 1
    if denominator > 1 or needed > places:
        return None
    digits = str(abs(int(number * 10**needed))).zfill(needed + 1)
    whole, part = digits[: len(digits) - needed], digits[len(digits) - needed :]
    return "-" * (number < 0) + whole + "." * bool(part) + part


def show(number: Fraction) -> str:
    """Writes a number for readers.

    Exactly, where six decimals or a fraction with a denominator below 1,000 do, and
    else with six significant digits.
    """
    exact = decimal(number, 6)
    if exact is None and number.denominator < 1000:
        exact = f"{number.numerator}/{number.denominator}"
    return f"{float(number):.6g}" if exact is None else exact


def _run(
    expression: Sequence[str], values: Mapping[str, Fraction]
) -> tuple[Fraction, list[Step]]:
    stack: list[Any] = []
    found: list[Step] = []
    for symbol in expression:
        is_operator = symbol in OPERATORS
        stack.append(symbol if is_operator else _operand(symbol, values))
        while not is_operator and len(stack) > 2 and isinstance(stack[-2], Fraction):
            operator, left, right = stack[-3:]
            found.append(Step(operator, left, right, _apply(operator, left, right)))
            stack[-3:] = [found[-1].result]
    require(len(stack) == 1 and isinstance(stack[0], Fraction), expression)
    return stack[0], found


def _operand(symbol: str, values: Mapping[str, Fraction]) -> Fraction:
    if symbol in values:
        return values[symbol]
    if symbol[:1].isalpha():
        raise ValueError(f"the equation names {symbol}, which is not there")
    return value(symbol)


def _apply(operator: str, left: Fraction, right: Fraction) -> Fraction:
    match operator:
        case "+":
            result = left + right
        case "-":
            result = left - right
        case "*":
            result = left * right
        case "/":
            if not right:
                raise ValueError(f"division by zero: {show(left)} / 0")
            result = left / right
        case _:
            result = _power(left, right)
    if max(_bits(result)) > BITS:
        raise ValueError(f"too large: {show(left)} {operator} {show(right)}")
    return result


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        raise ValueError(f"a power must be a whole number, not {show(exponent)}")
    if not base and exponent < 0:
        raise ValueError(f"division by zero: 0 ^ {show(exponent)}")
    # Told before it is computed: 9 ^ 9 ^ 9 has 370 million digits.
    if abs(base) not in (0, 1) and (max(_bits(base)) - 1) * abs(exponent) > BITS:
        raise ValueError(f"too large: {show(base)} ^ {show(exponent)}")
    if abs(base) == 1:
        return base if exponent % 2 else Fraction(1)
    return base ** int(exponent)


def _bits(number: Fraction) -> tuple[int, int]:
    return number.numerator.bit_length(), number.denominator.bit_length()


def require(well_formed: bool, expression: Sequence[str]) -> None:
    if not well_formed:
        raise ValueError(f"not well formed: {shown(' '.join(expression))}")


def shown(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")
