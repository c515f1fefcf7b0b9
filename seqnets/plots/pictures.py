"""Pictures side by side, with lines of text below each."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

GREY, RED = "#404040", "#c03020"
LINE = 0.16  # Inches of a line of text.


def draw(
    path: Path,
    pictures: Sequence[np.ndarray],
    texts: Sequence[str],
    title: str,
    *,
    marked: Sequence[bool] = (),
    columns: int = 4,
    width: float = 2.4,
) -> None:
    """Draws pictures with a text below each.

    Args:
      path: the PNG.
      pictures: uint8 [H, W, C] each; see `show`.
      texts: of each picture; lines are kept, and long ones broken.
      title: of the figure.
      marked: of each, whether its text is red.
      columns: pictures in a row.
      width: of a picture, in inches.
    """
    columns = min(columns, len(pictures))
    wrapped = [_wrapped(text, round(12.5 * width)) for text in texts]
    tallest = max(picture.shape[0] / picture.shape[1] for picture in pictures)
    below = LINE * (1 + max(text.count("\n") for text in wrapped))
    rows = -(-len(pictures) // columns)
    size = columns * (width + 0.15), 0.5 + rows * (width * tallest + below + 0.2)
    figure = Figure(size, dpi=110, layout="constrained")
    figure.suptitle(title, size=11)
    every = figure.subplots(rows, columns, squeeze=False).flat
    for i, axes in enumerate(every):
        axes.axis("off")
        if i >= len(pictures):
            continue
        show(axes, pictures[i])
        red = len(marked) > 0 and marked[i]
        text = {"size": 8, "color": RED if red else GREY, "parse_math": False}
        place = {"transform": axes.transAxes, "ha": "center", "va": "top"}
        axes.text(0.5, -0.03, wrapped[i], **text, **place)
    figure.savefig(path)


def show(axes: Axes, picture: np.ndarray) -> None:
    """Draws a picture, uint8 [H, W, C]: of one channel it is ink, of three RGB."""
    if picture.shape[-1] == 1:
        axes.imshow(picture[..., 0], cmap="gray_r", vmin=0, vmax=255)
    else:
        axes.imshow(picture)


def _wrapped(text: str, characters: int) -> str:
    lines = (textwrap.wrap(line, characters) or [""] for line in text.split("\n"))
    return "\n".join(line for own in lines for line in own)
