"""Sentences with a tag for each token: the kind "tagged".

A file has two columns or more, of which the first and the last count:

    高 B-NAME        a token and its tag, a tab or spaces between them
    勇 E-NAME
    ： O
                     a blank line ends a sentence
"""

import collections
import itertools
import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from seqnets.data import files, schemes
from seqnets.data.schemes import Span
from seqnets.datasets.dataset import Dataset

_DOCUMENT = "-DOCSTART-"  # Begins a document in CoNLL-2003.


class Tagged(NamedTuple):
    """A sentence; the `info` of its data set names the "scheme" of the tags."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...]


def read_two_columns(path: Path, *, scheme: str | None = None) -> list[Tagged]:
    """Reads a file of lines `token tag`, a blank line between sentences.

    Columns are parted by tabs or, where a line has none, by spaces. A line that marks
    the beginning of a document, `-DOCSTART-`, ends a sentence as a blank one does.

    Args:
      path: of the file.
      scheme: of the tags; None = any, as long as each tag is in one of `SCHEMES`.

    Raises:
      ValueError: for a token without a tag, another number of columns than in the first
        row, or a tag that is not in the scheme, with file and line; or there are no
        sentences.
    """
    names = schemes.SCHEMES if scheme is None else (scheme,)
    width = 0  # Of the first row.

    def parse(line: str) -> tuple[str, ...] | None:
        nonlocal width
        cells = files.columns(line.rstrip("\t "))
        if cells[0] == _DOCUMENT:
            return None
        token, tag = cells[0].strip(" ") or cells[0], cells[-1].strip(" ")
        if len(cells) < 2:
            raise ValueError(f"{token[:40]!r} is a token without a tag")
        width = width or len(cells)
        if len(cells) != width:
            raise ValueError(
                f"{len(cells)} columns in {line[:40]!r}, where the first row has"
                f" {width}; a token with spaces in it needs tabs between the columns"
            )
        if not token:
            raise ValueError(f"no token before the tag {tag!r}")
        faults = [schemes.fault(tag, name) for name in names]
        if all(faults):
            raise ValueError(f"the tag {tag!r} {'; '.join(faults)}")
        return token, tag

    found = [Tagged(*zip(*rows, strict=True)) for rows in read_rows(path, parse)]
    if not found:
        raise ValueError(f"{path}: there are no sentences")
    return found


def read_rows(
    path: Path, parse: Callable[[str], tuple[str, ...] | None]
) -> Iterator[list[tuple[str, ...]]]:
    """Yields the rows of each sentence of a file; a blank line ends a sentence.

    Args:
      path: of the file.
      parse: returns the row of a line; None ends a sentence as a blank line does.

    Raises:
      ValueError: as `files.parse_lines`.
    """
    found = files.parse_lines(path, lambda line: parse(line) if line.strip() else None)
    for is_row, rows in itertools.groupby(found, bool):
        if is_row:
            yield list(rows)


def read_own(place: files.Place) -> Dataset:
    """Reads tagged sentences in the plain format.

    The scheme is the one that `schemes.fitting` guesses from the tags of all three
    files. Tags that only a lenient reading takes, such as those of IOB1, are rewritten,
    and counted in a warning.

    Raises:
      ValueError: as `read_two_columns`; or no scheme has all the tags.
    """

    def read() -> dict[str, Any]:
        paths = place.parts()
        splits = {s: read_two_columns(path) for s, path in paths.items()}
        counts = collections.Counter(
            schemes.split(tag)[0]
            for part in splits.values()
            for _, tags in part
            for tag in tags
        )
        try:
            scheme = schemes.fitting(counts)
        except ValueError as error:
            shown = ", ".join(f"{count} {prefix}" for prefix, count in counts.items())
            raise ValueError(f"{place.name}: {error}: there are {shown}") from None
        return {
            split: _tighten(part, scheme, paths[split])
            for split, part in splits.items()
        } | {"info": {"scheme": scheme}}

    return Dataset(read)


def _tighten(part: list[Tagged], scheme: str, path: Path) -> list[Tagged]:
    """Rewrites tags that do not follow each other as `schemes.tags_of` writes them."""
    written = [
        Tagged(tokens, tuple(schemes.convert(tags, scheme, scheme)))
        for tokens, tags in part
    ]
    changed = [
        f"{old!r} of {token!r} became {new!r}"
        for (tokens, before), (_, after) in zip(part, written, strict=True)
        for token, old, new in zip(tokens, before, after, strict=True)
        if old != new
    ]
    if changed:
        logging.getLogger(__name__).warning(
            "%s: %d of %d tags do not follow each other as in %s and were rewritten,"
            " leaving the spans as the evaluation of CoNLL-2000 reads them; the first:"
            " %s",
            *(path, len(changed), sum(len(tags) for _, tags in part), scheme),
            changed[0],
        )
    return written


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
