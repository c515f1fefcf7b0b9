"""Scores of nets against the distance over which they remember."""

import itertools
from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure


def draw(
    path: Path,
    title: str,
    distances: Sequence[int],
    columns: dict[str, list[float]],
    sizes: dict[str, str],
    trained: tuple[int, int],
    score: str,
) -> None:
    """Draws scores against distance.

    Args:
      path: the PNG.
      title: of the picture.
      distances: [N].
      columns: name -> scores [N].
      sizes: how the names of cells stand in the legend; all others are baselines.
      trained: the shortest and longest distance of the training.
      score: what it is; an accuracy, or what is drawn on a logarithmic scale.
    """
    figure = Figure((7.0, 4.2), dpi=120, layout="constrained")
    axes = figure.subplots()
    low, high = trained[0] / 1.02, trained[1] * 1.02  # One distance is a line.
    axes.axvspan(low, high, color="#eeeeee", label="trained on")
    styles = itertools.cycle(["--", ":", "-."])
    for name, scores in columns.items():
        if name in sizes:
            axes.plot(distances, scores, "o-", label=sizes[name])
        else:
            axes.plot(distances, scores, next(styles), color="#777777", label=name)
    axes.set_xscale("log")
    axes.set_xticks(distances, [str(distance) for distance in distances])
    axes.minorticks_off()
    if score == "accuracy":
        axes.set_ylim(-0.02, 1.02)
    else:
        axes.set_yscale("log")
    axes.set(xlabel="distance, in steps", ylabel=score)
    axes.legend()
    figure.suptitle(title)
    figure.savefig(path)
