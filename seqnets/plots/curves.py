"""Scores against a number, such as the depth of a net or the length of its input."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

DASHES = ("--", ":", "-.")
GREY, SHADE = "#777777", "#eeeeee"


def draw(
    path: Path,
    at: Sequence[float],
    curves: Mapping[str, Sequence[float]],
    *,
    title: str,
    xlabel: str,
    ylabel: str,
    baselines: Mapping[str, Sequence[float]] | None = None,
    colors: Mapping[str, str] | None = None,
    shaded: tuple[float, float, str] | None = None,
    log_x: bool = False,
    log_y: bool = False,
    limits: tuple[float | None, float | None] = (None, None),
) -> None:
    """Draws a curve for each net, and grey broken ones for baselines.

    Args:
      path: the PNG.
      at: the numbers against which scores are drawn, [N]; each is a tick.
      curves: scores [N], by the name in the legend.
      title: of the figure.
      xlabel: what the numbers are.
      ylabel: what the scores are.
      baselines: scores [N], by the name in the legend.
      colors: of the curves, by name; those that are absent get the next free colour.
      shaded: (lowest, highest, label) of a range of numbers to shade.
      log_x: whether the numbers are on a logarithmic scale.
      log_y: whether the scores are.
      limits: the lowest and the highest score shown; None leaves it to the scores.
    """
    figure = Figure((7.0, 4.2), dpi=120, layout="constrained")
    axes = figure.subplots()
    if shaded is not None:
        low, high, label = shaded
        margin = 1.02 if log_x else 1.0  # One number alone would be invisible.
        axes.axvspan(low / margin, high * margin, color=SHADE, label=label)
    colors = colors or {}
    for name, scores in curves.items():
        axes.plot(at, scores, "o-", label=name, color=colors.get(name))
    dashes = itertools.cycle(DASHES)
    for name, scores in (baselines or {}).items():
        axes.plot(at, scores, next(dashes), color=GREY, label=name)
    if log_x:
        axes.set_xscale("log")
    axes.set_xticks(at, [f"{number:g}" for number in at])
    axes.minorticks_off()
    if log_y:
        axes.set_yscale("log")
    axes.set_ylim(*limits)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.legend()
    figure.suptitle(title)
    figure.savefig(path)
