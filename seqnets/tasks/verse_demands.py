"""The form requested of a poem (lines, characters, acrostic), from flags, checked."""

from collections.abc import Collection
from typing import NamedTuple

from seqnets.data import verse


class Demand(NamedTuple):
    """The form that is asked of some poems; 0 and "" where nothing is."""

    lines: int = 0
    characters: int = 0
    acrostic: str = ""


def read(
    lines: int | None,
    characters: int | None,
    acrostic: str,
    known: Collection[str],
) -> Demand:
    """Returns the form that is asked for; an acrostic tells how many lines there are.

    Args:
      lines: how many lines, or None.
      characters: how many characters each has, or None.
      acrostic: the characters that begin the lines; white space in it is left out.
      known: the characters of training poems.

    Raises:
      ValueError: there is no such form, or a character was never seen.
    """
    for name, value in (("lines", lines), ("characters", characters)):
        if value is not None and value < 1:
            raise ValueError(f"{name} must be 1 or more, not {value}")
    first = "".join(acrostic.split())
    if lacking := [symbol for symbol in first if symbol not in known]:
        raise ValueError(
            f"acrostic {first}: {' '.join(dict.fromkeys(lacking))} cannot begin a line,"
            " as no training poem has such a character; choose others"
        )
    if lines is not None and len(first) > lines:
        raise ValueError(
            f"acrostic {first} has {len(first)} characters for {lines} lines: give no"
            " more than one a line"
        )
    return Demand(lines or len(first), characters or 0, first)


def begin(line: str, demand: Demand) -> tuple[str, Demand]:
    """Returns a first line without its mark, and the form of a poem that begins so.

    Raises:
      ValueError: it is no line, or not of that form.
    """
    found = verse.split(line)
    if len(found) != 1:
        raise ValueError(f"one line is to begin the poem, not {len(found)}")
    own, size = verse.bare(found[0]), verse.length(found)
    strange = [symbol for symbol in own if not verse.is_character(symbol)]
    if demand.characters and strange:
        raise ValueError(
            f"{' '.join(dict.fromkeys(strange))} in the first line is no character, and"
            f" {demand.characters} characters are asked for"
        )
    if demand.characters and demand.characters != size:
        raise ValueError(
            f"the first line has {len(own)} characters, and {demand.characters} are"
            " asked for"
        )
    if demand.acrostic and demand.acrostic[0] != own[0]:
        raise ValueError(
            f"the acrostic begins with {demand.acrostic[0]}, and the first line with"
            f" {own[0]}"
        )
    if demand.lines == 1:
        raise ValueError("lines must be 2 or more where the first line is given")
    return own, demand._replace(characters=size)
