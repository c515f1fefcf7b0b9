"""Stories, and how much each hop over their sentences reads of each."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

INK, GREY, SHADE = "#222222", "#999999", (0.85, 0.25, 0.1)
CHARACTER, LINE, CELL = 0.078, 0.22, 0.42  # Inches, of a monospaced font of 9 points.


class Shown(NamedTuple):
    """A question, and the story that it is about."""

    heading: str
    sentences: Sequence[str]
    weights: np.ndarray  # [sentences, hops], in [0, 1].
    support: Collection[int] = ()  # Places of the sentences that tell the answer.


def draw(path: Path, shown: Sequence[Shown]) -> None:
    """Draws stories below each other, with a column of weights for each hop.

    The sentences that tell the answer are in bold, where that is known.

    Args:
      path: the PNG.
      shown: at least one story; all have as many hops.
    """
    hops = shown[0].weights.shape[1]
    texts = [text for own in shown for text in own.sentences]
    left = CHARACTER * (2 + max(map(len, texts)))
    heading = CHARACTER * (4 + max(len(own.heading) for own in shown))
    width = max(left + CELL * (hops + 0.5), heading)
    rows = sum(len(own.sentences) + 3 for own in shown)
    height = LINE * rows
    figure = Figure((width, height), dpi=110)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")

    def write(x: float, row: float, text: str, **options) -> None:
        own = {"family": "monospace", "size": 9, "color": INK, "va": "center"}
        own |= {"parse_math": False}
        axes.text(x, LINE * (row + 0.5), text, **own | options)

    row = 0.5
    for own in shown:
        write(CHARACTER, row, own.heading, weight="bold")
        for hop in range(hops):
            x = left + CELL * (hop + 0.5)
            write(x, row + 1, f"{hop + 1}", ha="center", color=GREY)
        for i, (text, weights) in enumerate(
            zip(own.sentences, own.weights, strict=True)
        ):
            bold = "bold" if i in own.support else "normal"
            write(2 * CHARACTER, row + 2 + i, text, weight=bold)
            for hop, weight in enumerate(weights):
                place = left + CELL * hop, LINE * (row + 2 + i)
                color = (*SHADE, float(np.clip(weight, 0, 1)))
                axes.add_patch(Rectangle(place, CELL, LINE, facecolor=color))
                x = place[0] + CELL / 2
                own_color = "white" if weight > 0.5 else INK  # To be read on its shade.
                options = {"ha": "center", "size": 7, "color": own_color}
                write(x, row + 2 + i, f"{weight:.2f}", **options)
        row += len(own.sentences) + 3
    figure.savefig(path)
