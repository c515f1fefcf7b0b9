"""Trees whose nodes are shaded by what a network says at each."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

INK, LINE = "#222222", "#999999"
CHARACTER, LEVEL = 0.085, 0.42  # Inches of a character, and between two levels.
ROOM, LONGEST = 2, 16  # Characters between leaves; of a word, at most.


class Drawn(NamedTuple):
    """A tree to draw; its nodes are N, children first, the root the last."""

    heading: str
    words: Sequence[str | None]  # [N]
    children: Sequence[Sequence[int]]  # [N]
    probabilities: np.ndarray  # [N, K] of the classes at each node.


def draw(
    path: Path, trees: Sequence[Drawn], classes: Sequence[str], *, ordered: bool
) -> None:
    """Draws trees below each other, the leaves of each at its bottom.

    Args:
      path: the PNG.
      trees: at least one.
      classes: the names of the K classes.
      ordered: whether the classes are a scale: a node then has the colour of its
        expected place on it, else that of its most probable class, paler where it is
        less probable.
    """
    places = [_places(tree) for tree in trees]
    heights = [ys.max() + 2.2 for _, ys in places]
    ends = [(xs + _halves(t)).max() for t, (xs, _) in zip(trees, places, strict=True)]
    width = max(ends + [len(tree.heading) for tree in trees]) + 4
    size = CHARACTER * width, LEVEL * (sum(heights) + 1.5)
    figure = Figure(size, dpi=110)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-2, width - 2), ylim=(-sum(heights), 1.5))
    axes.axis("off")
    palette = _palette(len(classes), ordered)
    top = 0.0
    for tree, (xs, ys), height in zip(trees, places, heights, strict=True):
        axes.text(0, top - 0.4, tree.heading, size=9, weight="bold", color=INK)
        colours = _colours(tree.probabilities, palette, ordered)
        _draw_tree(axes, tree, xs, ys + top - height + 0.6, colours)
        top -= height
    used = range(len(classes))
    if not ordered:
        used = sorted({int(i) for t in trees for i in t.probabilities.argmax(-1)})
    marks = [Patch(color=palette[k], label=classes[k]) for k in used]
    columns = max(1, min(len(marks), int(width) // 14))
    style = {"loc": "upper left", "frameon": False, "fontsize": 8}
    axes.legend(handles=marks, ncols=columns, **style)
    figure.savefig(path)


def _draw_tree(
    axes: Axes, tree: Drawn, xs: np.ndarray, ys: np.ndarray, colours: np.ndarray
) -> None:
    for node, below in enumerate(tree.children):
        for c in below:
            axes.plot(xs[[node, c]], ys[[node, c]], color=LINE, linewidth=0.8, zorder=1)
    for x, y, word, colour in zip(xs, ys, tree.words, colours, strict=True):
        # Opaque below the shade, so that no line crosses a word.
        for face in ("white", colour):
            box = {"facecolor": face, "edgecolor": LINE, "linewidth": 0.4, "pad": 2.0}
            axes.text(
                x,
                y,
                _shown(word),
                size=8,
                family="monospace",
                color=INK,
                ha="center",
                va="center",
                bbox=box,
                zorder=2,
            )


def _places(tree: Drawn) -> tuple[np.ndarray, np.ndarray]:
    """Returns the places of nodes, [N] and [N]: in characters, and in levels.

    They are those of the middles of words, of which the left-most begins at 0.
    """
    xs, ys = np.zeros(len(tree.children)), np.zeros(len(tree.children))
    halves, used = _halves(tree), 0.0
    for node, below in enumerate(tree.children):
        if below:
            xs[node] = np.mean(xs[list(below)])
            ys[node] = 1 + max(ys[c] for c in below)
        else:
            xs[node] = used + halves[node]
            used += 2 * halves[node] + ROOM
    return xs - (xs - halves).min(), ys  # A word above may begin before all leaves.


def _halves(tree: Drawn) -> np.ndarray:
    """Returns half the width of each node, [N], in characters."""
    return np.array([len(_shown(word)) for word in tree.words]) / 2


def _shown(word: str | None) -> str:
    word = word or "   "
    return word if len(word) <= LONGEST else f"{word[: LONGEST - 1]}…"


def _palette(count: int, ordered: bool) -> np.ndarray:
    """Returns a colour for each class, [K, 4]."""
    name = "RdYlGn" if ordered else "tab10" if count <= 10 else "tab20"
    colours = matplotlib.colormaps[name]
    if ordered:
        return colours(np.linspace(0.1, 0.9, count))
    return np.array([colours(k % colours.N) for k in range(count)])


def _colours(p: np.ndarray, palette: np.ndarray, ordered: bool) -> np.ndarray:
    """Returns the colour of each node, [N, 4], of its probabilities [N, K]."""
    if ordered:
        return np.clip(p @ palette, 0.0, 1.0)
    found = palette[p.argmax(-1)].copy()
    found[:, 3] = np.clip(0.8 * p.max(-1), 0.05, 0.8)
    return found
