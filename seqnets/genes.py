"""Genes that were found in DNA: precision, recall, F1, and display. NumPy.

By base and by whole gene, as gene finders are compared (Burset and Guigó, 1996).
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from seqnets.data import bases, gene_tags, tsv
from seqnets.data.gene_tags import CODING, Gene
from seqnets.datasets.dna import Annotated


class Marked(NamedTuple):
    """The genes found in a sequence; `str` has their places, and marks the bases."""

    genes: tuple[Gene, ...]
    text: str  # Its bases, upper case where they code.

    def __str__(self) -> str:
        return tsv.row(gene_tags.write(self.genes), self.text)


def marked(codes: np.ndarray, tags: np.ndarray) -> Marked:
    """Returns what is found in a sequence, of codes and tags, [T] each."""
    pairs = zip(bases.decode(codes), CODING[tags], strict=True)
    text = "".join(base if coding else base.lower() for base, coding in pairs)
    return Marked(tuple(gene_tags.genes_of(tags)), text)


def measure(pairs: Iterable[tuple[Annotated, Sequence[Gene]]]) -> dict[str, float]:
    """Scores genes that were found: by base, and by gene.

    Args:
      pairs: sequences, and the genes found in each.

    Returns:
      "accuracy": the share of bases that rightly code or do not; "precision", "recall"
      and "f1" of those that code, on the right strand; "gene_accuracy": the share of
      true genes that were found with all their stretches as they are.
    """
    right = both = found = true = total = whole = genes = 0
    for example, answer in pairs:
        length = len(example.codes)
        own = _strand(example.genes, length)
        other = _strand(answer, length)
        right += int((own == other).sum())
        both += int(((own == other) & (own > 0)).sum())
        found, true = found + int((other > 0).sum()), true + int((own > 0).sum())
        whole += len(set(answer) & set(example.genes))
        genes, total = genes + len(example.genes), total + length
    return {
        "accuracy": right / max(total, 1),
        "precision": both / max(found, 1),
        "recall": both / max(true, 1),
        "f1": 2 * both / max(found + true, 1),
        "gene_accuracy": whole / max(genes, 1),
    }


def _strand(genes: Sequence[Gene], length: int) -> np.ndarray:
    """Returns which strand codes at each base: 0 none, 1 this one, 2 the other."""
    found = np.zeros(length, np.int8)
    for gene in genes:
        for begin, end in gene.exons:
            found[begin:end] = 1 + gene.reverse
    return found
