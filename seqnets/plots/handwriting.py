"""Drawings by pen, as SVG and as pictures, and what a net expects along the way."""

import html
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from seqnets.datasets.strokes import Drawing, to_strokes
from seqnets.mixture_density import DRAWS, ENDS, Mixture, log_density

Strokes = Sequence[np.ndarray]  # [n, 2] each, y downwards.

INK, GREY, RED = "#1a2a44", "#606060", "#c03020"
MARGIN, PEN = 0.08, 0.02  # Of the larger side of a drawing.
PIXELS = 15_000  # Of the page on which a density is computed.


def svg(strokes: Strokes, title: str = "", *, height: int = 120) -> str:
    """Returns a drawing as an SVG document.

    Args:
      strokes: of the drawing.
      title: what a reader of the picture is told of it.
      height: in pixels.
    """
    low, high = _box([strokes])
    wide, tall = high - low
    shown = round(height * wide / tall)
    inside = f"<title>{html.escape(title)}</title>" if title else ""
    inside += _path(strokes, low, max(wide, tall) * PEN)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{shown}" height="{height}"'
        f' viewBox="0 0 {wide:.4g} {tall:.4g}">{inside}</svg>'
    )


def svg_page(rows: Sequence[Sequence[Strokes]]) -> str:
    """Returns rows of drawings, all to one scale, as one SVG document."""
    sizes = [[np.ptp(_box([one]), 0) for one in row] for row in rows]
    wide, tall = np.max([own for row in sizes for own in row], 0)
    pen, parts = PEN * min(wide, tall), []
    for i, row in enumerate(rows):
        for j, one in enumerate(row):
            low, high = _box([one])
            middle = np.array([(j + 0.5) * wide, (i + 0.5) * tall])
            parts.append(_path(one, (low + high) / 2 - middle, pen))
    width, height = len(rows[0]) * wide, len(rows) * tall
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="1000"'
        f' height="{round(1000 * height / width)}"'
        f' viewBox="0 0 {width:.5g} {height:.5g}">{"".join(parts)}</svg>\n'
    )


def draw(
    path: Path, rows: Sequence[Sequence[Strokes]], names: Sequence[str] = ()
) -> None:
    """Draws rows of drawings, all to one scale.

    Args:
      path: the PNG.
      rows: as many drawings in each.
      names: of the rows, on their left.
    """
    columns = max(map(len, rows))
    shapes = [np.ptp(_box([one]), 0) for row in rows for one in row]
    half = np.quantile(shapes, 0.9, 0) / 2  # Of an axis; a few may be larger.
    cell = min(2.6, 11 / columns)
    tall = cell * float(np.clip(half[1] / half[0], 0.35, 1.2))
    figure = Figure((columns * cell + 0.9, len(rows) * tall + 0.2), dpi=110)
    figure.set_layout_engine("constrained")
    grid = figure.subplots(len(rows), columns, squeeze=False)
    for i, row in enumerate(rows):
        for axes, one in zip(grid[i], row, strict=False):
            for stroke in one:
                axes.plot(*stroke.T, color=INK, linewidth=1.3, solid_capstyle="round")
            corners = _box([one])
            (left, top), (right, low) = np.mean(corners, 0) + np.outer((-1, 1), half)
            axes.set(xlim=(left, right), ylim=(low, top), aspect="equal")
        for axes in grid[i]:
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
        if i < len(names):
            label = {"rotation": 0, "ha": "right", "va": "center", "color": GREY}
            grid[i][0].set_ylabel(names[i], **label)
    figure.savefig(path)


