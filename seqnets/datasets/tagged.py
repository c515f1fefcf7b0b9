"""Sentences with a tag for each token: the kind "tagged".

A file has two columns or more, of which the first and the last count:

    高 B-NAME        a token and its tag, white space between them
    勇 E-NAME
    ： O
                     a blank line ends a sentence
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from seqnets.data import files, schemes
from seqnets.data.schemes import Span
from seqnets.datasets.dataset import Dataset

_DOCUMENT = "-DOCSTART-"  # Begins a document in CoNLL-2003.
# Not `str.split`: an ideographic space may be a token.
_GAP = re.compile(r"[ \t\r]+")


class Tagged(NamedTuple):
    """A sentence; the `info` of its data set names the "scheme" of the tags."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...]


def read_two_columns(path: Path, *, scheme: str | None = None) -> list[Tagged]:
    """Reads a file of lines `token tag`, a blank line between sentences.

    Lines that mark the beginning of a document, `-DOCSTART-`, are skipped.

    Args:
      path: of the file.
      scheme: of the tags; None = any, as long as each tag is in one of `SCHEMES`.

    Raises:
      ValueError: for a token without a tag, or a tag that is not in the scheme, with
        file and line; or there are no sentences.
    """
    names = schemes.SCHEMES if scheme is None else (scheme,)

    def parse(line: str) -> tuple[str, ...]:
        token, *others = _GAP.split(line.strip(" \t\r"))
        if token == _DOCUMENT:
            return ()
        if not others:
            raise ValueError(f"{token[:40]!r} is a token without a tag")
        faults = [schemes.fault(others[-1], name) for name in names]
        if all(faults):
            raise ValueError(f"the tag {others[-1]!r} {'; '.join(faults)}")
        return token, others[-1]

    found = [Tagged(*zip(*rows, strict=True)) for rows in read_rows(path, parse)]
    if not found:
        raise ValueError(f"{path}: there are no sentences")
    return found


def read_rows(
    path: Path, parse: Callable[[str], tuple[str, ...]]
) -> Iterator[list[tuple[str, ...]]]:
    """Yields the rows of each sentence of a file; a blank line ends a sentence.

    Args:
      path: of the file.
      parse: returns the row of a line; an empty one is left out.

    Raises:
      ValueError: as `files.parse_lines`.
    """
    found = files.parse_lines(path, lambda line: parse(line) if line.strip() else None)
    rows = []
    for row in itertools.chain(found, [None]):  # The end of the file ends one, too.
        if row:
            rows.append(row)
        elif row is None and rows:
            yield rows
            rows = []


def read_own(place: files.Place) -> Dataset:
    """Reads tagged sentences in the plain format.

    The scheme is the one that `schemes.fitting` guesses from the tags of all three
    files. Tags that only a lenient reading takes, such as those of IOB1, are rewritten.

    Raises:
      ValueError: as `read_two_columns`; or no scheme has all the tags.
    """

    def read() -> dict[str, Any]:
        splits = {s: read_two_columns(path) for s, path in place.parts().items()}
        tags = {tag for part in splits.values() for _, tags in part for tag in tags}
        try:
            scheme = schemes.fitting(tags)
        except ValueError as error:
            raise ValueError(f"{place.name}: {error}") from None
        tightened = {
            split: [
                Tagged(tokens, tuple(schemes.convert(tags, scheme, scheme)))
                for tokens, tags in part
            ]
            for split, part in splits.items()
        }
        return tightened | {"info": {"scheme": scheme}}

    return Dataset(read)


def in_scheme(scheme: str, read: Callable[[], dict[str, list[Tagged]]]) -> Dataset:
    """Returns the data set of splits whose tags are in a scheme."""
    return Dataset(read, lambda _: {"scheme": scheme})


def from_pieces(pieces: Iterable[tuple[str, str | None]]) -> Tagged:
    """Returns the characters of a text that is given in pieces, tagged in BMES.

    Args:
      pieces: text and kind of each; the kind is None outside spans, and "" for spans
        without a kind.
    """
    text, spans = "", []
    for piece, kind in pieces:
        if kind is not None:
            spans.append(Span(len(text), len(text) + len(piece), kind))
        text += piece
    return Tagged(tuple(text), tuple(schemes.tags_of(spans, len(text), "BMES")))
