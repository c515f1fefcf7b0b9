"""Base class of models of series that are scored: the backtest, and its baselines."""

from typing import Any

import numpy as np

from seqnets import forecast_errors
from seqnets.baselines import naive_forecasts
from seqnets.tasks.series_model import SeriesModel


class SeriesBacktest(SeriesModel):
    """Scores forecasts, of one step and of many; see `SeriesModel`.

    Origins of forecasts roll through a split, and nothing after them is seen.
    """

    def backtest(
        self, params: Any, split: str, limit: int | None
    ) -> tuple[np.ndarray, ...] | None:
        """Forecasts all steps ahead from origins that roll through a split.

        Args:
          params: of the model.
          split: the stretch in which all steps ahead lie.
          limit: how many origins; None for `config.origins`.

        Returns:
          The origins [O], and forecasts, low, high and true values, [O, H] each; None
          where the stretch has fewer steps than the horizon.
        """
        c, prepared = self.config, self.prepare(split)
        first = max(prepared.stretch.begin - 1, self.begin)
        at = np.arange(first, len(prepared.z) - c.horizon)
        at = at[prepared.stretch.known[at]] if len(at) else at
        if not len(at):
            return None
        count = min(x for x in (len(at), c.origins, limit) if x)
        at = at[np.linspace(0, len(at) - 1, count).round().astype(int)]
        middle, low, high = self.forecast(params, prepared, at, c.horizon)
        places = at[:, None] + np.arange(1, c.horizon + 1)
        came = np.where(
            prepared.stretch.known[places], prepared.stretch.values[places], np.nan
        )
        return at, middle, low, high, came

    def errors(self, params: Any, split: str, limit: int | None) -> dict[str, float]:
        """Scores forecasts of one step, and of many, in the units of the series."""
        prepared = self.prepare(split)
        steps, middle, low, high = self.next_values(params, split)
        values, scale = prepared.stretch.values, self.info["scale"]
        interval = None if low is None else (low, high)
        found = forecast_errors.scores(
            middle, values[steps], scale=scale, interval=interval
        )
        whole = float(np.var(values))
        for name, (first, last) in self.info["periods"].items():
            keep = (steps >= first) & (steps <= last)
            if keep.any() and whole:
                errors = middle[keep] - values[steps[keep]]
                found[f"arv/{name}"] = float(np.mean(errors**2)) / whole
        if self.config.horizon > 1:
            tested = self.backtest(params, split, limit)
            if tested is None and self.config.select == "all":
                raise self._too_short(split)
            found |= {} if tested is None else self._errors_ahead(*tested[1:])
        return found

    def _errors_ahead(
        self, middle: np.ndarray, low: Any, high: Any, came: np.ndarray
    ) -> dict[str, float]:
        """Scores forecasts of steps 1 to H, and the last of these steps alone."""
        there, scale = ~np.isnan(came), self.info["scale"]
        interval = None if low is None else (low[there], high[there])
        own = forecast_errors.scores(
            middle[there], came[there], scale=scale, interval=interval
        )
        found = {f"{name}/to_{self.config.horizon}": own[name] for name in own}
        there = there[:, -1]
        if there.any():
            own = forecast_errors.scores(middle[there, -1], came[there, -1])
            found |= {
                f"{name}/at_{self.config.horizon}": own[name]
                for name in ("rmse", "nrmse")
                if name in own
            }
        return found

    def baselines(self) -> dict[str, float]:
        """Returns the goal's value, on the validation split, of what has no model."""
        _, metric, _ = self.goal
        name, _, many = metric.partition("/")
        prepared = self.prepare("valid")
        values, known, c = prepared.stretch.values, prepared.stretch.known, self.config
        if many:
            first = max(prepared.stretch.begin - 1, 0)
            at = np.arange(first, len(values) - c.horizon)
            at, horizon = at[known[at]], c.horizon
            if not len(at):
                raise self._too_short("valid")
        else:
            at, horizon = self.steps(prepared) - 1, 1
        train = len(self.dataset.train[0].values)
        ways = naive_forecasts.forecasts(
            values, at, horizon, season=c.season, train=train
        )
        places = at[:, None] + np.arange(1, horizon + 1)
        there = known[places]
        found = {
            way: forecast_errors.scores(own[there], values[places][there])
            for way, own in ways.items()
        }
        return {way: own[name] for way, own in found.items() if name in own}

    def _too_short(self, split: str) -> ValueError:
        return ValueError(
            f"the {split} split has fewer steps than horizon={self.config.horizon}:"
            " lower it, or set select=next"
        )
