"""FASTA files: sequences of DNA, each under a header.

    >name key=value ...
    ACGTTGCANN
    TTGACA

A header begins with the name; words `key=value` after it are fields.
"""

import logging
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seqnets.data import bases, files


class Record(NamedTuple):
    """A sequence of a FASTA file."""

    name: str
    fields: dict[str, str]
    codes: np.ndarray  # uint8 [T], of `bases`.
    line: int  # Of the header, from 1 on.


def read(path: Path) -> list[Record]:
    """Reads a FASTA file, gzipped or not; ambiguity codes are counted in the log.

    Raises:
      ValueError: it is none, a letter is no base, or a sequence is empty; with file and
        line.
    """
    found: list[tuple[str, int, list[np.ndarray]]] = []
    for number, line in enumerate(files.read_lines(path), 1):
        if line.startswith(">"):
            found.append((line[1:], number, []))
        elif line.strip():
            if not found:
                raise ValueError(
                    f"{path}, line {number}: a FASTA file begins with a header `>name`"
                )
            try:
                found[-1][2].append(bases.encode(line))
            except ValueError as error:
                raise ValueError(f"{path}, line {number}: {error}") from None
    if not found:
        raise ValueError(f"{path}: there are no sequences in it")
    records = []
    for header, number, parts in found:
        if not parts:
            raise ValueError(f"{path}, line {number}: a header without a sequence")
        name, *words = header.split() or [""]
        fields = dict(word.split("=", 1) for word in words if "=" in word)
        records.append(Record(name, fields, np.concatenate(parts), number))
    report(str(path), [record.codes for record in records])
    return records


def report(name: str, sequences: list[np.ndarray]) -> None:
    """Logs how many codes of some sequences stand for more than one base, if any do."""
    count = sum(map(bases.ambiguous, sequences))
    if count:
        logging.getLogger(__name__).warning(
            "%s: %d of %d letters are ambiguity codes, read as any of their bases",
            *(name, count, sum(map(len, sequences))),
        )
