"""Verse as text: lines, the marks that end them, and what is no part of a line.

明月照空山，清風入小樓。        two lines, each with its mark
The moon is up/The wind is low/     two lines that have none
"""

import functools
import unicodedata
from collections.abc import Iterable

BREAK = "/"  # Ends a line that has no mark of its own.
MARKS = "，。？！；：" + BREAK  # Each ends a line.


def split(text: str) -> tuple[str, ...]:
    """Parts a text into its lines, each with its mark, if it has one.

    Every one of `MARKS` ends a line, and so does a line break.
    """
    for mark in MARKS:
        text = text.replace(mark, f"{mark}\n")
    lines = (line.removesuffix(BREAK).strip() for line in text.splitlines())
    return tuple(line for line in lines if bare(line))


def join(lines: Iterable[str]) -> str:
    """Writes lines as one text, in which each has a mark at its end."""
    return "".join(line if line[-1:] in MARKS else line + BREAK for line in lines)


def show(text: str) -> str:
    """Returns a text as it is printed, in one line; its breaks are between lines."""
    return text.removesuffix(BREAK).replace(BREAK, f" {BREAK} ")


def bare(line: str) -> str:
    """Returns a line without its mark."""
    return line.rstrip(MARKS)


@functools.cache
def is_character(symbol: str) -> bool:
    """Tells whether a symbol is a character that stands in lines.

    Letters, digits and spaces are, and all of ASCII but "/"; other marks are not, nor
    are numbers in circles, or what stands for a missing character, such as □.
    """
    if len(symbol) != 1 or symbol in MARKS:
        return False
    kind = unicodedata.category(symbol)
    return symbol.isascii() or (kind[0] in "LMNZ" and kind != "No")


def length(lines: Iterable[str]) -> int:
    """Returns how many characters each of some lines has; 0 where they differ.

    A line in which something else stands has none.
    """
    sizes = {len(own) if all(map(is_character, own)) else 0 for own in map(bare, lines)}
    return sizes.pop() if len(sizes) == 1 else 0
