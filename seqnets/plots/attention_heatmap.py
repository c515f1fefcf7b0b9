"""Texts whose words are shaded by their attention weights."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

Weighed = Sequence[tuple[str, float]]  # Words and their weights, in [0, 1].

INK, SHADE = "#222222", (0.85, 0.25, 0.1)
CHARACTER, LINE = 0.078, 0.24  # Inches of a monospaced character of 9 points.


def draw(
    path: Path,
    paragraphs: Sequence[tuple[str, Sequence[tuple[float | None, Weighed]]]],
    *,
    columns: int = 96,
) -> None:
    """Draws texts, each word shaded by its weight.

    Args:
      path: the PNG.
      paragraphs: a heading, and its lines: a weight of the line as a whole, drawn
        before it (None = none), and its words. Shades are scaled to the largest weight
        of a line, and paler where the line weighs little.
      columns: characters in a line, after which it is broken.
    """
    marks = []  # (row, column, text, weight); a heading has no weight.
    row = width = 0
    for heading, lines in paragraphs:
        marks.append((row, 0, heading, None))
        width, row = max(width, len(heading)), row + 1
        for bar, words in lines:
            if bar is not None:
                marks.append((row, 0, " ", bar))
            most = max((weight for _, weight in words), default=1.0) or 1.0
            share = (1.0 if bar is None else bar) ** 0.5 / most
            column = 3
            for word, weight in words:
                if column > 3 and column + len(word) > columns:
                    row, column = row + 1, 3
                marks.append((row, column, word, weight * share))
                column += len(word) + 1
                width = max(width, column)
            row += 1
        row += 1
    figure = Figure((CHARACTER * (width + 4), LINE * max(row, 1)), dpi=110)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-2, width + 2), ylim=(row, 0))
    axes.axis("off")
    for row, column, text, weight in marks:
        box = {"facecolor": (*SHADE, 0.0 if weight is None else 0.8 * weight)}
        axes.text(
            column,
            row + 0.5,
            text,
            family="monospace",
            size=9,
            weight="bold" if weight is None else "normal",
            color=INK,
            verticalalignment="center",
            bbox=box | {"edgecolor": "none", "pad": 1.5},
        )
    figure.savefig(path)
