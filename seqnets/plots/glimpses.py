"""Paths of glimpses, over the pictures that they are of, and what was seen."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

GREY, RED = "#606060", "#c03020"
COLUMNS = 8


def draw(
    path: Path,
    pictures: Sequence[np.ndarray],
    places: Sequence[np.ndarray],
    captions: Sequence[str],
    title: str,
    *,
    size: int,
    scales: int,
) -> None:
    """Draws each picture with its path; a caption with a comma is red.

    Args:
      path: the PNG.
      pictures: [H, W] each, 0 is paper and 1 is ink.
      places: [T, 2] each, y and x; -1 and 1 are the borders. The path gets darker
        from the first glimpse to the last, whose patches are drawn as squares.
      captions: of each picture.
      title: of the figure.
      size, scales: of a glimpse, as of `cells.Glimpse`.
    """
    columns = min(COLUMNS, len(pictures))
    rows = -(-len(pictures) // columns)
    figure = Figure((1.35 * columns, 1.5 * rows + 0.4), dpi=110)
    figure.set_layout_engine("constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    figure.suptitle(title, size=11)
    for axes in grid.flat:
        axes.axis("off")
    drawn = zip(grid.flat, pictures, places, captions, strict=False)
    for axes, picture, way, caption in drawn:
        height, width = picture.shape
        axes.imshow(picture, cmap="gray_r", vmin=0, vmax=1.6)
        corner = np.array([height, width])
        ys, xs = ((np.clip(way, -1, 1) + 1) / 2 * corner - 0.5).T
        axes.plot(xs, ys, color=RED, linewidth=0.8)
        shades = np.linspace(0.25, 1.0, len(way))
        axes.scatter(xs, ys, s=9, c=shades, cmap="YlOrRd", vmin=0, vmax=1, zorder=3)
        for k in range(scales):
            side = size * 2**k
            place = xs[-1] - side / 2, ys[-1] - side / 2
            box = {"fill": False, "edgecolor": RED, "linewidth": 0.7}
            axes.add_patch(Rectangle(place, side, side, **box))
        axes.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
        color = RED if "," in caption else GREY
        axes.set_title(caption, size=8, color=color)
    figure.savefig(path)
