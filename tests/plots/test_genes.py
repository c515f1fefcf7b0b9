"""Sequences stand below each other, and what was not found as it is is red."""

import numpy as np
from matplotlib.image import imread

from seqnets.data.gene_tags import Gene
from seqnets.plots import genes


def test_genes_that_differ_are_red(tmp_path):
    own = [Gene(((2, 5), (9, 12)))]
    other = [Gene(((2, 8),), True)]

    def image(*pairs):
        true, found = zip(*pairs, strict=True)
        path = tmp_path / "a.png"
        genes.draw(path, [np.linspace(0, 1, 20)] * len(pairs), true, found)
        return imread(path)

    def red(image):
        return ((image[..., 0] > 0.6) & (image[..., 1] < 0.4)).sum()

    right, wrong = image((own, own)), image((own, other), (own, []))
    assert red(right) == 0 < red(wrong) and len(wrong) > len(right) + 100
