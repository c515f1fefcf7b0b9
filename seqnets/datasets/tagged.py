"""Sentences with a tag for each token: the kind "tagged", and two published sets.

A file has two columns or more, of which the first and the last count:

    高 B-NAME        a token and its tag, white space between them
    勇 E-NAME
    ： O
                     a blank line ends a sentence
"""

import functools
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from seqnets.data import files, schemes
from seqnets.data.schemes import Span
from seqnets.datasets import sources
from seqnets.datasets.dataset import SPLITS, Dataset

_DOCUMENT = "-DOCSTART-"  # Begins a document in CoNLL-2003.
# Not `str.split`: an ideographic space may be a token.
_GAP = re.compile(r"[ \t\r]+")

Folder = str | os.PathLike | None


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
    sentences, tokens, tags = [], [], []
    # A blank line ends a sentence, and so does the end of the file.
    for number, line in enumerate([*files.read(path).split("\n"), ""], 1):
        fields = _GAP.split(line.strip(" \t\r")) if line.strip() else []
        if fields and fields[0] != _DOCUMENT:
            if len(fields) == 1:
                raise ValueError(
                    f"{path}, line {number}, is {fields[0][:40]!r}: a token without a"
                    " tag"
                )
            token, *_, tag = fields
            faults = [schemes.fault(tag, name) for name in names]
            if all(faults):
                why = "; ".join(faults)
                raise ValueError(f"{path}, line {number}: the tag {tag!r} {why}")
            tokens.append(token)
            tags.append(tag)
        elif not fields and tokens:
            sentences.append(Tagged(tuple(tokens), tuple(tags)))
            tokens, tags = [], []
    if not sentences:
        raise ValueError(f"{path}: there are no sentences")
    return sentences


def read_own(path: str | os.PathLike) -> Dataset:
    """Reads a user's folder with `train.txt`, `valid.txt` (or `dev.txt`), `test.txt`.

    The scheme is the one that `schemes.fitting` guesses from the tags of all three
    files; tags in IOB1 become BIO.

    Raises:
      FileNotFoundError: a file is missing.
      ValueError: as `read_two_columns`; or no scheme has all the tags.
    """
    folder = Path(path)

    @functools.cache
    def read() -> tuple[dict[str, list[Tagged]], str]:
        parts = files.find_parts(folder)
        splits = {split: read_two_columns(path) for split, path in parts.items()}
        tags = {tag for part in splits.values() for _, tags in part for tag in tags}
        try:
            scheme = schemes.fitting(tags)
        except ValueError as error:
            raise ValueError(f"{folder}: {error}") from None
        return {name: tighten(part, scheme) for name, part in splits.items()}, scheme

    return Dataset(lambda: read()[0], lambda _: {"scheme": read()[1]})


def read_resume_ner(data_dir: Folder = None) -> Dataset:
    """Reads the résumés of Zhang & Yang (2018), characters tagged in BMES.

    Four sentences have tags, such as M without a B, that the scheme does not allow:
    they are read leniently and rewritten.
    """
    names = [f"{split}.char.bmes" for split in ("train", "dev", "test")]
    return in_scheme("BMES", lambda: _read_known("resume_ner", names, "BMES", data_dir))


def read_conll2003(data_dir: Folder = None) -> Dataset:
    """Reads the English news of CoNLL-2003 (Tjong Kim Sang & De Meulder, 2003)."""
    names = [f"{split}.txt" for split in SPLITS]
    return in_scheme("BIO", lambda: _read_known("conll2003", names, "BIO", data_dir))


def in_scheme(scheme: str, read: Callable[[], dict[str, list[Tagged]]]) -> Dataset:
    """Returns the data set of splits whose tags are in a scheme."""
    return Dataset(read, lambda _: {"scheme": scheme})


def tighten(sentences: Iterable[Tagged], scheme: str) -> list[Tagged]:
    """Rewrites tags that only a lenient reading takes; see `schemes.convert`."""
    return [
        Tagged(tokens, tuple(schemes.convert(tags, scheme, scheme)))
        for tokens, tags in sentences
    ]


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


def _read_known(
    name: str, names: Iterable[str], scheme: str, data_dir: Folder
) -> dict[str, list[Tagged]]:
    paths = [sources.find(name, file, data_dir) for file in names]
    found = (tighten(read_two_columns(path, scheme=scheme), scheme) for path in paths)
    return dict(zip(SPLITS, found, strict=True))
