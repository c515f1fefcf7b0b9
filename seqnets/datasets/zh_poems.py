"""Tang and Song poems in Chinese, one a document: title, author and lines."""

import collections
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from seqnets.data import verse
from seqnets.data.files import Place, read
from seqnets.datasets.cloze import Cloze, answered
from seqnets.datasets.dataset import SPLITS, Dataset, Splits
from seqnets.datasets.poems import Poem, select
from seqnets.datasets.text import Parts, deal, of_parts


class Printed(NamedTuple):
    """A poem as it is in a file; title and author may be ""."""

    title: str
    author: str
    lines: list[str]  # Each of them often has two lines of verse.

    @property
    def text(self) -> str:
        return "\n".join(filter(None, (self.title, self.author, *self.lines)))


def read_text(place: Place, *, unit: str = "char") -> Dataset:
    """Reads the poems as texts.

    A poem's first line decides its part, so that the versions of one poem that stand
    in two anthologies stay together; exact copies are dropped.

    Args:
      unit: "char" or "word".
    """

    return of_parts(place.name, unit, lambda: _dealt(_all(place), unit))


def read_poems(
    place: Place,
    *,
    characters: Sequence[int] | None = None,
    lines: int | None = None,
) -> Dataset:
    """Reads the poems with their titles and keywords, dealt out as by `read_text`.

    Args:
      characters, lines: of the poems that are kept; see `poems.read_own`.
    """

    def splits() -> Splits:
        poems = _all(place)
        found = {p.text: Poem(p.title, verse.split("\n".join(p.lines))) for p in poems}
        parts = _dealt(poems, "char")
        kept = {
            s: [found[text] for text in parts[s] if found[text].lines] for s in SPLITS
        }
        return select(place.name, kept, characters, lines)

    return Dataset(splits)


def _all(place: Place) -> list[Printed]:
    """Returns all poems; of those with the same lines, the first."""
    found: dict[str, Printed] = {}
    for file in place.files:
        for poem in _poems(place.find(file)):
            found.setdefault("\n".join(poem.lines), poem)
    return list(found.values())


def _dealt(poems: Sequence[Printed], unit: str) -> Parts:
    texts = {"\n".join(poem.lines): poem.text for poem in poems}
    return deal(texts, unit, key=lambda body: body.split("\n", 1)[0])


def _poems(path: Path) -> Iterator[Printed]:
    """Yields the poems of a file.

    Raises:
      ValueError: the file holds something else.
    """
    try:
        for poem in json.loads(read(path)):
            lines = list(filter(None, map(str.strip, poem["paragraphs"])))
            # Song lyrics have the name of a tune instead of a title.
            title = poem.get("title", poem.get("rhythmic"))
            if lines:
                yield Printed(title or "", poem["author"] or "", lines)
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: not JSON: {error}") from None
    except (AttributeError, KeyError, TypeError):
        raise ValueError(
            f"{path}: expected a list of poems with their paragraphs and author"
        ) from None


def read_cloze(place: Place, *, candidates: int | None = 100) -> Dataset:
    """Blanks the most frequent characters of lines, one at a time.

    A line that stands in several poems is taken once, to train if it is there.

    Args:
      candidates: how many characters are blanked.
    """

    def clozes() -> Splits:
        poems = read_text(place)
        split_of = {
            line: split
            for split in reversed(SPLITS)
            for poem in poems[split]
            for line in "".join(poem.tokens).split("\n")
            # Titles and authors, which come first, do not end like a sentence.
            if line.endswith(("。", "？", "！"))
        }
        train = "".join(line for line, split in split_of.items() if split == "train")
        counts = collections.Counter(filter(str.isalpha, train))
        asked = {symbol for symbol, _ in counts.most_common(candidates)}
        splits = {split: [] for split in SPLITS}
        for line, split in split_of.items():
            splits[split] += [
                Cloze(line[:i], symbol, line[i + 1 :])
                for i, symbol in enumerate(line)
                if symbol in asked
            ]
        return splits

    return answered(place.name, clozes, candidates)
