"""Grids of small images."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

GREY, RED = "#606060", "#c03020"


def draw(
    path: Path,
    images: np.ndarray,
    captions: Sequence[str],
    title: str,
    *,
    marked: np.ndarray | None = None,
    columns: int = 12,
) -> None:
    """Draws images side by side, with a caption below each.

    Args:
      path: the PNG.
      images: [N, height, width]; bytes are drawn from white to black, other numbers
        red below zero and blue above.
      captions: of each image.
      title: of the figure.
      marked: bool [N], the captions in red.
      columns: images in a row.
    """
    count, height, width = images.shape
    down, across = height + 2 * height // 5, width + width // 4  # With margins.
    columns = min(columns, count)
    rows = -(-count // columns)
    paper = np.full((rows * down, columns * across), np.nan)
    figure = Figure((9.0, 0.4 + 9.0 * rows * down / (columns * across)), dpi=110)
    figure.set_layout_engine("constrained")
    axes = figure.subplots()
    for i, caption in enumerate(captions):
        y, x = i // columns * down, i % columns * across
        paper[y : y + height, x : x + width] = images[i]
        red = marked is not None and marked[i]
        axes.text(
            x + width / 2,
            y + 1.08 * height,
            caption,
            size=9,
            color=RED if red else GREY,
            weight="bold" if red else "normal",
            ha="center",
            va="top",
        )
    if images.dtype == np.uint8:
        axes.imshow(paper, cmap="gray_r", vmin=0, vmax=255)
    else:
        most = np.quantile(np.abs(images), 0.995)  # A few may be far larger.
        axes.imshow(paper, cmap="RdBu", vmin=-most, vmax=most)
    axes.axis("off")
    axes.set_title(title, size=11)
    figure.savefig(path)
