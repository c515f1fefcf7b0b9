"""Fitting functions with one hidden layer, narrow and wide (B6, 001 section 2).

A perceptron (Rosenblatt, 1958) cannot learn XOR (Minsky & Papert, 1969), as no line
parts (0, 1) and (1, 0) from (0, 0) and (1, 1); one hidden layer is enough. On an
interval one hidden layer comes as near to any continuous function as one likes, if it
is wide enough (Cybenko, 1989; Hornik et al., 1989).

Nets of several widths learn side by side, each from several starts, each as it would be
alone. Width 0 is no hidden layer: a perceptron, which learns by its own rule, or a
straight line. Boolean functions are scored by accuracy, curves by error: the share of
the variance that is left over, 1 for the best constant, which is the trivial baseline.
Figures show what was learned.
"""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from ml_collections import ConfigDict

from seqnets import losses
from seqnets.data.assets import Assets
from seqnets.feedforward import ACTIVATIONS, INITIAL, MLP
from seqnets.initializers import count_parameters
from seqnets.plots import function_fit as plots
from seqnets.tasks.array_task import ArrayTask
from seqnets.training import config as configs
from seqnets.training.comparison import Comparison
from seqnets.training.fields import COUNT, SOME, WIDTH, Field, at_least, common
from seqnets.training.task import Task

FIELDS = common("corpus") | {
    "widths": Field(int, at_least(0, WIDTH.most), many=SOME),
    "restarts": Field(int, COUNT),
    "activation": Field(str, ACTIVATIONS),
    "initial": Field(str, INITIAL),
}


class Fit(ArrayTask):
    """Trains a net of one width from several starts, each as it would be alone."""

    kind = "points"

    def __init__(self, config: ConfigDict, assets: Assets, width: int):
        """Makes the net.

        Args:
          config: see `configs/function_fit.py`.
          assets: keep what the nets must know of the points.
          width: of the hidden layer; 0 for none.

        Raises:
          ValueError: for options that there are not.
        """
        super().__init__(config, assets)
        self.width, dims = width, (width, 1) if width else (1,)
        self.net = MLP(dims, config.activation, config.initial)
        self.dtype = jnp.dtype(config.compute_dtype)
        self.answer = jax.jit(self.outputs)

    def init(self, key: Array) -> Any:
        keys = jax.random.split(key, self.config.restarts)
        return jax.vmap(self.net.init, (0, None))(keys, self.info["inputs"])

    def outputs(self, params: Any, x: Array) -> Array:
        """Returns the outputs [R, N] of the nets of R starts for x [N, D]."""
        return jax.vmap(self.net.apply, (0, None))(params, x)[..., 0]

    def loss(self, params, state, batch, key):
        """A sum over the starts, whose gradient is that of each start's own loss."""
        del key  # Nothing is drawn.
        found = self.outputs(params, batch["x"].astype(self.dtype))
        y, rows, _ = jnp.broadcast_arrays(batch["y"], batch["rows"], found)
        if self.info["boolean"]:
            if self.width:
                total, count = losses.binary_cross_entropy(found, y, rows)
            else:
                total, count = losses.binary_perceptron(found, y, rows)
            right = ((found > 0) == (y > 0)).astype(jnp.float32)
            sums = {"accuracy": losses.total(right, rows)}
        else:
            total, count = losses.squared_error(found, y, rows)
            sums = {"error": (total, count)}
        examples = batch["rows"].sum(dtype=jnp.float32)
        return losses.mean(total, examples), (state, sums | {"loss": (total, count)})

    def scores(self, params: Any, split: str, limit: int | None) -> dict[str, float]:
        """Returns how many parameters the net of one start has."""
        del split, limit
        return {"parameters": count_parameters(params) // self.config.restarts}

    def baselines(self) -> dict[str, float]:
        """Returns the accuracy or the error, in validation, of the best constant."""
        y, valid = self.dataset.train.columns.y, self.dataset.valid.columns.y
        if self.info["boolean"]:
            return {"constant": float(np.mean(valid == round(float(y.mean()))))}
        return {"constant": float(np.mean((valid - y.mean()) ** 2))}


class FunctionFit(Comparison):
    """Compares nets of the config's `widths`, which are their names."""

    def __init__(self, config: ConfigDict, assets: Assets):
        """Makes a task of each width."""
        self.widths = sorted(config.widths)
        super().__init__({str(w): Fit(config, assets, w) for w in self.widths})
        self.first = self.tasks[str(self.widths[0])]

    def outputs(self, params: Any, x: np.ndarray) -> dict[int, np.ndarray]:
        """Returns the outputs [R, N] of all nets for x [N, D], by width."""
        found = {w: self.tasks[str(w)].answer(params[str(w)], x) for w in self.widths}
        return jax.device_get(found)

    def report(self, params: Any, directory: Path) -> None:
        """Draws the best start of each width, and the errors of all starts."""
        if self.first.info["boolean"]:
            self.report_decisions(params, directory)
        else:
            self.report_fits(params, directory)

    def report_decisions(self, params: Any, directory: Path) -> None:
        """Draws where the nets of a Boolean function decide for true."""
        x, y = self.first.dataset.test.columns
        found = self.outputs(params, x)
        accuracies = {w: ((s > 0) == (y > 0)).mean(1) for w, s in found.items()}
        axis = np.linspace(-0.5, 1.5, 201, dtype=np.float32)
        grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
        found = self.outputs(params, grid)
        best = {w: s[accuracies[w].argmax()] for w, s in found.items()}
        path = directory / "decisions.png"
        plots.draw_decisions(path, x, y, axis, best, accuracies)

    def report_fits(self, params: Any, directory: Path) -> None:
        """Draws the fitted curves in the units of the points, and the errors."""
        x, y = self.first.dataset.test.columns
        found = self.outputs(params, x)
        errors = {w: ((s - y) ** 2).mean(1) for w, s in found.items()}
        x, y = self.first.dataset.train.columns
        grid = np.linspace(x.min(), x.max(), 500)[:, None]
        found = self.outputs(params, grid)
        best = {w: s[errors[w].argmin()] for w, s in found.items()}

        def unscaled(axis: str, values: np.ndarray) -> np.ndarray:
            mean, deviation = self.first.info["scales"][axis]
            return values * deviation + mean

        plots.draw_fits(
            directory / "fits.png",
            unscaled("x", x[:, 0]),
            unscaled("y", y),
            unscaled("x", grid[:, 0]),
            {w: unscaled("y", curve) for w, curve in best.items()},
            errors,
        )
        plots.draw_errors(directory / "errors.png", errors)


def build(config: ConfigDict, workdir: str | Path | None = None) -> Task:
    """Builds the task of `configs/function_fit.py`; see `experiments.build`."""
    configs.check(config, FIELDS)
    return FunctionFit(config, Assets(workdir))
