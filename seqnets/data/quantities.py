"""Numbers of a text and their symbols: what an equation can refer to.

    Ann has 1,200 stamps and sells 25% of them.     Ann has n1 stamps and sells n2 ...
    1200 * (1 - 25%)                                * n1 - 1 n2

The number of the k-th place is n_k, as in Wang et al. (2017). A number of an equation
that stands in the text twice is its first place that the equation has not named, and
the first one when it has named all. What is not in the text is a constant, written as a
decimal: 1, 3.14. Numbers in words, such as "three" or 两, are words of the text.
"""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from seqnets import arithmetic, equations
from seqnets.data.segmentation import words

_DIGITS = str.maketrans("０１２３４５６７８９％", "0123456789%")
_NAME = re.compile(r"n[1-9]\d*")
_NAMES = re.compile(r"(?<!\w)([nN])(?=\d)")
# Digits of words such as MP3 are no number.
_NUMBER = re.compile(
    r"(?<![A-Za-z\d.])(?:"
    r"\d+\(\d+/\d+\)|\(\d+/\d+\)|\d+ \d+/\d+|\d+/\d+"
    r"|(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)%?)"
)


class Quantity(NamedTuple):
    """A number as it stands in a text: a literal, and its value."""

    literal: str
    value: Fraction


class Quantities(NamedTuple):
    """A text whose numbers are symbols, and the numbers.

    Attributes:
      text: the words and marks with spaces between them, the k-th number as n_k.
      numbers: one for each place.
    """

    text: str
    numbers: tuple[Quantity, ...]

    @property
    def values(self) -> dict[str, Fraction]:
        """The value of each symbol."""
        return {name(k): number.value for k, number in enumerate(self.numbers, 1)}

    def spelled(self, symbol: str) -> str:
        """Returns a symbol as the number that it stands for, in a text of its own."""
        known = _NAME.fullmatch(symbol) and int(symbol[1:]) <= len(self.numbers)
        return self.numbers[int(symbol[1:]) - 1].literal if known else symbol


def find(text: str) -> Quantities:
    """Finds the numbers of a text: 1,200, 22.0, .5, 25%, (1/6), 3/4, 3(1/2), 3 1/2.

    What is no number is left as it is, as a fraction of 0 or a hundred digits.
    """
    numbers: list[Quantity] = []

    def replaced(match: re.Match[str]) -> str:
        literal = _literal(match[0])
        try:
            numbers.append(Quantity(literal, arithmetic.value(literal)))
        except ValueError:
            return match[0]
        return f" {name(len(numbers))} "

    # A word that looks like a symbol would be taken for one.
    text = _NAMES.sub(r"\1 ", text.translate(_DIGITS))
    return Quantities(" ".join(words(_NUMBER.sub(replaced, text))), tuple(numbers))


def express(expression: Sequence[str], numbers: Sequence[Quantity]) -> tuple[str, ...]:
    """Puts symbols and constants in the place of the literals of an expression.

    A literal is a number of the text of the same value and the same form (a decimal, a
    percentage or a fraction). If there is none, a fraction is a division of two
    literals, and a decimal any number of its value, unless it is whole.

    Args:
      expression: in prefix form, as `equations.parse` gives it.
      numbers: of the text.
    """
    used: set[str] = set()
    found = []
    for symbol in expression:
        own = _symbol(symbol, numbers, used)
        parts = (symbol,) if own else arithmetic.split_fraction(symbol)
        for part in parts:
            own = _symbol(part, numbers, used) or part
            if own == part and part not in arithmetic.OPERATORS:
                own = arithmetic.decimal(arithmetic.value(part))
            used.add(own)
            found.append(own)
    return tuple(found)


def name(k: int) -> str:
    """Returns the symbol of the k-th number, from 1."""
    return f"n{k}"


def place(symbol: str) -> int | None:
    """Returns k of a symbol n_k; None for other symbols."""
    named = symbol[0] == "n" and _NAME.fullmatch(symbol)
    return int(symbol[1:]) if named else None


def in_order(expression: Sequence[str]) -> tuple[str, ...]:
    """Returns an expression whose terms and factors stand in the order of the text.

    Those with constants alone come last; see `equations.ordered`.
    """
    return equations.ordered(expression, _key)


def _key(term: tuple[str, ...]) -> tuple:
    operands = (symbol for symbol in term if symbol not in arithmetic.OPERATORS)
    places = tuple(
        (place(s) is None, place(s) or arithmetic.value(s)) for s in operands
    )
    return places, term


def _literal(found: str) -> str:
    """Returns a number of a text as a literal of an equation."""
    if "/" not in found or "(" in found:
        return found
    *whole, fraction = found.split(" ")
    return f"{whole[0] if whole else ''}({fraction})"


def _symbol(literal: str, numbers: Sequence[Quantity], used: set[str]) -> str | None:
    """Returns the symbol of a literal, if it stands in the text."""
    if literal in arithmetic.OPERATORS:
        return literal
    value, form = arithmetic.value(literal), _form(literal)
    alike = [name(k) for k, n in enumerate(numbers, 1) if n.value == value]
    same = [own for own in alike if _form(numbers[place(own) - 1].literal) == form]
    if not same and form != "/" and value.denominator > 1:
        same = alike
    return next((own for own in same if own not in used), next(iter(same), None))


def _form(literal: str) -> str:
    return "/" if "/" in literal else "%" if literal.endswith("%") else ""
