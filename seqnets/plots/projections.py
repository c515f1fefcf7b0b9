"""Vectors as points of the plane, coloured by class."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

COLUMNS = 4  # Panels in a row, at the most.


def draw(
    path: Path,
    panels: Mapping[str, np.ndarray],
    labels: np.ndarray,
    classes: Sequence[str],
    title: str,
) -> None:
    """Draws the same points several times over.

    Args:
      path: the PNG.
      panels: points [N, 2], by the title of their panel.
      labels: classes [N]; -1 for those without, in grey below the others.
      classes: K names, for the legend.
      title: of the figure.
    """
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    side = 6.0 if len(panels) == 1 else 3.4
    size = (side * columns + 2.2, side * rows + 0.4)
    figure = Figure(size, dpi=110, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    for spare in axes.flat[len(panels) :]:
        spare.remove()
    for own, (name, points) in zip(axes.flat, panels.items(), strict=False):
        for k in range(-1, len(classes)):
            x, y = points[labels == k].T
            color = f"C{k % 10}" if k >= 0 else "#cccccc"
            label = classes[k] if k >= 0 else None
            own.scatter(x, y, s=7, color=color, linewidths=0, label=label)
        own.set(xticks=(), yticks=())
        own.set_title(name, size=9)
    handles, names = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside right center", markerscale=2)
    figure.suptitle(title)
    figure.savefig(path)
