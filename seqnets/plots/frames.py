"""Videos as strips of frames, with the answers at each."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

INK, GREY = "#1a2a44", "#606060"
STRIP = 10  # Frames that are shown.
LINES = 5  # Classes whose probability is drawn, unless more are right.


def draw(
    path: Path,
    frames: np.ndarray,
    probabilities: np.ndarray,
    classes: Sequence[str],
    labels: Sequence[str],
    *,
    bones: Sequence[tuple[int, int]] | None = None,
) -> None:
    """Draws some frames of a video, and the probabilities of classes below.

    Args:
      path: the PNG.
      frames: pictures [T, H, W], or skeletons [T, J, 3].
      probabilities: [T, K], at each frame.
      classes: their names.
      labels: what is right, one, or one for each frame.
      bones: pairs of joints of a skeleton; None: frames are pictures.
    """
    shown = np.unique(np.linspace(0, len(frames) - 1, STRIP).round().astype(int))
    figure = Figure((9.6, 3.6), dpi=110)
    figure.set_layout_engine("constrained")
    grid = figure.add_gridspec(2, len(shown), height_ratios=(1, 1.6))
    for column, t in enumerate(shown):
        axes = figure.add_subplot(grid[0, column])
        if bones is None:
            axes.imshow(frames[t], cmap="gray_r", vmin=0, vmax=255)
        else:
            _skeleton(axes, frames, t, bones)
        axes.set(xticks=[], yticks=[])
        axes.set_title(str(t + 1), size=8, color=GREY)
    below = figure.add_subplot(grid[1, :])
    times = np.arange(1, len(frames) + 1)
    for k in drawn_classes(probabilities, classes, labels):
        right = classes[k] in labels
        width = 2.2 if right else 1.0
        below.plot(times, probabilities[:, k], label=classes[k], linewidth=width)
    said = list(dict.fromkeys(labels))
    below.set(xlim=(1, max(len(frames), 2)), ylim=(-0.02, 1.05), xlabel="frame")
    below.set(ylabel="probability", title=f"It is: {', then '.join(said)}")
    below.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.savefig(path)


def drawn_classes(
    probabilities: np.ndarray, classes: Sequence[str], labels: Sequence[str]
) -> list[int]:
    """Returns the classes with a curve: the right ones, then the likeliest others.

    Args:
      probabilities: [T, K]; a class is as likely as at its best frame.
      classes: their K names.
      labels: what is right.
    """
    right = [k for k, name in enumerate(classes) if name in labels]
    likely = np.argsort(-probabilities.max(0), kind="stable").tolist()
    others = [k for k in likely if k not in right]
    return right + others[: max(0, LINES - len(right))]


def _skeleton(axes, frames: np.ndarray, t: int, bones) -> None:
    """Draws a skeleton from the front, in the box of the whole video."""
    joints = frames[t, :, :2]
    if joints.shape[0] > max(max(pair) for pair in bones):
        for pair in bones:
            axes.plot(*joints[list(pair)].T, color=INK, linewidth=1)
    axes.plot(*joints.T, ".", color=INK, markersize=2)
    low, high = frames[..., :2].min((0, 1)), frames[..., :2].max((0, 1))
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
