"""Forecasts of a series: the fan of what may come, and errors against the lead."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqnets.tasks.series_forecaster import Fan

BLACK, BLUE, PALE, GREY = "#303030", "#2060a0", "#c8d8ec", "#808080"


def draw(path: Path, fans: Sequence[Fan], *, label: str, interval: str) -> None:
    """Draws forecasts and their intervals below each other.

    Args:
      path: the PNG.
      fans: one or more forecasts.
      label: of the values.
      interval: of the legend, as in "90 % interval".
    """
    figure = Figure((8.0, 0.4 + 2.8 * len(fans)), dpi=110, layout="constrained")
    panels = figure.subplots(len(fans), 1, squeeze=False)[:, 0]
    for axes, fan in zip(panels, fans, strict=True):
        _draw_fan(axes, fan, interval)
        axes.set_ylabel(label)
        axes.set_title(fan.title, size=10)
    panels[0].legend(frameon=False, loc="best", fontsize=8)
    figure.savefig(path)


def _draw_fan(axes: Axes, fan: Fan, interval: str) -> None:
    size, horizon = len(fan.before), len(fan.forecast)
    past = fan.first + np.arange(size)
    ahead = past[-1] + np.arange(horizon + 1)  # Joined to the origin.

    def joined(values: np.ndarray) -> np.ndarray:
        return np.concatenate([fan.before[-1:], values])

    axes.plot(past, fan.before, color=BLACK, lw=1, label="known")
    if fan.low is not None:
        ends = joined(fan.low), joined(fan.high)
        axes.fill_between(ahead, *ends, color=PALE, label=interval)
    style = {"color": BLUE, "marker": "o" if horizon <= 24 else None, "markersize": 3}
    axes.plot(ahead, joined(fan.forecast), **style, lw=1.4, label="forecast")
    if fan.after is not None:
        axes.plot(ahead, joined(fan.after), color=GREY, ls="--", lw=1, label="came")
    if len(fan.dates) == size:
        ticks = np.linspace(0, size - 1, min(6, size)).round().astype(int)
        axes.set_xticks(past[ticks], [fan.dates[i] for i in ticks], size=8)
    else:
        axes.set_xlabel("step")
    axes.grid(alpha=0.3)


def draw_next(
    path: Path,
    values: np.ndarray,
    forecasts: np.ndarray,
    *,
    label: str,
    low: np.ndarray | None = None,
    high: np.ndarray | None = None,
    first: int = 0,
    title: str = "",
) -> None:
    """Draws forecasts of one step ahead over what came.

    Args:
      path: the PNG.
      values: [N].
      forecasts: [N].
      label: of the values.
      low, high: ends of the intervals, [N]; None where there are none.
      first: the step of the first value.
      title: of the figure.
    """
    figure = Figure((8.0, 3.2), dpi=110, layout="constrained")
    axes, steps = figure.subplots(), first + np.arange(len(values))
    if low is not None:
        axes.fill_between(steps, low, high, color=PALE, label="interval")
    axes.plot(steps, values, color=BLACK, lw=1, label="came")
    axes.plot(steps, forecasts, color=BLUE, lw=1, label="forecast")
    axes.set(xlabel="step", ylabel=label)
    axes.set_title(title, size=10)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(path)


def draw_leads(path: Path, errors: Mapping[str, np.ndarray], *, label: str) -> None:
    """Draws the error of forecasts against how many steps ahead they are.

    Args:
      path: the PNG.
      errors: by method, the model first, [H] each.
      label: of the errors.
    """
    figure = Figure((6.4, 3.8), dpi=110, layout="constrained")
    axes = figure.subplots()
    for i, (name, values) in enumerate(errors.items()):
        style = {"color": BLUE, "lw": 1.6} if i == 0 else {"color": GREY, "ls": "--"}
        if i > 1:
            style["ls"] = (":", "-.")[i % 2]
        marks = {"marker": "o", "markersize": 3} if len(values) <= 24 else {}
        axes.plot(1 + np.arange(len(values)), values, **style, **marks, label=name)
    axes.set(xlabel="steps ahead", ylabel=label, ylim=(0, None))
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(path)
