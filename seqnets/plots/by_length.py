"""A score of sentences by their length."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

COLORS = ("#2b6ca3", "#c05020", "#4a8a3c", "#7a4fa0")
GROUPS = 6


def draw(
    path: Path,
    lengths: Sequence[int],
    scores: Mapping[str, Callable[[Sequence[int]], float]],
    *,
    xlabel: str,
    ylabel: str,
    unit: str = "sentences",
) -> None:
    """Draws scores of sentences in groups of like length, about equal in number.

    Args:
      path: the PNG.
      lengths: of N sentences.
      scores: by name, functions of places: the score of the sentences there, as BLEU
        is of a corpus.
      xlabel, ylabel: what lengths and scores are.
      unit: what there are N of.
    """
    groups = by_length(lengths)
    names = [f"{_range(*ends)}\n{len(own)} {unit}" for ends, own in groups]
    figure = Figure((7.0, 3.6), dpi=110, layout="constrained")
    axes = figure.subplots()
    found = np.array([[score(own) for _, own in groups] for score in scores.values()])
    colors = itertools.cycle(COLORS)
    for label, values, color in zip(scores, found, colors, strict=False):
        axes.plot(names, values, color=color, marker="o", label=label)
        for place, value in enumerate(values):
            # Numbers of two lines that are close stand on either side of them.
            above = value == found[:, place].max()
            offset = {"xytext": (0, 8 if above else -15), "textcoords": "offset points"}
            text = f"{value:.1f}"
            axes.annotate(text, (place, value), **offset, ha="center", fontsize=8)
    most = max(found.max(), 1.0)
    axes.set(xlabel=xlabel, ylabel=ylabel, ylim=(0.0, 1.25 * most))
    axes.margins(x=0.1)
    if len(scores) > 1:
        axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path)


def by_length(lengths: Sequence[int]) -> list[tuple[tuple[int, int], list[int]]]:
    """Groups sentences by length; those of one length are in one group.

    Returns:
      For each group the shortest and the longest length, and the places of its
      sentences; at most `GROUPS`, of about equal numbers.
    """
    lengths = np.asarray(lengths)
    cuts = np.unique(np.quantile(lengths, np.linspace(0, 1, GROUPS + 1)[1:]))
    cuts = np.unique(np.ceil(cuts))  # The greatest length of each group.
    groups = []
    for group in range(len(cuts)):
        chosen = np.flatnonzero(np.searchsorted(cuts, lengths) == group)
        if len(chosen):
            own = lengths[chosen]
            groups.append(((int(own.min()), int(own.max())), chosen.tolist()))
    return groups


def _range(least: int, most: int) -> str:
    return f"{least}" if least == most else f"{least}-{most}"
