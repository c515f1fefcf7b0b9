"""Forecasts of series, one step and many steps ahead, with intervals (B7, E19).

What comes next? AR(K), by least squares or likelihood, with a choice of K (`net="ar"`,
which is computed, not trained); NARX, a net that reads the last values and inputs from
outside (Lin et al., 1996); or any cell. Forecasts of many steps feed on themselves. The
root mean square error counts, in the units of the series; the baselines are the last
value, the one a season ago, and the mean. Origins of forecasts roll through the
stretches that validate and test, and nothing after an origin is seen.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from ml_collections import ConfigDict

from seqnets import cells, heads, losses
from seqnets.baselines import autoregression
from seqnets.data import windows
from seqnets.data.assets import Assets
from seqnets.data.batching import ArrayBatches
from seqnets.datasets.series_csv import MISSING
from seqnets.feedforward import ACTIVATIONS, MLP
from seqnets.initializers import count_parameters
from seqnets.plots import forecast as plots
from seqnets.recursive_forecast import Forecaster
from seqnets.tasks.series_autoregression import AutoregressionStudy
from seqnets.tasks.series_forecaster import Fan, SeriesForecaster
from seqnets.tasks.series_model import Origins
from seqnets.training import config as configs
from seqnets.training import evaluation
from seqnets.training.fields import (
    ANY,
    BETWEEN,
    COUNT,
    DIFFERENT,
    INDEX,
    NOT_NEGATIVE,
    WIDTH,
    Field,
    common,
    rows_of,
)
from seqnets.training.task import Experiment, Task

NETS = ("recurrent", "narx", "ar")
NEXT_SHOWN = 300  # Steps of the figure of one step ahead.

FIELDS = common("corpus", "depth", "dropout", "length") | {
    "column": Field(str, optional=True),
    "inputs": Field(str, many=DIFFERENT),
    "missing": Field(str, MISSING),
    "valid_steps": Field(int, COUNT, optional=True),
    "test_steps": Field(int, COUNT, optional=True),
    "log": Field(bool),
    "differences": Field(int, COUNT, many=ANY),
    "season": Field(int, COUNT),
    "lags": Field(int, INDEX),
    "input_lags": Field(int, COUNT),
    "inputs_ahead": Field(bool),
    "warm_up": Field(int, INDEX),
    "horizon": Field(int, COUNT),
    "origins": Field(int, COUNT),
    "paths": Field(int, COUNT),
    "select": Field(str, ("next", "all")),
    "net": Field(str, NETS),
    "hidden_dims": Field(int, WIDTH, many=ANY),
    "activation": Field(str, ACTIVATIONS),
    "direct": Field(bool),
    "head": Field(str, heads.HEADS),
    "quantiles": Field(float, BETWEEN, many=DIFFERENT),
    "teacher_forcing": Field(bool),
    "noise": Field(float, NOT_NEGATIVE),
    "method": Field(str, autoregression.METHODS),
    "criterion": Field(str, autoregression.CRITERIA, optional=True),
}


class Pictures(SeriesForecaster):
    """Draws forecasts."""

    def draw(self, path: Path, fans: Sequence[Fan]) -> None:
        low, high = self.tails
        interval = f"{high - low:.0%} interval"
        plots.draw(path, fans, label=self.info["name"], interval=interval)

    def report(self, params: Any, directory: Path) -> None:
        """Writes test.tsv, and draws forecasts of one step and of many."""
        prepared, name = self.prepare("test"), self.info["name"]
        text, columns = self.test_table(params)
        (directory / "test.tsv").write_text(text, encoding="utf-8")
        values, middle, low, high = columns[:, :NEXT_SHOWN]
        ends = {"low": low, "high": high} if self.intervals else {}
        plots.draw_next(
            directory / "next.png",
            values,
            middle,
            label=name,
            first=int(self.steps(prepared)[0]),
            title="One step ahead, test",
            **ends,
        )
        tested = self.test_fans(params) if self.config.horizon > 1 else None
        if tested is not None:
            fans, errors = tested
            self.draw(directory / "forecasts.png", fans)
            plots.draw_leads(directory / "leads.png", errors, label="RMSE, test")
        if not self.info["inputs"]:
            fan = self.future(params, prepared, self.config.horizon)
            self.draw(directory / "future.png", [fan])


class Forecasting(Pictures, Task):
    """Trains a net; see `configs/forecasting.py` for the fields of its config."""

    unit = "steps"

    def __init__(self, config: ConfigDict, assets: Assets):
        """Makes the net."""
        super().__init__(config, assets)
        head = heads.build(config.head, config.quantiles)
        self.intervals = config.head != "mean"
        cell = None
        if config.net == "recurrent":
            if not (config.teacher_forcing or config.warm_up):
                raise ValueError("teacher_forcing=False needs a warm_up to begin from")
            cell = cells.build(config.cell)
            if config.dropout:
                cell = cells.Dropout(cell, config.dropout)
            cell = cells.Stack((cell,) * config.depth)
        mlp = MLP((*config.hidden_dims, head.size), config.activation)
        self.model = Forecaster(mlp, head, cell, config.lags, config.direct)
        self.dtype = jnp.dtype(config.compute_dtype)
        self.context = config.warm_up + config.length
        self.draw_paths = jax.jit(self._draw_paths)
        self.read_head = jax.jit(self.model.head.at)

    def make_batches(self, split: str) -> ArrayBatches:
        c, prepared = self.config, self.prepare(split)
        arrays = prepared.features[: len(prepared.z)], prepared.z, prepared.scored
        places = {"begin": self.begin, "warm_up": c.warm_up, "length": c.length}
        if split == "train":
            found = windows.every(*arrays, **places)
        else:
            _ = self.steps(prepared)  # Or there is nothing to score.
            begin = prepared.stretch.begin
            found = windows.in_turn(*arrays, stretch=begin, **places)
        training = split == "train"
        rows = rows_of(c, split)
        return ArrayBatches(found._asdict(), rows, seed=c.seed, shuffle=training)

    def init(self, key: Array) -> Any:
        _ = self.transforms  # Kept with the run from its start on.
        if not self.width:
            raise ValueError("lags=0 leaves nothing to read where there are no inputs")
        return self.model.init(key, self.width)

    def loss(self, params, state, batch, key):
        """The head's mean loss over the scored steps of windows.

        With teacher forcing each step reads true values; without, the steps after the
        warm-up read what the net forecast itself.
        """
        c, model = self.config, self.model
        features = batch["features"].astype(self.dtype)
        mask, scored = batch["mask"], batch["scored"] & batch["rows"][:, None]
        if key is not None and c.noise:
            key, own = jax.random.split(key)
            drawn = c.noise * jax.random.normal(own, features[..., : c.lags].shape)
            features = features.at[..., : c.lags].add(drawn.astype(self.dtype))
        if c.teacher_forcing:
            _, outputs = model.outputs(params, features, mask, key)
            targets = batch["targets"]
        else:
            parts = features[:, : c.warm_up], features[:, c.warm_up :]
            state_now, _ = model.outputs(params, parts[0], mask[:, : c.warm_up], key)
            past, inputs = parts[1][:, 0, : c.lags], parts[1][..., c.lags :]
            none = jnp.zeros(parts[1].shape[:2])
            _, outputs = model.follow(params, state_now, past, inputs, none)
            targets, scored = batch["targets"][:, c.warm_up :], scored[:, c.warm_up :]
        total, count = model.head.loss(outputs, targets, scored)
        return losses.mean(total, count), (state, {"loss": (total, count)})

    def _next(self, params: Any, batch: dict[str, Array]) -> tuple[Array, Array]:
        features = batch["features"].astype(self.dtype)
        _, outputs = self.model.outputs(params, features, batch["mask"])
        return outputs, batch["scored"]

    def next_steps(self, params, split, deviates):
        found = evaluation.answers(self._next, params, self.batches(split))
        outputs = np.concatenate([o[scored] for o, scored in found])
        return np.asarray(self.read_head(outputs, deviates[:, None]))

    def _draw_paths(self, params: Any, origins: Origins, deviates: Array) -> Array:
        features, past, ahead = (
            array.astype(self.dtype)
            for array in (origins.features, origins.past, origins.ahead)
        )
        state, _ = self.model.outputs(params, features, origins.mask)

        def follow(own: Array) -> Array:
            n = jnp.broadcast_to(own, (len(past), len(own)))
            return self.model.follow(params, state, past, ahead, n)[0]

        return jax.vmap(follow)(deviates)

    def paths(self, params, origins, deviates):
        return np.asarray(self.draw_paths(params, origins, deviates))

    def scores(self, params: Any, split: str, limit: int | None) -> dict[str, float]:
        """Returns the errors of one step ahead and of all, and how many parameters."""
        return self.errors(params, split, limit) | {
            "parameters": count_parameters(params)
        }


class Autoregressions(Pictures, AutoregressionStudy):
    """Computes AR(K); see `configs/sunspots_ar.py`."""


def build(config: ConfigDict, workdir: str | Path | None = None) -> Experiment:
    """Builds a `Forecasting`, or of net="ar" an `Autoregressions`.

    Every field is in `configs/forecasting.py`.
    """
    configs.check(config, FIELDS)
    kind = Autoregressions if config.net == "ar" else Forecasting
    return kind(config, Assets(workdir))
