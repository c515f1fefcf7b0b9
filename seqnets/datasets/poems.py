"""Poems with their titles: "poems".

    On the Pond             the first line is the title
    The moon is up
    The wind is low
                            an empty line ends a poem
    靜夜
    明月照空山，清風入小樓。

A line of a poem ends at the end of a line of the file, and at any of "，。？！；：" and
"/", so that the second poem has two lines.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seqnets.data import verse
from seqnets.data.files import Place, read_lines
from seqnets.data.keywords import Words
from seqnets.datasets.dataset import SPLITS, Dataset, Splits


class Poem(NamedTuple):
    """A poem.

    Attributes:
      title: a line; "" where there is none.
      lines: each with its mark, where it has one of `verse.MARKS`.
      keywords: words of its lines, in their order, at most one of each two lines.
    """

    title: str
    lines: tuple[str, ...]
    keywords: tuple[str, ...] = ()


def read_own(
    place: Place,
    *,
    characters: Sequence[int] | None = None,
    lines: int | None = None,
) -> Dataset:
    """Reads poems in the plain format; their keywords are those of `keywords.Words`.

    Args:
      characters: how many a line may have, its mark aside; only poems whose lines are
        all of one such length are read. None: lines of any lengths.
      lines: how many a poem may have; None: any number.

    Raises:
      ValueError: for a title without a poem, with file and line; or a split in which no
        poem is of these forms.
    """
    parts = place.parts

    def read() -> Splits:
        found = {split: _read(path) for split, path in parts().items()}
        return select(place.name, found, characters, lines)

    return Dataset(read)


def select(
    name: str,
    splits: Mapping[str, Any],
    characters: Sequence[int] | None,
    lines: int | None,
) -> Splits:
    """Leaves out poems of other forms, and finds the keywords of those that lack them.

    Args:
      name: of the data set, for messages.
      splits: the poems of each split; and info.
      characters, lines: as `read_own` has them.

    Returns:
      The splits, with how many poems were left out of each under "left_out" of info.

    Raises:
      ValueError: as `read_own`.
    """
    found, left_out = {}, {}
    for split in SPLITS:
        found[split] = [p for p in splits[split] if _fits(p, characters, lines)]
        left_out[split] = len(splits[split]) - len(found[split])
        if left_out[split] and not found[split]:
            asked = {"characters": characters, "lines": lines}
            given = (f"{n} = {value}" for n, value in asked.items() if value)
            raise ValueError(
                f"{name}: none of the {left_out[split]} poems to {split} has the form"
                f" {', '.join(given)}; allow others"
            )
    if not any(poem.keywords for poem in found["train"]):
        words = Words.count(poem.lines for poem in found["train"])
        for split in SPLITS:
            found[split] = [
                poem._replace(keywords=words.choose(poem.lines))
                for poem in found[split]
            ]
    info = dict(splits.get("info", {})) | {"left_out": left_out}
    return found | {"info": info}


def _fits(poem: Poem, characters: Sequence[int] | None, lines: int | None) -> bool:
    if lines is not None and len(poem.lines) > lines:
        return False
    return characters is None or verse.length(poem.lines) in characters


def _read(path: Path) -> list[Poem]:
    found = list(_parse(path))
    if not found:
        raise ValueError(f"{path}: no poems in it")
    return found


def _parse(path: Path) -> Iterator[Poem]:
    """Yields the poems of a file."""
    held: list[str] = []
    for number, line in enumerate([*read_lines(path), ""], 1):
        if line.strip():
            held.append(line.strip())
        elif held:
            title, *rest = held
            lines = verse.split("\n".join(rest))
            if not lines:
                raise ValueError(
                    f"{path}, line {number - len(held)}: {title[:40]!r} is a title"
                    " without a poem; write its lines below it"
                )
            yield Poem(title, lines)
            held = []
