"""Sentences with a tag for each token, in two columns or more.

高 B-NAME        a token and its tag, whatever stands between them
勇 E-NAME
： O
                 a blank line ends a sentence
"""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from seqnets.data import files, places, schemes
from seqnets.data.labelled import PARTS
from seqnets.data.schemes import Span, Tagged

KNOWN = ("places", "zh_cws", "resume_ner", "conll2003")

Splits = dict[str, list[Tagged]]

_MARK = "-DOCSTART-"  # Where a document begins, in CoNLL-2003.
# Not `str.split`: an ideographic space may be a token.
_GAP = re.compile(r"[ \t\r]+")


def read_two_columns(path: Path, *, scheme: str | None = None) -> list[Tagged]:
    """Reads a file of lines `token tag`, a blank line between sentences.

    Of more columns the first and the last count. Lines that mark where a document
    begins, `-DOCSTART-`, are passed over.

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
        if fields and fields[0] != _MARK:
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


def read_treebank(path: Path) -> Iterator[tuple[list[str], list[str]]]:
    """Yields words and parts of speech of each sentence (CoNLL-X: columns 2 and 5).

    Raises:
      ValueError: for a line that has not ten columns, with file and number.
    """
    words, tags = [], []
    for number, line in enumerate([*files.read(path).split("\n"), ""], 1):
        row = line.split("\t")
        if len(row) == 10:
            words.append(row[1])
            tags.append(row[4])
        elif line.strip():
            raise ValueError(
                f"{path}, line {number}: expected ten columns, not {line[:40]!r}"
            )
        elif words:
            yield words, tags
            words, tags = [], []


def words_to_tags(words: Iterable[str]) -> Tagged:
    """Returns the characters of words, tagged B, M, E and S as their word has them."""
    text, spans = "", []
    for word in words:
        spans.append(Span(len(text), len(text) + len(word), ""))
        text += word
    return Tagged(tuple(text), tuple(schemes.tags_of(spans, len(text), "BMES")))


def load_tagged(
    corpus: str, data_dir: str | os.PathLike | None = None
) -> tuple[Splits, str]:
    """Loads the sentences of "train", "valid" and "test", and names their scheme.

    Tags that only a lenient reading takes, such as I without a B, are written as the
    scheme has them: four sentences of resume_ner have some.

    Args:
      corpus: one of `KNOWN`, or a folder as `read_folder` reads it.
      data_dir: as in `files.find`.

    Raises:
      FileNotFoundError: there is no such corpus, or a part is missing.
      ValueError: for a bad line, with file and number; or as `schemes.fitting`.
    """
    match corpus:
        case "places":
            return places.splits(), "BMES"
        case "zh_cws":
            return read_cws(data_dir), "BMES"
        case "resume_ner":
            names, scheme = ("train", "dev", "test"), "BMES"
            found = [f"{name}.char.bmes" for name in names]
        case "conll2003":
            found, scheme = [f"{part}.txt" for part in PARTS], "BIO"
        case _:
            if not Path(corpus).is_dir():
                known = ", ".join(KNOWN)
                raise FileNotFoundError(
                    f"no corpus {str(corpus)!r}: not a folder, nor one of {known}"
                )
            return read_folder(Path(corpus))
    splits = {}
    for part, file in zip(PARTS, found, strict=True):
        path = files.find(corpus, file, data_dir)
        splits[part] = _strict(read_two_columns(path, scheme=scheme), scheme)
    return splits, scheme


def read_cws(data_dir: str | os.PathLike | None = None) -> Splits:
    """Reads the words of a Chinese treebank (UD_Chinese-GSD), as characters' tags."""
    splits = {}
    for part, file in zip(PARTS, ("train", "dev", "test"), strict=True):
        path = files.find("zh_cws", f"ud_chinese/{file}.conll", data_dir)
        splits[part] = [words_to_tags(words) for words, _ in read_treebank(path)]
    return splits


def read_folder(folder: Path) -> tuple[Splits, str]:
    """Reads a user's `train.txt`, `dev.txt` (or `valid.txt`) and `test.txt`.

    The scheme is the one that `schemes.fitting` guesses from the tags of all three;
    what is in IOB1 is read as it is meant, and becomes BIO.

    Raises:
      FileNotFoundError: a part is missing.
      ValueError: as `read_two_columns`; or no scheme has all the tags.
    """
    paths = zip(PARTS, files.find_parts(folder), strict=True)
    splits = {part: read_two_columns(path) for part, path in paths}
    tags = {tag for part in splits.values() for _, tags in part for tag in tags}
    try:
        scheme = schemes.fitting(tags)
    except ValueError as error:
        raise ValueError(f"{folder}: {error}") from None
    return {part: _strict(found, scheme) for part, found in splits.items()}, scheme


def _strict(sentences: Iterable[Tagged], scheme: str) -> list[Tagged]:
    """Writes what can be read as `schemes.allowed` allows it."""
    return [
        Tagged(tokens, tuple(schemes.convert(tags, scheme, scheme)))
        for tokens, tags in sentences
    ]
