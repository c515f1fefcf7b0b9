"""Bars of scores: models beside baselines."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

BLUE, GREY = "#2b6ca3", "#b5b5b5"


def draw(
    path: Path,
    models: Mapping[str, float],
    baselines: Mapping[str, float],
    *,
    title: str,
    xlabel: str,
) -> None:
    """Draws shares, such as accuracies, as horizontal bars.

    Args:
      path: the PNG.
      models: shares in [0, 1], by name.
      baselines: the same, drawn in grey below the models.
      title: of the figure.
      xlabel: what the shares are.
    """
    shares = {**models, **baselines}
    figure = Figure((8.0, 1.2 + 0.42 * len(shares)), dpi=110, layout="constrained")
    axes = figure.subplots()
    colors = [BLUE if name in models else GREY for name in shares]
    places = np.arange(len(shares))
    bars = axes.barh(places, list(shares.values()), color=colors)
    axes.bar_label(bars, [f"{share:.1%}" for share in shares.values()], padding=4)
    axes.set_yticks(places, list(shares))
    axes.invert_yaxis()
    axes.set(xlim=(0.0, 1.1), xticks=np.linspace(0.0, 1.0, 6), xlabel=xlabel)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(title, loc="left")
    figure.savefig(path)
