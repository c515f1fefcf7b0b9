"""A score of sentences by their length."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

BLUE = "#2b6ca3"
GROUPS = 6


def draw(
    path: Path,
    lengths: Sequence[int],
    score: Callable[[Sequence[int]], float],
    *,
    xlabel: str,
    ylabel: str,
) -> None:
    """Draws the score of sentences in groups of like length, about equal in number.

    Args:
      path: the PNG.
      lengths: of N sentences.
      score: of the sentences at some places, as BLEU is of a corpus.
      xlabel, ylabel: what lengths and scores are.
    """
    groups = by_length(lengths)
    names = [_range(*own) for own, _ in groups]
    scores = [score(chosen) for _, chosen in groups]
    figure = Figure((7.0, 3.6), dpi=110, layout="constrained")
    axes = figure.subplots()
    axes.plot(names, scores, color=BLUE, marker="o")
    for place, (value, (_, chosen)) in enumerate(zip(scores, groups, strict=True)):
        label = f"{value:.1f}\n{len(chosen)} sentences"
        offset = {"xytext": (0, 8), "textcoords": "offset points"}
        axes.annotate(label, (place, value), **offset, ha="center", fontsize=8)
    axes.set(xlabel=xlabel, ylabel=ylabel, ylim=(0.0, 1.25 * max(*scores, 1.0)))
    axes.margins(x=0.1)
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
