"""Genes without introns: the longest open reading frame of both strands."""

import numpy as np

from seqnets.data import bases
from seqnets.data.gene_tags import Gene

START, STOPS = "ATG", ("TAA", "TAG", "TGA")


def longest(codes: np.ndarray) -> list[Gene]:
    """Returns the longest stretch from a start codon to a stop codon, or none.

    Args:
      codes: [T], of `bases`; ambiguous ones are in no start and no stop.
    """
    best, size = [], len(codes)
    for reverse in (False, True):
        own = bases.reverse_complement(codes) if reverse else codes
        for begin, end in _frames(bases.decode(own)):
            if not best or end - begin > best[0].exons[0][1] - best[0].exons[0][0]:
                span = (size - end, size - begin) if reverse else (begin, end)
                best = [Gene((span,), reverse)]
    return best


def _frames(text: str):
    """Yields (begin, end) of what is between each start and the next stop in frame."""
    for phase in range(3):
        begin = None
        for place in range(phase, len(text) - 2, 3):
            codon = text[place : place + 3]
            if begin is None and codon == START:
                begin = place
            elif begin is not None and codon in STOPS:
                yield begin, place + 3
                begin = None
