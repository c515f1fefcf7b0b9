"""Genes go through tags, on both strands, and what cannot be is refused."""

import numpy as np
import pytest

from seqnets.data import gene_tags
from seqnets.data.gene_tags import ALLOWED, CODING, Gene

TEXT = "4..8,12..15;-20..23,27..31"


def test_genes_go_through_tags_and_text():
    genes = gene_tags.parse(TEXT)
    assert genes == [Gene(((3, 8), (11, 15))), Gene(((19, 23), (26, 31)), True)]
    assert gene_tags.write(genes) == TEXT and gene_tags.write([]) == "-"
    tags = gene_tags.tags_of(genes, 34)
    assert gene_tags.genes_of(tags) == genes
    assert gene_tags.parse("-") == gene_tags.genes_of(np.zeros(3, np.uint8)) == []


def test_tags_keep_the_reading_frame_across_introns():
    tags = gene_tags.tags_of(gene_tags.parse(TEXT), 34)
    assert tags[3:15].tolist() == [1, 2, 3, 1, 2, 5, 5, 5, 3, 1, 2, 3]
    # On the other strand, from the last base on.
    assert tags[19:31][::-1].tolist() == [7, 8, 9, 7, 8, 11, 11, 11, 9, 7, 8, 9]


def test_the_other_strand_has_the_same_genes_mirrored():
    tags = gene_tags.tags_of(gene_tags.parse(TEXT), 34)
    other = gene_tags.other_strand(tags)
    assert gene_tags.write(gene_tags.genes_of(other)) == "4..8,12..15;-20..23,27..31"
    np.testing.assert_array_equal(gene_tags.other_strand(other), tags)
    np.testing.assert_array_equal(CODING[other], CODING[tags][::-1])


def test_what_genes_do_is_allowed_and_frames_cannot_be_lost():
    rng = np.random.default_rng(0)
    for _ in range(50):
        places = np.sort(rng.choice(np.arange(1, 60), 4, False))
        a, b, c, d = map(int, places)
        d -= (b - a + d - c) % 3
        if d <= c:
            continue
        tags = gene_tags.tags_of([Gene(((a, b), (c, d)), bool(rng.integers(2)))], 60)
        assert ALLOWED[tags[:-1], tags[1:]].all()
    assert not ALLOWED[1, 3] and not ALLOWED[4, 3] and not ALLOWED[2, 0]
    assert not ALLOWED[1:7, 7:].any() and not ALLOWED[7:, 1:7].any()


@pytest.mark.parametrize(
    "text, words",
    [
        ("4..7", "4 bases, no whole codons"),
        ("4..6,5..10", "not in order"),
        ("4..60", "not in order in 34 bases"),
        ("0..2", "not in order"),
        ("1..3;2..4", "genes overlap"),
        ("1..3;4..6", "genes have no base between them: 1..3;4..6"),
        ("7..9;-4..6", "genes have no base between them"),
    ],
)
def test_genes_that_cannot_be_are_refused(text, words):
    with pytest.raises(ValueError, match=words):
        gene_tags.tags_of(gene_tags.parse(text), 34)


@pytest.mark.parametrize("text", ["", "4-9", "4..9,", "a..b"])
def test_other_text_is_refused(text):
    with pytest.raises(ValueError, match="expected coding stretches such as"):
        gene_tags.parse(text)
