"""Piano rolls: keys over time, as notes or as probabilities."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from seqnets.data.piano_roll import name


def draw(
    path: Path,
    rolls: Sequence[np.ndarray],
    titles: Sequence[str],
    *,
    frames_per_beat: int,
    begun: int = 0,
) -> None:
    """Draws rolls above each other, over the same time and the same keys.

    Args:
      path: the PNG.
      rolls: [T, 88] each, from 0 (white) to 1 (dark).
      titles: of each.
      frames_per_beat: frames of a beat, by which the axis counts.
      begun: the first frames, which were given; a red line ends them.
    """
    used = np.flatnonzero(np.max([np.max(roll, 0) for roll in rolls], 0) > 0.05)
    low, high = (used[0], used[-1]) if len(used) else (39, 51)
    longest = max(map(len, rolls)) / frames_per_beat
    figure = Figure((min(16.0, 4.0 + 0.1 * longest), 0.6 + 2.6 * len(rolls)), dpi=110)
    figure.set_layout_engine("constrained")
    axes = figure.subplots(len(rolls), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    for own, roll, title in zip(axes, rolls, titles, strict=True):
        own.imshow(
            np.asarray(roll, float).T,
            origin="lower",
            aspect="auto",
            interpolation="nearest",
            cmap="Blues",
            vmin=0.0,
            vmax=1.0,
            extent=(0.0, len(roll) / frames_per_beat, -0.5, roll.shape[1] - 0.5),
        )
        if begun:
            own.axvline(begun / frames_per_beat, color="#c03020")
        octaves = [key for key in range(3, 88, 12) if low - 12 <= key <= high + 12]
        own.set_yticks(octaves, [name(key) for key in octaves])
        own.set(ylim=(low - 1.5, high + 1.5), title=title)
    ended = " (the given beginning ends at the red line)" if begun else ""
    axes[-1].set(xlabel=f"beats{ended}", xlim=(0.0, longest))
    figure.savefig(path)
