"""Generated genes are genes: a start, codons, a stop, introns of GT ... AG."""

import numpy as np

from seqnets.data import bases, gene_tags
from seqnets.datasets import generated_genes

STOPS = "TAA", "TAG", "TGA"


def test_every_gene_is_read_from_start_to_stop_on_its_strand():
    rng, strands = np.random.default_rng(0), []
    for _ in range(40):
        (gene,), codes = generated_genes.draw(rng)
        assert len(codes) == generated_genes.LENGTH
        tags = gene_tags.tags_of([gene], len(codes))
        if gene.reverse:
            codes, tags = bases.reverse_complement(codes), gene_tags.other_strand(tags)
        text = bases.decode(codes)
        coding = "".join(text[i] for i in np.flatnonzero(gene_tags.CODING[tags]))
        codons = [coding[i : i + 3] for i in range(0, len(coding), 3)]
        assert codons[0] == "ATG" and codons[-1] in STOPS
        assert not set(codons[:-1]) & set(STOPS)
        ((exons, _),) = gene_tags.genes_of(tags)
        for (_, begin), (end, _) in zip(exons, exons[1:], strict=False):
            assert text[begin : begin + 2] == "GT" and text[end - 3 : end] == "CAG"
        strands.append(gene.reverse)
    assert 8 < sum(strands) < 32
