"""Confusion matrices."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure


def draw(path: Path, counts: np.ndarray, labels: Sequence[str]) -> None:
    """Draws a confusion matrix.

    Args:
      path: the PNG.
      counts: [K, K], rows are the true classes.
      labels: their K names.
    """
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    size = 2.6 + 0.5 * len(labels)
    figure = Figure((size + 0.8, size), dpi=110, layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    ticks = range(len(labels))
    axes.set_xticks(ticks, labels, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(ticks, labels)
    axes.set(xlabel="predicted", ylabel="true")
    for i, j in np.ndindex(*counts.shape):
        dark = shares[i, j] > 0.5
        axes.text(
            j, i, f"{counts[i, j]:.0f}", ha="center", va="center", size=9,
            color="white" if dark else "#222222",
        )  # fmt: skip
    figure.savefig(path)
