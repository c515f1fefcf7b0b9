"""Scores of nets that answer while they read, against what they wait for."""

import json
from pathlib import Path

from matplotlib.figure import Figure

from seqnets.tasks.delays import Delays

COLORS = ("#2b6ca3", "#c05020", "#4a8a3c")
GREY = "#777777"


def write(directory: Path, found: Delays, *, unit: str, ylabel: str) -> None:
    """Writes streaming.json, and draws streaming.png; see `draw`."""
    text = json.dumps(found._asdict(), indent=1, ensure_ascii=False)
    (directory / "streaming.json").write_text(f"{text}\n", encoding="utf-8")
    draw(directory / "streaming.png", found, unit=unit, ylabel=ylabel)


def draw(path: Path, found: Delays, *, unit: str, ylabel: str) -> None:
    """Draws a curve for each way to read; ticks give look-ahead and delay.

    Args:
      path: the PNG.
      found: the scores.
      unit: of look-ahead, delay and chunk, as in "seconds".
      ylabel: what the score is.
    """
    figure = Figure((7.0, 4.2), dpi=120, layout="constrained")
    axes = figure.subplots()
    places = range(len(found.look_ahead))
    for (name, scores), color in zip(found.curves.items(), COLORS, strict=False):
        axes.plot(places, scores, "o-", label=name, color=color)
    axes.axhline(found.whole, color=GREY, linestyle="--", label="all is read first")
    pairs = zip(found.look_ahead, found.delay, strict=True)
    axes.set_xticks(places, [f"{a:.3g}\n{d:.3g}" for a, d in pairs])
    axes.set_xlabel(f"look-ahead, and below it the delay with the chunk, in {unit}")
    axes.set(ylabel=ylabel, title=f"Chunk: {found.chunk:.3g} {unit}")
    axes.set_ylim(bottom=0.0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.savefig(path)
