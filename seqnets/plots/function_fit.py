"""Functions fitted by nets of several widths, and their errors."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

RED, GREY, BLUE, PALE = "#c03020", "#b0b0b0", "#2060a0", "#c8d8ec"
COLUMNS = 4  # Panels in a row, at the most.

ByWidth = Mapping[int, np.ndarray]


def draw_decisions(
    path: Path,
    x: np.ndarray,
    y: np.ndarray,
    axis: np.ndarray,
    scores: ByWidth,
    accuracies: ByWidth,
) -> None:
    """Draws the region in which each net answers true, and the points.

    Args:
      path: the PNG.
      x: points [N, 2].
      y: their truth [N], 0 or 1.
      axis: [G], the grid of both inputs.
      scores: by width, of the best start at the points of the grid, [G · G], the
        first input varying fastest; positive is true.
      accuracies: by width, of every start, [R].
    """
    figure, panels = _panels(scores, 2.4)
    for width, axes in panels.items():
        true = scores[width].reshape(len(axis), -1) > 0
        axes.contourf(axis, axis, true, [-0.5, 0.5, 1.5], colors=["white", PALE])
        for value, color in ((0, "white"), (1, BLUE)):
            axes.scatter(*x[y == value].T, s=90, c=color, edgecolors="black", zorder=2)
        learned = int((accuracies[width] == 1).sum())
        axes.set_title(
            f"{_name(width)}: {accuracies[width].max():.0%}\n"
            f"{learned} of {len(accuracies[width])} starts learn it",
            size=9,
        )
        axes.set(aspect="equal", xticks=(0, 1), yticks=(0, 1))
    figure.supxlabel("blue: true, of the points and of the best start", size=9)
    figure.savefig(path)


def draw_fits(
    path: Path,
    x: np.ndarray,
    y: np.ndarray,
    grid: np.ndarray,
    fits: ByWidth,
    errors: ByWidth,
) -> None:
    """Draws the curve of each net over the points, all in the units of the points.

    Args:
      path: the PNG.
      x: points [N].
      y: [N].
      grid: [G].
      fits: by width, of the best start on the grid, [G].
      errors: by width, of every start, [R].
    """
    figure, panels = _panels(fits, 2.6)
    for width, axes in panels.items():
        axes.plot(x, y, ".", color=GREY, markersize=3)
        axes.plot(grid, fits[width], color=RED)
        axes.set_title(f"{_name(width)}: error {errors[width].min():.2g}", size=9)
    figure.supxlabel("the points of training, and the curve of the best start", size=9)
    figure.savefig(path)


def draw_errors(path: Path, errors: ByWidth) -> None:
    """Draws errors against width, and their median.

    Args:
      path: the PNG.
      errors: by width, of every start, [R].
    """
    figure = Figure((5.2, 3.8), dpi=110, layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(errors))
    for place, values in zip(places, errors.values(), strict=True):
        axes.plot(np.full(len(values), place), values, ".", color=GREY)
    medians = [np.median(values) for values in errors.values()]
    axes.plot(places, medians, "o-", color=RED, label="median of the starts")
    axes.set_yscale("log")
    axes.set_xticks(places, [width or "none" for width in errors])
    axes.set(
        xlabel="hidden neurons",
        ylabel="share of the variance left over, test",
        title="A wider hidden layer fits better",
    )
    axes.legend(frameon=False)
    figure.savefig(path)


def _panels(widths: Iterable[int], size: float) -> tuple[Figure, dict[int, Any]]:
    """Returns a figure with axes for each width."""
    widths = list(widths)
    columns = min(COLUMNS, len(widths))
    rows = -(-len(widths) // columns)
    figure = Figure((size * columns, size * rows), dpi=110, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for spare in axes.flat[len(widths) :]:
        spare.remove()
    return figure, dict(zip(widths, axes.flat, strict=False))


def _name(width: int) -> str:
    return f"{width} hidden" if width else "no hidden layer"