def density(
    path: Path, offsets: np.ndarray, pens: np.ndarray, found: Mixture, title: str
) -> None:
    """Draws where a net expected the pen, and whether to be lifted, along a drawing.

    Gaussians that are narrower than a pixel of the page are drawn as wide as one.

    Args:
      path: the PNG.
      offsets, pens: of the drawing, [T, 2] and [T].
      found: the mixture of each point, leaves [T, ...].
      title: of the figure.
    """
    places = np.vstack([np.zeros(2), np.cumsum(offsets, 0)])
    low, high = _box([[places]])
    step = np.sqrt(np.prod(high - low) / PIXELS)
    xs, ys = (np.arange(low[i], high[i], step) for i in range(2))
    page = np.stack(np.meshgrid(xs, ys), -1)
    seen, narrow = np.zeros(page.shape[:2]), np.log(step)
    for t, place in enumerate(places[:-1]):
        mixture = Mixture(*(leaf[t] for leaf in found))
        mixture = mixture._replace(log_scales=np.maximum(mixture.log_scales, narrow))
        p = np.exp(np.asarray(log_density(mixture, page - place)))
        seen = np.maximum(seen, p / max(p.max(), 1e-30))
    tall = 9 * (high - low)[1] / (high - low)[0]
    figure = Figure((9.6, float(np.clip(tall, 2, 8)) + 2.0), dpi=110)
    figure.set_layout_engine("constrained")
    heights = [float(np.clip(tall, 2, 8)), 1.3]
    above, below = figure.subplots(2, 1, height_ratios=heights)
    extent = (xs[0], xs[-1], ys[-1], ys[0])
    above.imshow(seen, cmap="YlOrRd", extent=extent, aspect="equal")
    drawing = np.column_stack([offsets, pens != DRAWS])
    for stroke in to_strokes(drawing):
        above.plot(*stroke.T, color=INK, linewidth=0.8, marker=".", markersize=2)
    above.set(xticks=[], yticks=[], title=f"{title}; each to its own highest")
    below.plot(1 - np.exp(found.log_pens[:, DRAWS]), color=RED, label="p(lift or end)")
    (lifts,) = np.nonzero(pens != DRAWS)
    below.vlines(lifts, 0, 1, color=GREY, linewidth=0.6, label="lifted")
    below.plot(np.exp(found.log_pens[:, ENDS]), color=INK, linewidth=1, label="p(end)")
    below.set(xlim=(0, max(1, len(pens) - 1)), ylim=(0, 1.05), xlabel="point")
    below.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.savefig(path)


def window(path: Path, drawing: Drawing, phi: np.ndarray) -> None:
    """Draws which symbols a window showed while a text was written.

    Args:
      path: the PNG.
      drawing: what was written.
      phi: weights of the symbols, and of the text's end, at each point, [T, S].
    """
    rows = [*drawing.text, "end"]
    figure = Figure((9.0, 1.6 + 0.3 * len(rows)), dpi=110)
    figure.set_layout_engine("constrained")
    axes = figure.subplots()
    axes.imshow(phi.T, aspect="auto", cmap="Blues", interpolation="nearest", vmin=0)
    axes.set_yticks(range(len(rows)), rows)
    lifts = np.flatnonzero(drawing.points[:, 2] > 0.5)
    axes.vlines(lifts + 0.5, -0.5, len(rows) - 0.5, color=RED, linewidth=0.7)
    axes.set(xlabel="point; red: the pen lifts", title="What the window reads")
    figure.savefig(path)


def _box(drawings: Sequence[Strokes]) -> tuple[np.ndarray, np.ndarray]:
    """Returns the corners of a box around drawings, with a margin."""
    places = np.concatenate([stroke for one in drawings for stroke in one])
    low, high = places.min(0), places.max(0)
    margin = MARGIN * (max(high - low) or 1.0)
    return low - margin, high + margin


def _path(strokes: Strokes, origin: np.ndarray, pen: float) -> str:
    """Returns strokes as a path of SVG."""
    parts = []
    for stroke in strokes:
        places = " ".join(f"{x:.4g},{y:.4g}" for x, y in stroke - origin)
        parts.append(f"M{places}" if len(stroke) > 1 else f"M{places}h0")
    return (
        f'<path d="{"".join(parts)}" fill="none" stroke="{INK}"'
        f' stroke-width="{pen:.3g}" stroke-linecap="round" stroke-linejoin="round"/>'
    )
