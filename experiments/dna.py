"""DNA: the class of a window, and which stretches of a sequence code (E17, 002).

ATGGTCGACT...: is there a splice junction in the middle, and of which kind? Where does a
gene begin, where are its introns, and where does it end? A Bi-GRU reads the bases, and
for genes a CRF chooses a tag for each, which keeps the reading frame (`gene_tags`).
Genes lie on both strands: `strands="both"` reads a sequence and its reverse complement
by the same parameters, and then answers both alike, by construction; `reverse` turns
training sequences at random. Windows are scored by accuracy, sequences by F1 of coding
bases, and by the share of genes that are found whole. Baselines: the bases at each
place, independent given the class; the longest open reading frame.
"""

import functools
from pathlib import Path

import jax.numpy as jnp
from ml_collections import ConfigDict

from seqnets import cells
from seqnets.data import bases, gene_tags
from seqnets.data.assets import Assets
from seqnets.genes import marked
from seqnets.modules import POOLINGS, Readout, Recurrent, SequenceEncoder
from seqnets.modules.strand_nets import GeneNet, MiddleEncoder, WindowNet
from seqnets.plots import confusion, genes
from seqnets.tasks.dna_readers import GeneTagger, WindowClassifier
from seqnets.training.config import check
from seqnets.training.fields import Field, at_least, common
from seqnets.training.task import Params, Task

SHOWN = 6  # Test sequences in the picture.

FIELDS = common("corpus", "buckets", "depth", "attention_dim", "dropout") | {
    "of": Field(str, ("genes", "windows")),
    "fold": Field(int, at_least(0, 9), optional=True),
    "strands": Field(str, ("one", "both")),
    "reverse": Field(bool),
    "pooling": Field(str, (*POOLINGS, "middle")),
}


def build_cell(config: ConfigDict) -> cells.Stack:
    """Returns `depth` cells on top of each other."""
    cell = cells.build(config.cell)
    if config.dropout:
        cell = cells.Dropout(cell, config.dropout)
    return cells.Stack((cell,) * config.depth)


class Windows(WindowClassifier):
    """Classifies windows by a recurrent net in both directions."""

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__(config, assets)
        self.cell = build_cell(config)

    @functools.cached_property
    def model(self) -> WindowNet:
        c = self.config
        if c.pooling == "middle":
            encoder = MiddleEncoder(Recurrent(self.cell, "both"))
        else:
            encoder = SequenceEncoder(self.cell, "both", c.pooling, c.attention_dim)
        return WindowNet(
            encoder,
            Readout(len(self.classes), c.dropout),
            c.strands == "both",
            jnp.dtype(c.compute_dtype),
        )

    def report(self, params: Params, directory: Path) -> None:
        """Writes test.tsv and confusion.png."""
        tested = self.test(params)
        texts = (bases.decode(window.codes) for window in self.dataset.test)
        self.write_test(directory / "test.tsv", tested, texts)
        counts = tested.confusion(len(self.classes))
        confusion.draw(directory / "confusion.png", counts, self.classes)


class Genes(GeneTagger):
    """Marks genes by a recurrent net in both directions, and a CRF."""

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__(config, assets)
        c = config
        both, dtype = c.strands == "both", jnp.dtype(c.compute_dtype)
        self.model = GeneNet(build_cell(c), both, c.dropout, dtype)

    def report(self, params: Params, directory: Path) -> None:
        """Writes test.tsv and genes.png."""
        lines, shown = ["right\tgenes\tfound\tbases, upper case where found\n"], []
        for example, tags, p in self.test(params, "test"):
            answer = marked(example.codes, tags)
            right = {*answer.genes} == {*example.genes}  # In whatever order.
            true = gene_tags.write(example.genes)
            lines.append(f"{'=' if right else '-'}\t{true}\t{answer}\n")
            shown.append((p, example.genes, answer.genes))
        (directory / "test.tsv").write_text("".join(lines), encoding="utf-8")
        genes.draw(directory / "genes.png", *zip(*shown[:SHOWN], strict=True))


def build(config: ConfigDict, workdir: str | Path | None = None) -> Task:
    """Builds the task of `configs/dna.py`; see `experiments.build`."""
    check(config, FIELDS)
    if config.of == "genes" and config.fold is not None:
        raise ValueError("fold is of windows: sequences with genes have no folds")
    return (Genes if config.of == "genes" else Windows)(config, Assets(workdir))
