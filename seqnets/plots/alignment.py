"""Which symbols of a source each symbol of a target belongs to."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

CELL = 0.3  # Inches of a symbol.


def draw(
    path: Path,
    source: Sequence[str],
    target: Sequence[str],
    weights: np.ndarray,
    *,
    title: str = "",
) -> None:
    """Draws weights of attention, or alignments, as a grid of grey cells.

    Args:
      path: the PNG.
      source: S symbols, from left to right.
      target: T symbols, from top to bottom.
      weights: [T, S], in [0, 1]; 1 is black.
      title: of the figure.
    """
    size = 1.6 + CELL * len(source), 1.6 + CELL * len(target)
    figure = Figure(size, dpi=110, layout="constrained")
    axes = figure.subplots()
    axes.imshow(weights, cmap="Greys", vmin=0.0, vmax=1.0, aspect="equal")
    turned = {"rotation": 90} if max(map(len, source), default=0) > 2 else {}
    plain = {"parse_math": False}  # A dollar sign begins no formula.
    axes.set_xticks(range(len(source)), source, **turned, **plain)
    axes.set_yticks(range(len(target)), target, **plain)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.set_title(title, fontsize=9)
    figure.savefig(path)
