"""Which symbols of a source each symbol of a target belongs to."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

CELL = 0.3  # Inches of a symbol.


def draw(
    path: Path,
    source: Sequence[str],
    target: Sequence[str],
    weights: np.ndarray | Mapping[str, np.ndarray],
) -> None:
    """Draws weights of attention, or alignments, as a grid of grey cells.

    Args:
      path: the PNG.
      source: S symbols, from left to right.
      target: T symbols, from top to bottom.
      weights: [T, S], in [0, 1], 1 is black; or several of them by name, which are
        drawn side by side.
    """
    grids = weights if isinstance(weights, Mapping) else {"": weights}
    width, height = 1.6 + CELL * len(source), 1.6 + CELL * len(target)
    figure = Figure((width * len(grids), height), dpi=110, layout="constrained")
    turned = {"rotation": 90} if max(map(len, source), default=0) > 2 else {}
    plain = {"parse_math": False}  # A dollar sign begins no formula.
    all_axes = figure.subplots(1, len(grids), squeeze=False)[0]
    for axes, (name, grid) in zip(all_axes, grids.items(), strict=True):
        axes.imshow(grid, cmap="Greys", vmin=0.0, vmax=1.0, aspect="equal")
        axes.set_xticks(range(len(source)), source, **turned, **plain)
        axes.set_yticks(range(len(target)), target, **plain)
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.set_xlabel(name)
    figure.savefig(path)
