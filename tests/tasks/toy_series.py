"""A model of series that needs no net, and small series for it.

z_t = w · [z_{t-1}, ..., z_{t-K}, x_t] + s n
"""

from typing import NamedTuple

import numpy as np
from ml_collections import ConfigDict

from seqnets.data.assets import Assets
from seqnets.tasks.series_forecaster import SeriesForecaster

FIELDS = {
    "data_dir": None, "column": None, "missing": "interpolate", "valid_steps": 10,
    "test_steps": 12, "log": False, "differences": (), "season": 1, "lags": 2,
    "input_lags": 1, "inputs_ahead": True, "horizon": 3, "origins": 99, "paths": 5,
    "quantiles": (0.1, 0.5, 0.9), "select": "next", "seed": 0,
}  # fmt: skip


class Weights(NamedTuple):
    w: np.ndarray  # [F]
    s: float


class Toy(SeriesForecaster):
    """Needs the last values alone, though it has windows of four steps."""

    context = 4

    def next_steps(self, params, split, deviates):
        prepared = self.prepare(split)
        rows = prepared.features[self.steps(prepared)]
        return rows @ params.w + params.s * deviates[:, None]

    def paths(self, params, origins, deviates):
        count = len(deviates), len(origins.past)
        past, found = np.broadcast_to(origins.past, (*count, self.config.lags)), []
        for h in range(deviates.shape[1]):
            inputs = np.broadcast_to(
                origins.ahead[:, h], (*count, self.width - self.config.lags)
            )
            z = np.concatenate([past, inputs], -1) @ params.w
            found.append(z + params.s * deviates[:, h, None])
            past = np.concatenate([found[-1][..., None], past], -1)[..., :-1]
        return np.stack(found, -1)


def drawn(size=60, inputs=0, seed=0):
    """Returns positive values [N] and inputs [N, M] without a pattern."""
    rng = np.random.default_rng(seed)
    return rng.uniform(2, 9, size).round(3), rng.normal(size=(size, inputs)).round(3)


def build(folder, values, inputs=None, workdir=None, **changes):
    """Returns the model on a CSV of a year, values (NaN is missing) and inputs."""
    inputs = np.zeros((len(values), 0)) if inputs is None else inputs
    names = [f"u{i}" for i in range(inputs.shape[1])]
    rows = [["year", *names, "y"]]
    for i, (own, value) in enumerate(zip(inputs, values, strict=True)):
        rows.append([1900 + i, *own, "" if np.isnan(value) else value])
    path = folder / "series.csv"
    path.write_text("".join(f"{','.join(map(str, row))}\n" for row in rows))
    fields = FIELDS | {"corpus": str(path), "inputs": tuple(names)} | changes
    return Toy(ConfigDict(fields), Assets(workdir))


def weights(task, s=0.3):
    """Returns weights that differ from each other."""
    return Weights(
        0.5 * 0.6 ** np.arange(task.width) * (-1) ** np.arange(task.width), s
    )
