"""The learning curve of a run: its loss, and its goal, against steps."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

Records = Sequence[Mapping[str, Any]]
COLORS = {"train": "#808080", "valid": "#2060a0", "test": "#c03020"}


def draw(path: Path, records: Records, goal: tuple[str, str, str] | None) -> None:
    """Draws the loss of each split, and beside it what the run was to improve.

    Args:
      path: the PNG.
      records: of `metrics.jsonl`: "step", "split" and numbers.
      goal: (split, metric, "min" or "max"), whose best value is marked; None for a
        comparison, whose metrics "metric/name" are drawn with a curve for each name.
    """
    names = _names(records) if goal is None else []
    second = bool(names) or (goal is not None and goal[1] != "loss")
    width = 10.0 if second else 5.5
    figure = Figure((width, 3.8), dpi=110, layout="constrained")
    panels = figure.subplots(1, 2 if second else 1, squeeze=False)[0]
    for split, color in COLORS.items():
        _plot(panels[0], records, split, "loss", label=split, color=color)
    _finish(panels[0], "loss")
    if names:
        for name in names:
            label = name.partition("/")[2]
            _plot(panels[1], records, "valid", name, label=label)
        _finish(panels[1], f"{names[0].partition('/')[0]}, valid")
    elif second:
        for split, color in COLORS.items():
            _plot(panels[1], records, split, goal[1], label=split, color=color)
        _finish(panels[1], goal[1])
    if goal is not None:
        _mark_best(panels[-1], records, *goal)
    figure.savefig(path)


def _names(records: Records) -> list[str]:
    """Returns the names "metric/name" of the first metric but the loss, if any."""
    found = [
        name
        for record in records
        if record["split"] == "valid"
        for name in record
        if "/" in name and not name.startswith("loss/")
    ]
    if not found:
        return []
    first = found[0].partition("/")[0]
    return [n for n in dict.fromkeys(found) if n.partition("/")[0] == first]


def _series(records: Records, split: str, metric: str) -> tuple[list, list]:
    """Returns the steps at which a split has a metric, and its values."""
    found = [r for r in records if r["split"] == split and metric in r]
    return [r["step"] for r in found], [r[metric] for r in found]


def _plot(axes: Axes, records: Records, split: str, metric: str, **style: Any) -> None:
    steps, values = _series(records, split, metric)
    if steps:
        # One point has no line.
        axes.plot(steps, values, "-" if len(steps) > 1 else "s", **style)


def _mark_best(axes: Axes, records: Records, split: str, metric: str, mode: str):
    steps, values = _series(records, split, metric)
    pairs = [(v, s) for v, s in zip(values, steps, strict=True) if v == v]  # No NaN.
    if pairs:
        best, step = min(pairs) if mode == "min" else max(pairs)
        axes.plot([step], [best], "o", color=COLORS.get(split))
        axes.margins(y=0.12)  # Room for the number, on the side without the curve.
        left, right = axes.get_xlim()
        place = {
            "xytext": (0, -6 if mode == "min" else 6),
            "textcoords": "offset points",
            "ha": "right" if step > (left + right) / 2 else "left",
            "va": "top" if mode == "min" else "bottom",
        }
        axes.annotate(f"{best:.4g}", (step, best), **place)


def _finish(axes: Axes, metric: str) -> None:
    axes.set(xlabel="step", ylabel=metric)
    axes.grid(alpha=0.3)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False)
