"""Where sequences code, and how probable that was found."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from seqnets.data.gene_tags import Gene

BLUE, GREY, RED = "#2b6ca3", "#b5b5b5", "#c03020"


def draw(
    path: Path,
    probabilities: Sequence[np.ndarray],
    true: Sequence[Sequence[Gene]],
    found: Sequence[Sequence[Gene]],
) -> None:
    """Draws for each sequence the probability of coding, and below it the genes.

    Args:
      path: the PNG.
      probabilities: of each base, [T] each.
      true: the genes of each sequence.
      found: those that were found; red where they are others.
    """
    figure = Figure((11.0, 0.5 + 1.5 * len(true)), dpi=110, layout="constrained")
    axes = figure.subplots(len(true), 1, squeeze=False)[:, 0]
    for own, p, genes, answer in zip(axes, probabilities, true, found, strict=True):
        own.fill_between(
            np.arange(len(p)) + 0.5, p, color=GREY, step="mid", linewidth=0
        )
        own.set(xlim=(0, len(p)), ylim=(-0.75, 1.05), yticks=(0, 1))
        right = list(genes) == list(answer)
        for height, drawn, color in (
            (-0.2, genes, BLUE),
            (-0.55, answer, BLUE if right else RED),
        ):
            for gene in drawn:
                _arrows(own, gene, height, color)
    axes[0].set_title(
        "p(coding) of test sequences; below it the true genes, and those found"
    )
    axes[-1].set_xlabel("bases")
    figure.savefig(path)


def _arrows(axes, gene: Gene, height: float, color: str) -> None:
    """Draws the stretches of a gene, joined by a line, and the direction of reading."""
    ends = gene.exons[0][0], gene.exons[-1][1]
    axes.plot(ends, (height, height), color=color, linewidth=1)
    for begin, end in gene.exons:
        axes.plot((begin, end), (height, height), color=color, linewidth=7,
                  solid_capstyle="butt")  # fmt: skip
    place, marker = (ends[0], "<") if gene.reverse else (ends[1], ">")
    axes.plot(place, height, marker, color=color, markersize=9)
