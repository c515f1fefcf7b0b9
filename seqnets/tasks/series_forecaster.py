"""Base class of forecasts of series: answers to lines, and what is drawn."""

import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqnets import datasets
from seqnets.baselines import naive_forecasts
from seqnets.data import tsv
from seqnets.datasets import series_csv
from seqnets.datasets.series import Stretch
from seqnets.tasks.series_backtest import SeriesBacktest
from seqnets.tasks.series_model import Prepared

SHOWN = 3  # Origins of the test stretch that are drawn.
DRAWN = 80  # Steps before an origin in a figure.
FARTHEST = 10_000  # Steps ahead that `predict` goes.
MOST = 12  # Forecasts in the figure of `predict`.


class Ahead(NamedTuple):
    """Forecasts in the units of the series, and their text."""

    forecast: np.ndarray  # [H]
    low: np.ndarray | None  # [H], ends of the intervals; None without any.
    high: np.ndarray | None
    text: str

    def __str__(self) -> str:
        if not len(self.forecast):
            return "-\t-\t"
        cells = []
        for h, value in enumerate(self.forecast):
            ends = [] if self.low is None else [self.low[h], self.high[h]]
            cells.append(":".join(f"{x:.6g}" for x in (value, *ends)))
        return tsv.row(" ".join(cells), self.text)


class Fan(NamedTuple):
    """Forecasts of H steps after an origin, in the units of the series."""

    before: np.ndarray  # [T], known values that end at the origin.
    forecast: np.ndarray  # [H]
    low: np.ndarray | None = None  # [H]; None where there are no intervals.
    high: np.ndarray | None = None  # [H]
    after: np.ndarray | None = None  # [H], what came.
    first: int = 0  # The step of the first value of `before`.
    dates: Sequence[str] = ()  # Of the values in `before`, or none.
    title: str = ""


