"""Study of autoregressions: AR(K) of a series, computed."""

import functools
from typing import Any

import numpy as np
from ml_collections import ConfigDict

from seqnets import heads
from seqnets.baselines import autoregression
from seqnets.data.assets import Assets
from seqnets.datasets.dataset import SPLITS
from seqnets.tasks.series_forecaster import SeriesForecaster
from seqnets.training.study import Found, Study


class AutoregressionStudy(SeriesForecaster, Study):
    """Computes AR(K): on the training stretch, to choose K and to validate.

    The test is of coefficients from both stretches before it, as no steps of training
    have to be chosen on the second.
    """

    def __init__(self, config: ConfigDict, assets: Assets):
        """Checks the options."""
        super().__init__(config, assets)
        heads.build("gaussian", config.quantiles)
        if config.lags < 1:
            raise ValueError("AR(K) needs lags of at least 1")
        self.context = config.lags

    def compute(self) -> tuple[Found, dict[str, dict[str, float]]]:
        """Fits, and scores the stretches that validate and test."""
        c, found, metrics = self.config, {}, {}
        lags = c.lags
        if c.criterion is not None:
            table = autoregression.choose(**self.explained("valid"), **self.choice)
            lags = min(table, key=table.get)
            found["criterion"] = np.array(list(table.values()))
        for split in SPLITS[1:]:
            model = self.fit(split, lags)
            own = {name: np.asarray(x) for name, x in model._asdict().items()}
            counts = {"order": lags, "parameters": 2 + lags + len(model.input_weights)}
            metrics[split] = self.errors(own, split, None) | counts
        return found | own, metrics

    @property
    def choice(self) -> dict[str, Any]:
        c = self.config
        return {"most": c.lags, "by": c.criterion, "method": c.method}

    def explained(self, split: str) -> dict[str, np.ndarray | None]:
        """Returns the steps before a split, as `autoregression` takes them."""
        prepared = self.prepare(split)
        used = slice(self.begin, prepared.stretch.begin)
        inputs = prepared.features[used, self.config.lags :].astype(np.float64)
        counted = prepared.scored[used]
        if self.config.method == "likelihood":
            # It is of all values of a stretch, and can leave none out.
            if inputs.shape[1]:
                raise ValueError("inputs from outside need method='least_squares'")
            if not prepared.stretch.known[used].all():
                raise ValueError(
                    "values that were interpolated need method='least_squares', which"
                    " explains none of them"
                )
        return {
            "values": prepared.z[used].astype(np.float64),
            "inputs": inputs if inputs.shape[1] else None,
            "counted": counted if self.config.method == "least_squares" else None,
        }

    def fit(self, split: str, lags: int) -> autoregression.Autoregression:
        """Fits AR(K) to all before a split."""
        given = self.explained(split)
        if self.config.method == "likelihood":
            return autoregression.likelihood(given["values"], lags)[0]
        return autoregression.least_squares(given.pop("values"), lags, **given)[0]

    def model(self, found: Found) -> autoregression.Autoregression:
        """Returns what was computed, with weights of zero for the lags left out."""
        fields = autoregression.Autoregression._fields
        own = autoregression.Autoregression(*(found[field] for field in fields))
        missing = self.config.lags - len(own.weights)
        return own._replace(weights=np.append(own.weights, np.zeros(missing)))

    def next_steps(self, params, split, deviates):
        prepared, lags = self.prepare(split), self.config.lags
        rows = prepared.features[self.steps(prepared)].astype(np.float64)
        model = self.model(params)
        middle = model.next(rows[:, :lags], rows[:, lags:])
        return middle + np.sqrt(model.variance) * deviates[:, None]

    def paths(self, params, origins, deviates):
        model = self.model(params)
        many = functools.partial(model.follow, origins.past, origins.ahead)
        size = len(origins.past), deviates.shape[1]
        return np.stack([many(np.broadcast_to(own, size)) for own in deviates])
