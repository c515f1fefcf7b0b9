"""Dialogues, whose turns two speakers take by turns: "dialogues".

Hello, I am Anna.           a line is a turn
Nice to meet you.
                            an empty line ends a dialogue
How are you?
Very well.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from seqnets.data.files import Place, read_lines
from seqnets.datasets.dataset import Dataset


class Dialogue(NamedTuple):
    """A dialogue of two turns or more, each a line as it is, none of them blank."""

    turns: tuple[str, ...]


class Exchange(NamedTuple):
    """A reply, and the turns before it that are read, the newest one last."""

    context: tuple[str, ...]
    reply: str


def read_own(place: Place) -> Dataset:
    """Reads dialogues in the plain format.

    Raises:
      ValueError: for a dialogue of one turn, which has no reply, with file and line; or
        a file without dialogues.
    """
    paths = place.parts
    return Dataset(lambda: {s: _read(path) for s, path in paths().items()})


def exchanges(
    dialogues: Iterable[Dialogue], turns: int, *, second: bool = False
) -> list[Exchange]:
    """Returns the replies of dialogues, each with the turns that came before.

    Args:
      dialogues: in any order.
      turns: k, how many turns before a reply are read, where there are as many.
      second: whether only what the second speaker says is a reply, and not the first
        one says to it.
    """
    return [
        Exchange(dialogue.turns[max(0, i - turns) : i], reply)
        for dialogue in dialogues
        for i, reply in enumerate(dialogue.turns)
        if i % 2 or (i and not second)
    ]


def spelling(dialogue: Dialogue) -> str:
    """Returns what is the same for dialogues that differ in case and spaces alone."""
    return "\n".join("".join(turn.lower().split()) for turn in dialogue.turns)


def _read(path: Path) -> list[Dialogue]:
    found = list(_parse(path))
    if not found:
        raise ValueError(f"{path}: no dialogues in it")
    return found


def _parse(path: Path) -> Iterator[Dialogue]:
    turns: list[str] = []
    for number, line in enumerate([*read_lines(path), ""], 1):
        if line.strip():
            turns.append(line.strip())
        elif turns:
            if len(turns) == 1:
                raise ValueError(
                    f"{path}, line {number - 1}: a dialogue of one turn,"
                    f" {turns[0][:40]!r}, has no reply; write the reply on the next"
                    " line, or delete the turn"
                )
            yield Dialogue(tuple(turns))
            turns = []