class SeriesForecaster(SeriesBacktest):
    """Forecasts on from lines, and gives what a report shows; see `SeriesModel`."""

    in_turn = True  # The picture of `predict` has all lines.

    def ask(self, line: str) -> Prepared:
        """Reads a series to forecast on: numbers, a name, or the path of a CSV.

        Raises:
          ValueError: it is none of these, or has too few values.
        """
        name, inputs, line = self.info["name"], self.info["inputs"], line.strip()
        options = {"column": name, "inputs": inputs, "missing": self.config.missing}
        known = [n for n, e in datasets.DATASETS.items() if "series" in e.readers]
        if line in known:
            (stretch,) = datasets.load(line, "series", self.config.data_dir).test
        elif series_csv.is_number(line.split()[0].partition(",")[0]):
            rows, names = [word.split(",") for word in line.split()], [name, *inputs]
            options |= {"names": names, "unit": "word"}
            stretch = _whole(series_csv.parse(rows, "the line", **options))
        elif os.path.exists(line):
            stretch = _whole(series_csv.read_csv(Path(line), **options))
        else:
            raise ValueError(
                f"{line[:60]!r} is not numbers, nor the path of a CSV, nor one of"
                f" {', '.join(known)}"
            )
        if stretch.inputs.shape[1] != len(inputs):
            raise ValueError(f"{line[:60]!r} has no inputs {', '.join(inputs)}")
        if len(stretch.values) <= self.begin:
            raise ValueError(
                f"{len(stretch.values)} values are too few to forecast from; at least"
                f" {self.begin + 1}"
            )
        return self.read(stretch, f"{line[:60]!r}")

    def predict(
        self,
        params: Any,
        lines: Iterable[str],
        *,
        horizon: int | None = None,
        picture: str = "",
    ) -> Iterator[Ahead]:
        """Yields forecasts of what follows each series.

        A line has numbers, as in `3.1 2.7 2.9`, and each with the inputs of its step as
        in `3.1,0 2.7,1`, where the last ones may have inputs alone, as in `,1`; or the
        name of a series; or the path of a CSV.

        Args:
          horizon: steps to forecast; as the run was trained for by default
          picture: a PNG in which the forecasts are drawn
        """
        steps = self.config.horizon if horizon is None else horizon
        fans: list[Fan] = []

        def answer(line: str) -> Ahead:
            if not line.strip():
                return Ahead(np.zeros(0), None, None, line)
            prepared = self.ask(line)
            self.require_inputs(prepared, steps)
            fans.append(self.future(params, prepared, steps))
            return Ahead(fans[-1].forecast, fans[-1].low, fans[-1].high, line)

        def draw() -> Iterator[Ahead]:
            if picture and fans:
                self.draw(Path(picture), fans[:MOST])
            yield from ()

        # A generator would end at a line's error, and forget the forecasts before it.
        return itertools.chain(map(answer, lines), draw())

    def require_inputs(self, prepared: Prepared, horizon: int) -> None:
        """Raises ValueError unless the inputs of all steps ahead are known."""
        if not 1 <= horizon <= FARTHEST:
            raise ValueError(f"horizon must be 1 to {FARTHEST}, not {horizon}")
        if not self.info["inputs"]:
            return
        given = len(prepared.features) - len(prepared.z)
        if self.config.inputs_ahead and given < horizon:
            raise ValueError(
                f"{horizon} steps ahead need their inputs, and those of {given} are"
                " given: add rows with inputs and no value"
            )
        if not self.config.inputs_ahead and horizon > 1:
            raise ValueError(
                f"horizon={horizon}: inputs that are not known ahead allow 1"
            )

    def future(self, params: Any, prepared: Prepared, horizon: int) -> Fan:
        """Forecasts what follows the end of a series."""
        values, dates = prepared.stretch.values, prepared.stretch.dates
        found = self.forecast(params, prepared, np.array([len(values) - 1]), horizon)
        first = max(0, len(values) - max(DRAWN, 2 * horizon))
        own = [None if part is None else part[0] for part in found]
        return Fan(
            values[first:], *own, first=first, dates=dates[first:], title="What follows"
        )

    def draw(self, path: Path, fans: Sequence[Fan]) -> None:
        """Draws forecasts below each other, as a PNG."""
        raise NotImplementedError

    def test_table(self, params: Any) -> tuple[str, np.ndarray]:
        """Returns what came in the test split beside forecasts one step ahead.

        Returns:
          Lines of columns with tabs between; and value, forecast, low and high of each
          step that is scored, [4, n], NaN where there are no intervals.
        """
        steps, middle, low, high = self.next_values(params, "test")
        stretch = self.prepare("test").stretch
        none = np.full(len(steps), np.nan)
        ends = (none, none) if low is None else (low, high)
        columns = np.stack([stretch.values[steps], middle, *ends])
        lines = ["step\tdate\tvalue\tforecast\tlow\thigh"]
        for step, numbers in zip(steps, columns.T, strict=True):
            date = stretch.dates[step] if stretch.dates else ""
            cells = ("" if np.isnan(x) else f"{x:.6g}" for x in numbers)
            lines.append(tsv.row(step, date, *cells))
        return "\n".join(lines) + "\n", columns

    def test_fans(self, params: Any) -> tuple[list[Fan], dict[str, np.ndarray]] | None:
        """Returns some forecasts of the test split, and the errors by lead.

        Returns:
          `SHOWN` forecasts; and the root mean square error of each step ahead, [H], of
          the run and of what has no model. None where the split is too short.
        """
        tested = self.backtest(params, "test", None)
        if tested is None:
            return None
        at, middle, low, high, came = tested
        horizon, stretch = self.config.horizon, self.prepare("test").stretch
        fans = []
        for i in np.unique(np.linspace(0, len(at) - 1, SHOWN).round().astype(int)):
            end = int(at[i]) + 1
            first = max(0, end - max(DRAWN, 2 * horizon))
            ends = (None, None) if low is None else (low[i], high[i])
            date = f", {stretch.dates[at[i]]}" if stretch.dates else ""
            fan = Fan(stretch.values[first:end], middle[i], *ends, came[i], first)
            title = f"From step {at[i]}{date}"
            fans.append(fan._replace(dates=stretch.dates[first:end], title=title))
        train, season = len(self.dataset.train[0].values), self.config.season
        ways = naive_forecasts.forecasts(
            stretch.values, at, horizon, season=season, train=train
        )
        errors = {
            way: np.sqrt(np.nanmean((own - came) ** 2, 0))
            for way, own in ({"this run": middle} | ways).items()
        }
        return fans, errors


def _whole(found: series_csv.Series) -> Stretch:
    """Returns a series that is history, all of it."""
    return Stretch(*found[:3], begin=len(found.values), dates=found.dates)
