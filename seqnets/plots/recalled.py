"""Patterns, damaged ones, and what methods recall of these."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

SHOWN = 10  # Patterns in a row.


def draw(
    path: Path,
    patterns: np.ndarray,
    damaged: Mapping[str, np.ndarray],
    methods: Sequence[str],
) -> None:
    """Draws patterns in a row and, for each damage, rows of what is recalled.

    What differs from the stored pattern, of what is recalled, has a red frame.

    Args:
      path: the PNG.
      patterns: ±1, [P, height, width].
      damaged: by name of the damage, the damaged patterns and then what each method
        recalls of them, ±1, [1 + methods, P, height, width].
      methods: their names.
    """
    rows = [("stored", patterns)]
    for kind, found in damaged.items():
        rows += zip((kind, *methods), found, strict=True)
    count, height, width = patterns.shape
    figure = Figure((1.6 + 0.7 * count, 0.74 * len(rows)), dpi=100)
    figure.set_layout_engine("constrained", h_pad=0.02, w_pad=0.02)
    grid = figure.subplots(len(rows), count, squeeze=False)
    for (name, found), line in zip(rows, grid, strict=True):
        for axes, pattern, right in zip(line, found, patterns, strict=True):
            axes.imshow(pattern, cmap="gray_r", vmin=-1, vmax=1)
            axes.set(xticks=[], yticks=[])
            wrong = name not in damaged and (pattern != right).any()
            for side in axes.spines.values():
                side.set_color("#c03020" if wrong else "#cccccc")
        bold = "bold" if name in damaged or name == "stored" else "normal"
        label = name.replace("_", "-")
        own = {"rotation": 0, "ha": "right", "va": "center", "weight": bold}
        line[0].set_ylabel(label, **own)
    figure.savefig(path)
