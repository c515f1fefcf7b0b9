"""Genes as a tag for each base, from which they are read again.

    0        outside of genes
    1 2 3    first, second and third base of a codon
    4 5 6    in an intron after a codon's first, second, third base
    7 - 12   the same six on the other strand

So a chain of tags keeps the reading frame across introns. What may follow what is
`ALLOWED`; on the other strand it is the reverse.
"""

import itertools
import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

OUTSIDE, STRAND = 0, 6  # Tags of a strand.
TAGS = 1 + 2 * STRAND
CODING = np.isin(np.arange(TAGS), (1, 2, 3, 7, 8, 9))
# OTHER[tag]: what the tag is if the strands change places.
OTHER = np.array([0, *range(7, 13), *range(1, 7)])

_PAIRS = ((0, 0), (0, 1), (3, 0), (1, 2), (2, 3), (3, 1), (1, 4), (2, 5), (3, 6),
          (4, 4), (5, 5), (6, 6), (4, 2), (5, 3), (6, 1))  # fmt: skip
ALLOWED = np.zeros((TAGS, TAGS), bool)
for _a, _b in _PAIRS:
    ALLOWED[_a, _b] = ALLOWED[OTHER[_b], OTHER[_a]] = True

_EXON = re.compile(r"(\d+)\.\.(\d+)")


class Gene(NamedTuple):
    """The coding stretches of a gene.

    Attributes:
      exons: (begin, end) of each, from 0 on, the end not included; in ascending order.
      reverse: whether it is read on the other strand, from the last base to the first.
    """

    exons: tuple[tuple[int, int], ...]
    reverse: bool = False


def tags_of(genes: Sequence[Gene], length: int) -> np.ndarray:
    """Returns the tags of a sequence, uint8 [T].

    Raises:
      ValueError: genes overlap, have no base between them, or are outside of the
        sequence; or one is not made of whole codons.
    """
    tags = np.zeros(length, np.uint8)
    for gene in genes:
        ends = [place for exon in gene.exons for place in exon]
        if not ends or sorted(set(ends)) != ends or ends[0] < 0 or ends[-1] > length:
            raise ValueError(
                f"coding stretches {write([gene])} are not in order in {length} bases"
            )
        size = sum(end - begin for begin, end in gene.exons)
        if size % 3:
            raise ValueError(
                f"coding stretches {write([gene])} have {size} bases, no whole codons"
            )
        own = np.zeros(ends[-1] - ends[0], np.uint8)
        for begin, end in gene.exons:
            own[begin - ends[0] : end - ends[0]] = 1
        own = own[::-1] if gene.reverse else own
        read = np.cumsum(own)
        own = np.where(own, 1 + (read - 1) % 3, 4 + (read - 1) % 3)
        own = OTHER[own[::-1]] if gene.reverse else own
        if tags[ends[0] : ends[-1]].any():
            raise ValueError(f"genes overlap: {write(genes)}")
        # Tags would join it to a gene beside it, or could not go on to one.
        if tags[max(ends[0] - 1, 0) : ends[-1] + 1].any():
            raise ValueError(f"genes have no base between them: {write(genes)}")
        tags[ends[0] : ends[-1]] = own
    return tags


def genes_of(tags: np.ndarray) -> list[Gene]:
    """Returns the genes of tags [T], in the order of their places.

    A gene is what no base outside of genes, nor of the other strand, interrupts.
    """
    found, place = [], 0
    strands = np.where(tags == OUTSIDE, 0, 1 + (tags > STRAND))
    for strand, group in itertools.groupby(strands.tolist()):
        end = place + len(list(group))
        if strand:
            coding = np.pad(CODING[tags[place:end]].astype(np.int8), 1)
            edges = np.flatnonzero(np.diff(coding)) + place
            exons = tuple(map(tuple, edges.reshape(-1, 2).tolist()))
            if exons:
                found.append(Gene(exons, strand == 2))
        place = end
    return found


def other_strand(tags: np.ndarray) -> np.ndarray:
    """Returns the tags of the reverse complement, of tags [T]."""
    return OTHER[tags][::-1].astype(tags.dtype)


def write(genes: Sequence[Gene]) -> str:
    """Writes genes as text, places from 1 on: "4..12,31..48;-60..71", or "-"."""
    return (
        ";".join(
            "-" * gene.reverse + ",".join(f"{a + 1}..{b}" for a, b in gene.exons)
            for gene in genes
        )
        or "-"
    )


def parse(text: str) -> list[Gene]:
    """Reads genes as `write` writes them.

    Raises:
      ValueError: it is something else.
    """
    found = []
    for part in text.split(";") if text != "-" else ():
        matches = list(map(_EXON.fullmatch, part.removeprefix("-").split(",")))
        if not all(matches):
            raise ValueError(
                f"expected coding stretches such as 4..12,31..48, not {text[:40]!r}"
            )
        exons = tuple((int(m[1]) - 1, int(m[2])) for m in matches)
        found.append(Gene(exons, part.startswith("-")))
    return found
