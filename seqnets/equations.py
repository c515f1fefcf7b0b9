"""Equations in infix form, and expressions in prefix form: one read as the other.

    x = (22 - 14) / 4       / - 22 14 4

An expression is a tuple of symbols in prefix form (Łukasiewicz, 1929), in which an
operator stands before its two operands, so that it needs no brackets. Operands are
literals or names; see `arithmetic`.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from seqnets.arithmetic import LITERAL, OPERATORS, require, shown, value

LENGTH = 2_000  # Characters of an equation at most.

_RANKS = {"+": 1, "-": 1, "*": 2, "/": 2, "negative": 3, "^": 4}
_TOKEN = re.compile(rf"({LITERAL.pattern})|([^\W\d_]+|[-+*/^()=])", re.ASCII)
_SIGNS = str.maketrans("×÷·−－＋＊／＝（）［］[]｛｝{}％：:", "*/*--+*/=()()()()()%//")


def parse(equation: str) -> tuple[str, ...]:
    """Reads an equation.

    `^` or `**` is a power and goes before a sign, square and curly brackets are as
    round ones, and a power of a power is read from the right.

    Args:
      equation: an expression, or an equation with one unknown, which is a word and
        stands once, on either side: "x = 3 + 4", "x - 3 = 5".

    Returns:
      What the unknown is, in prefix form; its operands are literals as they stand.

    Raises:
      ValueError: it is none, is too long, or has other unknowns.
    """
    if len(equation) > LENGTH:
        raise ValueError(
            f"an equation of {len(equation):,} characters: {LENGTH:,} are the most"
        )
    text = "".join(equation.translate(_SIGNS).replace("**", "^").split())
    sides = text.split("=")
    if not text or len(sides) > 2:
        raise ValueError(f"expected an equation, but it is {shown(equation)}")
    try:
        found = [_prefix(_tokens(side)) for side in sides]
        names = [s for side in found for s in side if s[0].isalpha()]
        if len(names) != len(sides) - 1:
            unknowns = "none" if not names else " and ".join(names)
            expected = "one unknown that stands once" if len(sides) > 1 else "none"
            raise ValueError(f"unknown is {unknowns}, and should be {expected}")
        return _isolate(*found, names[0]) if names else found[0]
    except ValueError as error:
        raise ValueError(f"the equation {shown(equation)}: {error}") from None


def infix(
    expression: Sequence[str], spelled: Callable[[str], str] | None = None
) -> str:
    """Writes an expression with as few brackets as `parse` needs to read it again.

    What is read again has the same form, but for a quotient of whole numbers in
    brackets, such as (1 / 6), which is then one literal.

    Args:
      expression: in prefix form.
      spelled: how an operand is written; as it is by default.

    Raises:
      ValueError: it is not well formed.
    """
    stack: list[tuple[str, int]] = []
    for symbol in reversed(expression):
        if symbol not in OPERATORS:
            stack.append((spelled(symbol) if spelled else symbol, 9))
            continue
        require(len(stack) > 1, expression)
        (left, left_rank), (right, right_rank) = stack.pop(), stack.pop()
        rank, power = _RANKS[symbol], symbol == "^"
        if left_rank < rank + power:
            left = f"({left})"
        if right_rank < rank + (not power):
            right = f"({right})"
        stack.append((f"{left} {symbol} {right}", rank))
    require(len(stack) == 1, expression)
    return stack[0][0]


def ordered(
    expression: Sequence[str], key: Callable[[tuple[str, ...]], Any]
) -> tuple[str, ...]:
    """Puts the terms of each sum, and the factors of each product, in one order.

    a + (b + c), c + a + b and so on become (a + b) + c, which has the same value.

    Args:
      expression: in prefix form.
      key: what terms are sorted by.

    Raises:
      ValueError: it is not well formed.
    """

    def joined(operator: str, terms: list[tuple[str, ...]]) -> tuple[str, ...]:
        signs = (operator,) * (len(terms) - 1)
        return sum(sorted(terms, key=key), signs)

    stack: list[tuple[str, list[tuple[str, ...]]]] = []
    for symbol in reversed(expression):
        if symbol not in OPERATORS:
            stack.append(("", [(symbol,)]))
            continue
        require(len(stack) > 1, expression)
        own = stack.pop(), stack.pop()
        if symbol in "+*":
            terms = [t if s == symbol else [joined(s, t)] for s, t in own]
            stack.append((symbol, terms[0] + terms[1]))
        else:
            stack.append(("", [sum((joined(*part) for part in own), (symbol,))]))
    require(len(stack) == 1, expression)
    return joined(*stack[0])


def _tokens(text: str) -> list[str]:
    """Cuts one side of an equation into literals, names, operators and brackets."""
    found, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ValueError(f"{text[place]!r} is neither a number nor an operator")
        if match[1]:
            value(match[1])  # Raises ValueError.
        found.append(match[0])
        place = match.end()
    return found


def _prefix(tokens: Sequence[str]) -> tuple[str, ...]:
    """Puts tokens of infix form in prefix form, by two stacks (Dijkstra, 1961)."""
    operands: list[tuple[str, ...]] = []
    waiting: list[str] = []  # Operators and opening brackets.

    def apply_while(rank: int) -> None:
        while waiting and waiting[-1] != "(" and _RANKS[waiting[-1]] >= rank:
            operator, right = waiting.pop(), operands.pop()
            negative = operator == "negative"
            left = ("0",) if negative else operands.pop()
            operands.append(("-" if negative else operator, *left, *right))

    after_operand = False
    for token in tokens:
        if token in OPERATORS and after_operand:
            apply_while(_RANKS[token] + (token == "^"))
            waiting.append(token)
            after_operand = False
        elif token in ("+", "-"):  # Signs; that of + changes nothing.
            waiting += ["negative"] * (token == "-")
        elif token == ")" and after_operand:
            apply_while(0)
            if not waiting:
                raise ValueError("a ) without its (")
            waiting.pop()
        elif token in (*OPERATORS, ")"):
            raise ValueError(f"a number is missing before {token}")
        elif after_operand:
            raise ValueError(f"an operator is missing before {token}")
        elif token == "(":
            waiting.append(token)
        else:
            operands.append((token,))
            after_operand = True
    if not after_operand:
        raise ValueError("a number is missing at the end")
    apply_while(0)
    if waiting:
        raise ValueError("a ( without its )")
    return operands[0]


def _isolate(
    left: tuple[str, ...], right: tuple[str, ...], name: str
) -> tuple[str, ...]:
    """Brings all but the unknown to the other side.

    Raises:
      ValueError: it is in a power.
    """
    side, other = (left, right) if name in left else (right, left)
    while side != (name,):
        operator, cut = side[0], _end(side, 1)
        a, b = side[1:cut], side[cut:]
        inverse = {"+": "-", "-": "+", "*": "/", "/": "*"}.get(operator)
        if inverse is None:
            raise ValueError(f"{name} is in a power, and cannot be isolated")
        if name in a:
            side, other = a, (inverse, *other, *b)
        elif operator in "+*":
            side, other = b, (inverse, *other, *a)
        else:  # a - x = other, a / x = other
            side, other = b, (operator, *a, *other)
    return other


def _end(expression: Sequence[str], start: int) -> int:
    """Returns where the operand that begins at a place ends."""
    wanted, place = 1, start
    while wanted:
        wanted += 1 if expression[place] in OPERATORS else -1
        place += 1
    return place
