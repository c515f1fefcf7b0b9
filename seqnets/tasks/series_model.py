"""Base class of models of series: what they read, and how they are asked."""

import functools
import logging
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
from ml_collections import ConfigDict

from seqnets import datasets, forecast_errors
from seqnets.data import windows
from seqnets.data.assets import Assets
from seqnets.data.transforms import Transforms
from seqnets.datasets.dataset import Dataset
from seqnets.datasets.series import Stretch
from seqnets.training.task import Experiment


class Prepared(NamedTuple):
    """A stretch as a model reads it; arrays are aligned to the steps of the series."""

    stretch: Stretch
    z: np.ndarray  # float32 [N], transformed.
    features: np.ndarray  # float32 [N + A, F]: K values and inputs, A after the end.
    scored: np.ndarray  # bool [N], steps whose value and the one before are known.


class Origins(NamedTuple):
    """What is known at the origins of forecasts; their number is O."""

    features: np.ndarray  # float32 [O, W, F], windows that end at the origin.
    mask: np.ndarray  # bool [O, W]
    past: np.ndarray  # float32 [O, K], the latest first.
    ahead: np.ndarray  # float32 [O, H, F - K], inputs of the steps ahead.


class SeriesModel(Experiment):
    """A model of a series: what it reads, and how it is asked.

    A subclass gives `next_steps` and `paths`. It reads these fields of the config:
    corpus, data_dir, column, inputs, missing, valid_steps, test_steps, log,
    differences, season, lags, input_lags, inputs_ahead, horizon, origins, paths,
    quantiles, select, seed.

    Attributes:
      intervals: whether the model has any.
      context: how many steps a forecast reads.
    """

    intervals = True
    context: int

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__()
        self.config, self.assets, self._prepared = config, assets, {}
        many = f"/to_{config.horizon}" if config.horizon > 1 else ""
        self.goal = "valid", f"rmse{many if config.select == 'all' else ''}", "min"

    @functools.cached_property
    def dataset(self) -> Dataset:
        c = self.config
        options = {
            "column": c.column,
            "inputs": tuple(c.inputs) or None,
            "missing": None if c.missing == "refuse" else c.missing,
            "valid_steps": c.valid_steps,
            "test_steps": c.test_steps,
        }
        return datasets.load(
            c.corpus, "series", c.data_dir, assets=self.assets, **options
        )

    @functools.cached_property
    def info(self) -> dict[str, Any]:
        """What is known of the data, kept in the run folder."""

        def make() -> dict[str, Any]:
            c, train, info = self.config, self.dataset.train[0], self.dataset.info
            if info["inputs"] and c.horizon > 1 and not c.inputs_ahead:
                raise ValueError(
                    f"horizon={c.horizon} needs inputs that are known ahead: set"
                    " inputs_ahead=True, or horizon=1"
                )
            scale = forecast_errors.naive_scale(train.values, c.season)
            if np.isnan(scale):
                raise ValueError(
                    f"season={c.season} needs more than {c.season} values to train,"
                    f" not {len(train.values)}"
                )
            if not scale:
                _say(
                    f"{c.corpus}: all values that train are those of a season ago,"
                    f" season={c.season}: mase is undefined and left out"
                )
            if count := info["interpolated"]:
                _say(f"{c.corpus}: {count} values were interpolated; none is scored")
            return info | {"scale": scale}

        def check(info: Any) -> bool:
            names = {"name", "inputs", "periods", "scale"}
            return isinstance(info, dict) and names <= {*info}

        return self.assets.keep("series.json", make, check=check)

    @functools.cached_property
    def transforms(self) -> Transforms:
        """The transforms, with the scale of the training steps, kept with the run."""

        def make() -> Transforms:
            c, (train,) = self.config, self.dataset.train
            inputs = train.inputs[: len(train.values)]
            options = {"log": c.log, "lags": c.differences, "name": c.corpus}
            return Transforms.fit(train.values, inputs, **options)

        return self.assets.keep("transforms.json", make, Transforms)

    @property
    def width(self) -> int:
        """F, the width of a step's features."""
        c = self.config
        return c.lags + c.input_lags * len(self.info["inputs"])

    @property
    def begin(self) -> int:
        """The first step that can be explained."""
        return self.transforms.lost

    def prepare(self, split: str) -> Prepared:
        """Returns a split as a model reads it."""
        if split not in self._prepared:
            self._prepared[split] = self.read(self.dataset[split][0])
        return self._prepared[split]

    def read(self, stretch: Stretch, name: str | None = None) -> Prepared:
        """Transforms a stretch, and puts what is known before a step beside it.

        Args:
          stretch: of this series or of another one.
          name: of another one, for messages.
        """
        c, own = self.config, self.transforms
        z = own.forward(stretch.values, name or c.corpus).astype(np.float32)
        inputs = own.scale_inputs(stretch.inputs).astype(np.float32)
        if not c.inputs_ahead:
            # What the step after the end reads is known: it has a row as well.
            inputs = np.pad(inputs, ((0, 1), (0, 0)))
        # Lagged values of the steps after the end are those that forecasts fill in.
        late = np.concatenate([z, np.zeros(len(inputs) - len(z), np.float32)])
        parts = [windows.lagged(late, 1, c.lags)]
        if inputs.shape[1]:
            first = 0 if c.inputs_ahead else 1
            parts.append(windows.lagged(inputs, first, c.input_lags))
        before = np.concatenate([[False], stretch.known[:-1]])
        scored = stretch.known & before
        scored[: self.begin + c.lags] = False  # Fewer values than it reads.
        return Prepared(stretch, z, np.concatenate(parts, 1), scored)

    def origins(self, prepared: Prepared, at: np.ndarray, horizon: int) -> Origins:
        """Returns what is known at some steps, the last known ones of forecasts."""
        c = self.config
        lags, end = c.lags, len(prepared.features)
        found, mask = windows.ending(
            prepared.features, at + 1, self.context, self.begin
        )
        steps = at[:, None] - np.arange(lags)
        past = np.where(steps < 0, 0, prepared.z[np.maximum(steps, 0)])
        ahead = at[:, None] + np.arange(1, horizon + 1)
        inputs = np.zeros((len(at), horizon, self.width - lags), np.float32)
        if inputs.shape[-1]:
            there = np.minimum(ahead, end - 1)
            inputs[:] = prepared.features[there, lags:]
        return Origins(found, mask, past.astype(np.float32), inputs)

    def next_steps(self, params: Any, split: str, deviates: np.ndarray) -> np.ndarray:
        """Returns the transformed value of each step of a split, one step ahead.

        Args:
          params: of the model.
          split: whose steps are forecast, each from all true values before it.
          deviates: normal deviates at which the head is read, [Q].

        Returns:
          [Q, n], of the n steps of the split that are scored.
        """
        raise NotImplementedError

    def paths(self, params: Any, origins: Origins, deviates: np.ndarray) -> np.ndarray:
        """Returns transformed values of the steps ahead, recursively.

        Args:
          params: of the model.
          origins: what is known.
          deviates: normal deviates of each path, the same from all origins, [S, H].

        Returns:
          [S, O, H].
        """
        raise NotImplementedError

    @property
    def tails(self) -> tuple[float, float]:
        """The levels of the ends of intervals."""
        return self.config.quantiles[0], self.config.quantiles[-1]

    def forecast(
        self, params: Any, prepared: Prepared, at: np.ndarray, horizon: int
    ) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
        """Forecasts from some origins, without a look at what comes after.

        The ends of intervals are quantiles of drawn paths, at each step ahead.

        Args:
          params: of the model.
          prepared: the series.
          at: the last known step of each forecast, [O].
          horizon: H.

        Returns:
          Forecasts [O, H], and the low and high ends, or None for both, in the units of
          the series.
        """
        known = self.origins(prepared, at, horizon)
        values = prepared.stretch.values

        def undo(z: np.ndarray) -> np.ndarray:  # [S, O, H]
            rows = [
                self.transforms.undo(z[:, i], values[: step + 1])
                for i, step in enumerate(at)
            ]
            return np.stack(rows, 1)

        # The first path is the forecast; those that are drawn follow.
        deviates = np.zeros((1 + self.config.paths * self.intervals, horizon))
        if self.intervals:
            rng = np.random.default_rng(self.config.seed)
            deviates[1:] = rng.standard_normal((self.config.paths, horizon))
        found = undo(np.asarray(self.paths(params, known, deviates.astype(np.float32))))
        if not self.intervals:
            return found[0], None, None
        return found[0], *np.quantile(found[1:], self.tails, axis=0)

    def next_values(
        self, params: Any, split: str
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, np.ndarray | None]:
        """Forecasts every step of a split from all before it.

        Returns:
          The steps that are scored [n]; forecasts, low and high ends, [n] each.
        """
        prepared = self.prepare(split)
        steps = self.steps(prepared)
        at = [0.0] + [NormalDist().inv_cdf(level) for level in self.tails]
        found = np.asarray(self.next_steps(params, split, np.array(at, np.float32)))
        offsets = self.transforms.offsets(prepared.stretch.values)[steps]
        middle, *ends = self.transforms.undo_step(found, offsets)
        return steps, middle, *(ends if self.intervals else (None, None))

    def steps(self, prepared: Prepared) -> np.ndarray:
        """Returns the steps of a stretch that are scored."""
        begin = prepared.stretch.begin
        found = begin + np.flatnonzero(prepared.scored[begin:])
        if not len(found):
            raise ValueError(
                f"{self.config.corpus}: of the steps from {begin} on, none can be"
                " scored: no two known values follow each other, or differences need"
                " more values before"
            )
        return found


def _say(text: str) -> None:
    logging.getLogger(__name__).warning("%s", text)
