"""Genes that were found are scored by base and whole, and marked."""

import numpy as np
import pytest

from seqnets import genes
from seqnets.data import bases, gene_tags
from seqnets.datasets.dna import Annotated


def example(text, length=20):
    return Annotated(tuple(gene_tags.parse(text)), np.full(length, 1, np.uint8))


def test_genes_are_scored_by_base_and_whole():
    pairs = [
        (example("1..6"), gene_tags.parse("1..6")),
        (example("4..9"), gene_tags.parse("1..6")),
        (example("-"), gene_tags.parse("-1..3")),
    ]
    found = genes.measure(pairs)
    assert found["gene_accuracy"] == 0.5
    assert found["precision"] == pytest.approx(9 / 15)
    assert found["recall"] == pytest.approx(9 / 12)
    assert found["f1"] == pytest.approx(18 / 27)
    assert found["accuracy"] == pytest.approx((60 - 6 - 3) / 60)


def test_a_gene_on_the_wrong_strand_is_wrong():
    found = genes.measure([(example("1..6"), gene_tags.parse("-1..6"))])
    assert found["f1"] == found["gene_accuracy"] == 0


def test_nothing_found_where_there_is_nothing_is_no_division_by_zero():
    assert genes.measure([(example("-"), [])])["accuracy"] == 1


def test_what_codes_is_in_upper_case():
    codes, tags = bases.encode("acgtacgt"), np.array([0, 1, 2, 3, 1, 2, 3, 0])
    assert str(genes.marked(codes, tags)) == "2..7\taCGTACGt"
