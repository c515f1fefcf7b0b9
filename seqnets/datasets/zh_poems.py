"""Tang and Song poems in Chinese, one a document: title, author and lines."""

import collections
import json
from collections.abc import Iterator
from pathlib import Path

from seqnets.data.files import Place, read
from seqnets.datasets.cloze import Cloze, answered
from seqnets.datasets.dataset import SPLITS, Dataset, Splits
from seqnets.datasets.text import Parts, deal, of_parts


def read_text(place: Place, *, unit: str = "char") -> Dataset:
    """Reads the poems as texts.

    A poem's first line decides its part, so that the versions of one poem that stand
    in two anthologies stay together; exact copies are dropped.

    Args:
      unit: "char" or "word".
    """

    def parts() -> Parts:
        poems = {}
        for file in place.files:
            for heading, lines in _poems(place.find(file)):
                poems.setdefault("\n".join(lines), "\n".join([*heading, *lines]))
        return deal(poems, unit, key=lambda body: body.split("\n", 1)[0])

    return of_parts(place.name, unit, parts)


def _poems(path: Path) -> Iterator[tuple[list[str], list[str]]]:
    """Yields title and author, where there are any, and the lines of each poem.

    Raises:
      ValueError: the file holds something else.
    """
    try:
        for poem in json.loads(read(path)):
            lines = list(filter(None, map(str.strip, poem["paragraphs"])))
            # Song lyrics have the name of a tune instead of a title.
            title = poem.get("title", poem.get("rhythmic"))
            if lines:
                yield list(filter(None, (title, poem["author"]))), lines
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
