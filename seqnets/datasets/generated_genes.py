"""Genes by rules (kind "genes"): a start, codons, introns, a stop, on either strand.

A sequence has 240 bases and one gene: CCACC before ATG, codons of biased bases of which
none is a stop, up to two introns between or within them, and a stop codon. An intron
begins with GT, as a rule GTRAGT, and ends with a stretch of C and T and CAG. What
surrounds it are bases at random, where starts, stops, GT and AG occur as well. Half of
the genes are on the other strand.
"""

import itertools

import numpy as np

from seqnets.data import bases
from seqnets.data.files import Place
from seqnets.data.gene_tags import Gene
from seqnets.datasets.dataset import Dataset, cut, pick
from seqnets.datasets.dna import Annotated

SIZES = 2000, 200, 200
LENGTH = 240
CODONS = 18, 31  # The fewest, and one more than the most, start and stop not counted.
INTRON = 12, 25  # The same of an intron's bases between its ends.
INTRONS = 3  # One more than the most.
STOPS = "TAA", "TAG", "TGA"

# How often A, C, G and T are first, second and third in a codon.
_PLACES = ((0.26, 0.20, 0.36, 0.18), (0.31, 0.24, 0.17, 0.28), (0.10, 0.42, 0.40, 0.08))
_CODONS = [
    (a + b + c, p * q * r)
    for (a, p), (b, q), (c, r) in itertools.product(
        *(zip(bases.BASES, own, strict=True) for own in _PLACES)
    )
    if a + b + c not in STOPS
]
_WEIGHTS = np.array([weight for _, weight in _CODONS])
_KEPT = 0.9  # How often a base of a signal is the one of the rule.


def read(place: Place) -> Dataset:
    """Draws 2,400 sequences."""
    del place

    def draw_all():
        rng = np.random.default_rng(1953)
        found = [draw(rng) for _ in range(sum(SIZES))]
        return cut(found, SIZES[0], SIZES[0] + SIZES[1])

    return Dataset(draw_all)


def draw(rng: np.random.Generator) -> Annotated:
    """Draws a sequence with one gene."""
    chosen = rng.choice(
        len(_CODONS), rng.integers(*CODONS), p=_WEIGHTS / _WEIGHTS.sum()
    )
    coding = "ATG" + "".join(_CODONS[i][0] for i in chosen) + pick(rng, STOPS)
    # An intron is near where it would cut the codons in equal parts.
    parts = int(rng.integers(INTRONS)) + 1
    cuts = np.arange(1, parts) + rng.uniform(-0.3, 0.3, parts - 1)
    places = (cuts * len(coding) / parts).astype(int).tolist()
    text, exons, before = "", [], 0
    for place in [*places, len(coding)]:
        exons.append((len(text), len(text) + place - before))
        text += coding[before:place]
        text += _intron(rng) if place < len(coding) else ""
        before = place
    signal = _signal(rng, "CCACC")
    room = LENGTH - len(text) - len(signal)
    start = int(rng.integers(room + 1))
    whole = _random(rng, start) + signal + text + _random(rng, room - start)
    begin = start + len(signal)
    exons = [(a + begin, b + begin) for a, b in exons]
    codes = bases.encode(whole)
    if not rng.integers(2):
        return Annotated((Gene(tuple(exons)),), codes)
    flipped = tuple((LENGTH - b, LENGTH - a) for a, b in reversed(exons))
    return Annotated((Gene(flipped, True),), bases.reverse_complement(codes))


def _random(rng: np.random.Generator, size: int) -> str:
    return "".join(bases.BASES[i] for i in rng.integers(0, 4, size))


def _signal(rng: np.random.Generator, rule: str) -> str:
    """Returns the bases of a rule, some of them any others; R is A or G."""
    found = (pick(rng, "AG") if base == "R" else base for base in rule)
    return "".join(b if rng.random() < _KEPT else _random(rng, 1) for b in found)


def _intron(rng: np.random.Generator) -> str:
    inner = _random(rng, int(rng.integers(*INTRON)))
    tail = "".join("CT"[i] for i in rng.integers(0, 2, 6))
    return "GT" + _signal(rng, "RAGT") + inner + _signal(rng, tail) + "CAG"
