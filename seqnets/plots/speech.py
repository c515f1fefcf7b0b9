"""Spectrograms, with the probabilities of symbols over the same time."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

GREY = "#b0b0b0"


def draw(
    path: Path,
    spectrogram: np.ndarray,
    probabilities: np.ndarray,
    places: np.ndarray,
    title: str,
    *,
    symbols: Sequence[str],
    labels: Sequence[str],
    shift: float,
    step: float,
) -> None:
    """Draws a spectrogram, and under it the symbols' probabilities on the same time.

    Args:
      path: the PNG.
      spectrogram: [frames, bands], the lowest band first.
      probabilities: of the symbols at each step, [T, K]; the first one is the blank.
      places: [T], the index in `labels` of the symbol that a step emits, or -1; as
        `decode.ctc.align` gives it.
      title: of the figure.
      symbols: the names of the K symbols.
      labels: the decoded string; each stands where its probability is highest.
      shift: seconds from frame to frame.
      step: seconds from step to step.
    """
    seconds = max(len(spectrogram) * shift, len(probabilities) * step)
    figure = Figure((min(14.0, 3.0 + 2.5 * seconds), 4.6), dpi=110)
    figure.set_layout_engine("constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    above.imshow(
        spectrogram.T,
        origin="lower",
        aspect="auto",
        cmap="magma",
        extent=(0.0, len(spectrogram) * shift, 0, spectrogram.shape[1]),
    )
    above.set(ylabel="mel band", title=title)
    times = (np.arange(len(probabilities)) + 0.5) * step
    colours = colormaps["tab10"].colors
    below.plot(times, probabilities[:, 0], color=GREY, linestyle=":", label=symbols[0])
    for k in range(1, len(symbols)):
        colour = colours[(k - 1) % len(colours)]
        below.plot(times, probabilities[:, k], color=colour, label=symbols[k])
    for i, label in enumerate(labels):
        (mine,) = np.nonzero(places == i)
        if len(mine):
            k = symbols.index(label)
            peak = mine[probabilities[mine, k].argmax()]
            colour = colours[(k - 1) % len(colours)]
            place = times[peak], 1.04
            below.text(*place, label, color=colour, weight="bold", ha="center")
    below.set(xlim=(0.0, seconds), ylim=(0.0, 1.15), xlabel="seconds")
    below.set_ylabel("probability")
    below.legend(ncols=1, fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.savefig(path)
