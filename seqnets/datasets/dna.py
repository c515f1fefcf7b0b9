"""DNA: windows with a class each (kind "windows"), and genes in sequences ("genes").

The plain format is FASTA; what is known stands in the header:

    >one label=donor                   of a window, its class
    >two coding=4..12,31..48;-60..71   of a sequence, the coding stretches of its genes

Places are from 1 on; a gene that is read on the other strand begins with "-"; a
sequence without genes has `coding=-`. It is a file, or a folder with train.fasta,
valid.fasta (or dev.fasta) and test.fasta. Of windows in one file, ten folds are made,
the i-th of each class in fold i modulo 10; sequences with genes are dealt out as by
`dataset.deal`.
"""

import collections
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seqnets.data import bases, fasta, files, gene_tags
from seqnets.data.fasta import Record
from seqnets.data.files import Place
from seqnets.data.gene_tags import Gene
from seqnets.datasets.dataset import SPLITS, Dataset, Splits, deal
from seqnets.datasets.documents import FOLDS, folded
from seqnets.datasets.labelled import label_info

PARTS = (("train.fasta",), ("valid.fasta", "dev.fasta"), ("test.fasta",))
SPLICE = ("EI", "IE", "N")


class Window(NamedTuple):
    """A piece of DNA of one class."""

    label: str
    fold: int  # Below `FOLDS`; 0 where the splits are given.
    codes: np.ndarray  # uint8 [T], of `bases`.


class Annotated(NamedTuple):
    """A sequence, and the genes in it."""

    genes: tuple[Gene, ...]
    codes: np.ndarray  # uint8 [T], of `bases`.


def read_windows(place: Place, *, fold: int = 0) -> Dataset:
    """Reads windows in the plain format.

    Args:
      fold: of one file, the one to test; see `documents.folded`.

    Raises:
      ValueError: as `fasta.read`; a header has no label, all labels are one, a class
        has too few windows, or one that no training window has.
    """
    if place.path.is_dir():
        return Dataset(lambda: _of_parts(place, _windows, _check_labels), label_info)

    def read_all() -> list[Window]:
        windows = _windows(place.path)
        counts = collections.Counter(window.label for window in windows)
        for label, count in counts.items():
            if count < FOLDS:
                raise ValueError(
                    f"{place.path}: {count} windows of the class {label!r} are too few:"
                    f" it needs {FOLDS}, one a fold"
                )
        _check_labels({"train": windows}, {"train": place.path})
        return windows

    return folded(read_all, fold)


def read_splice(place: Place, *, fold: int = 0) -> Dataset:
    """Reads 3,190 windows of primate DNA, 60 bases each (Noordewier et al., 1991).

    EI, exon to intron, is a donor; IE, intron to exon, an acceptor; N is neither. The
    junction, if there is one, is in the middle.

    Args:
      fold: the one to test; see `documents.folded`.
    """

    def parse(line: str) -> tuple[str, np.ndarray]:
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) != 3 or cells[0] not in SPLICE:
            raise files.unexpected(line, "`class, name, sequence`")
        return cells[0], bases.encode(cells[2])

    def read_all() -> list[Window]:
        found = list(files.parse_lines(place.path, parse))
        fasta.report(str(place.path), [codes for _, codes in found])
        return _numbered(found)

    return folded(read_all, fold)


def read_genes(place: Place) -> Dataset:
    """Reads sequences with genes in the plain format.

    Raises:
      ValueError: as `fasta.read`; a header without `coding=`, or genes that cannot be;
        or fewer than three sequences.
    """

    def read() -> Splits:
        if place.path.is_dir():
            return _of_parts(place, _genes)
        found = _genes(place.path)
        if len(found) < len(SPLITS):
            raise ValueError(
                f"{place.path}: {len(found)} sequences are too few: give 3"
            )
        return deal(found)

    return Dataset(read)


def _of_parts(
    place: Place,
    read: Callable[[Path], Sequence],
    check: Callable[..., None] = lambda splits, paths: None,
) -> Splits:
    paths = {s: place.find(*names) for s, names in zip(SPLITS, PARTS, strict=True)}
    splits = {split: read(path) for split, path in paths.items()}
    check(splits, paths)
    return splits


def _field(path: Path, record: Record, name: str, example: str) -> str:
    if name not in record.fields:
        raise ValueError(
            f"{path}, line {record.line}: the header has no {name}; it should be as in"
            f" `>{record.name or 'name'} {name}={example}`"
        )
    return record.fields[name]


def _windows(path: Path) -> list[Window]:
    records = fasta.read(path)
    return _numbered([(_field(path, r, "label", "donor"), r.codes) for r in records])


def _numbered(found: Sequence[tuple[str, np.ndarray]]) -> list[Window]:
    """Returns windows, the i-th of each class in fold i modulo 10."""
    seen: dict[str, int] = collections.Counter()
    windows = []
    for label, codes in found:
        windows.append(Window(label, seen[label] % FOLDS, codes))
        seen[label] += 1
    return windows


def _check_labels(splits: dict[str, list[Window]], paths: dict[str, Path]) -> None:
    known = {window.label for window in splits["train"]}
    if len(known) == 1:
        raise ValueError(f"{paths['train']}: all windows have the label {min(known)!r}")
    for split, windows in splits.items():
        for window in windows:
            if window.label not in known:
                raise ValueError(
                    f"{paths[split]}: the label {window.label!r} is not in"
                    f" {paths['train'].name}, which has {', '.join(sorted(known))}"
                )


def _genes(path: Path) -> list[Annotated]:
    found = []
    for record in fasta.read(path):
        text = _field(path, record, "coding", "4..12,31..48")
        try:
            genes = gene_tags.parse(text)
            gene_tags.tags_of(genes, len(record.codes))
        except ValueError as error:
            raise ValueError(f"{path}, line {record.line}: {error}") from None
        found.append(Annotated(tuple(genes), record.codes))
    return found
