"""Where a net looked in a picture, step by step."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from seqnets.plots.pictures import show

WIDTH = 1.7  # Inches of a picture.


def draw(
    path: Path,
    picture: np.ndarray,
    steps: Sequence[str],
    weights: np.ndarray,
    *,
    title: str = "",
    columns: int = 6,
) -> None:
    """Draws a picture, and once more for each step, with the weights as a red veil.

    Args:
      path: the PNG.
      picture: uint8 [H, W, C]; see `pictures.show`.
      steps: the names of T steps, such as the words that were written.
      weights: of regions, [T, down, across]; the darkest veil of each step is its
        largest weight.
      title: of the figure.
      columns: pictures in a row.
    """
    height, width = picture.shape[:2]
    columns = min(columns, 1 + len(steps))
    rows = -(-(1 + len(steps)) // columns)
    size = columns * WIDTH, 0.4 + rows * (WIDTH * height / width + 0.3)
    figure = Figure(size, dpi=110, layout="constrained")
    figure.suptitle(title, size=10, parse_math=False)
    extent = -0.5, width - 0.5, height - 0.5, -0.5
    for i, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        axes.axis("off")
        if i > len(steps):
            continue
        show(axes, picture)
        if i:
            own = weights[i - 1] / max(float(weights[i - 1].max()), 1e-9)
            veil = np.zeros((*own.shape, 4))
            veil[..., :3], veil[..., 3] = (0.85, 0.15, 0.1), 0.75 * own
            axes.imshow(veil, extent=extent, interpolation="bilinear")
            axes.set_title(steps[i - 1], size=9, parse_math=False)
    figure.savefig(path)
