"""Gradients through time and through depth, cell by cell (E27, C6).

A symbol is shown, noise follows, and at the end the symbol is asked for: a cell must
carry it over T steps, and what it learns depends on the gradient that comes back over
as many (Hochreiter, 1991; Pascanu et al., 2013). The metric is accuracy; guessing has
1 / symbols. All cells are trained side by side, and one figure shows all of them with
fresh and with trained weights. With `config.run`, the cell of another run is inspected
instead, on that run's data.
"""

import dataclasses
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from ml_collections import ConfigDict

import experiments
from seqnets import cells, losses, metrics
from seqnets.analysis import cell_variants, flow_files
from seqnets.analysis import gradient_flow as analysis
from seqnets.analysis.gradient_flow import Chains, Flows
from seqnets.data.batching import GeneratedBatches
from seqnets.datasets import first_symbol
from seqnets.feedforward import INITIAL, MLP
from seqnets.modules.capture import CellTrace, capture
from seqnets.plots import gradient_flow as figure
from seqnets.training import devices
from seqnets.training.comparison import Comparison
from seqnets.training.config import check
from seqnets.training.evaluation import evaluate
from seqnets.training.fields import COUNT, WIDTH, Field, at_least, common, rows_of
from seqnets.training.study import Study
from seqnets.training.task import Batch, Experiment, Params, Task
from seqnets.unroll import unroll

EVALUATED, CHUNK = 512, 64  # Texts of an evaluation, and how many are drawn at once.

FIELDS = common("depth") | {
    "run": Field(str, optional=True),
    "symbols": Field(int, at_least(2)),
    "length": Field(int, at_least(2)),
    "rows": Field(int, COUNT),
    "cell.dim": Field(int, WIDTH),  # Of the deep nets, too.
}


class Recall(Task):
    """One cell that learns to recall the first symbol of a text after the last."""

    unit = "texts"
    goal = ("valid", "accuracy", "max")

    def __init__(self, config: ConfigDict, cell: cells.Cell):
        self.config, self.cell = config, cell
        self.readout, self.in_dim = MLP((config.symbols,)), 2 * config.symbols
        self.trace = jax.jit(self._trace)

    def init(self, key):
        key_cell, key_readout = jax.random.split(key)
        return {
            "cell": self.cell.init(key_cell, self.in_dim),
            "readout": self.readout.init(key_readout, self.cell.out_dim),
        }

    def make_batches(self, split: str) -> GeneratedBatches:
        c, own = self.config, {"examples": EVALUATED, "chunk": CHUNK}
        sizes = {"length": c.length, "symbols": c.symbols}
        draw = functools.partial(first_symbol.draw, **sizes)
        rows = rows_of(c, split)
        return GeneratedBatches(draw, rows, seed=c.seed, split=split, **own)

    def loss(self, params, state, batch, key):
        """Cross-entropy of the symbol asked for, and accuracy."""
        del key  # There is no dropout.
        dtype = jnp.dtype(self.config.compute_dtype)
        xs = jax.nn.one_hot(batch["tokens"], self.in_dim, dtype=dtype)
        _, ys = unroll(self.cell, params["cell"], xs)
        mean, sums = self.judge(params["readout"], ys[:, -1], batch)
        return mean, (state, sums)

    def judge(self, readout: Any, y: Array, batch: Batch) -> tuple[Array, Any]:
        """Returns the mean loss of last outputs [B, H], and the sums of metrics."""
        logits, targets = self.readout.apply(readout, y), batch["targets"]
        nats, count = losses.cross_entropy(logits, targets, batch["rows"])
        right = metrics.accuracy(logits, targets, batch["rows"])
        return losses.mean(nats, count), {"loss": (nats, count), "accuracy": right}

    def _trace(self, params: Params, batch: Batch) -> CellTrace:
        """Returns the cell on a batch, and the error at its last output."""
        xs = jax.nn.one_hot(batch["tokens"], self.in_dim)
        _, ys = unroll(self.cell, params["cell"], xs)
        error = jax.grad(self.judge, argnums=1, has_aux=True)
        d_y, _ = error(params["readout"], ys[:, -1], batch)
        return CellTrace(self.cell, params["cell"], xs, d_y)


class CellComparison(Comparison):
    """All cells side by side, and the figure of their gradients."""

    def __init__(self, config: ConfigDict):
        compared = cell_variants.choose(config.cell)
        super().__init__({name: Recall(config, c) for name, c in compared.items()})
        self.config = config

    def baselines(self) -> dict[str, float]:
        """Returns the accuracy of a guess."""
        return {"guessing": 1.0 / self.config.symbols}

    def report(self, params: Params, directory: Path) -> None:
        """Writes gradient_flow.png and gradient_flow.csv."""
        config = self.config
        batch = next(self.batches("test"))
        few = {name: array[: config.rows] for name, array in batch.items()}
        fresh = jax.jit(self.init)(jax.random.key(config.seed))
        traces = [
            {name: task.trace(own[name], few) for name, task in self.tasks.items()}
            for own in (fresh, params)
        ]
        flows = measure(config.seed, *traces)
        found = evaluate(self, params, "test")
        right = {name: found[f"accuracy/{name}"] for name in self.tasks}
        results = flows, depth_chains(config), right
        figure.draw(directory / "gradient_flow.png", *results)
        flow_files.write_table(directory / "gradient_flow.csv", *results)


class InspectRun(Study):
    """The gradients of another run's cell, with its fresh and its trained weights."""

    def __init__(self, config: ConfigDict):
        self.config = config

    def compute(self):
        """Measures on the first rows of the run's first test batch.

        Returns:
          Arrays for `flow_files.from_arrays`, and the run's metrics of that batch.

        Raises:
          ValueError: there is no such run, it is no training, or its model has no
            `Recurrent` that runs forward.
        """
        seed = experiments.read_config(self.config.run).seed
        task, trained = experiments.load(self.config.run)
        if not isinstance(task, Task):
            raise ValueError(f"cannot inspect {self.config.run}: it is no training")
        batch = next(task.batches("test"))

        def loss(params: Params) -> tuple[Array, Any]:
            start = task.initial_state(params, devices.row_count(batch))
            mean, (_, sums) = task.loss(params, start, batch, None)
            return mean, sums

        @jax.jit
        def trace(params: Params) -> CellTrace:
            return capture(lambda: loss(params)[0]).rows(self.config.rows)

        fresh = jax.jit(task.init)(jax.random.key(seed))
        name = Path(self.config.run).name
        try:
            traces = [{name: trace(params)} for params in (fresh, trained)]
        except LookupError as error:
            raise ValueError(f"cannot inspect {self.config.run}: {error}") from error
        flows = measure(self.config.seed, *traces)
        _, sums = jax.jit(loss)(trained)
        found = flow_files.to_arrays(flows, depth_chains(self.config))
        return found, {"test": task.finish(devices.fetch(sums))}

    def report(self, found: Mapping[str, np.ndarray], directory: Path) -> None:
        """Writes gradient_flow.png and gradient_flow.csv."""
        results = *flow_files.from_arrays(found), {}
        figure.draw(directory / "gradient_flow.png", *results)
        flow_files.write_table(directory / "gradient_flow.csv", *results)


def build(config: ConfigDict, workdir: str | Path | None = None) -> Experiment:
    """Builds a `CellComparison`, or an `InspectRun` where `config.run` is given.

    Every field is in `configs/gradient_flow.py`; the run folder is not used.

    Raises:
      ValueError: for options out of range, or that do not go together.
    """
    del workdir
    check(config, FIELDS)
    return CellComparison(config) if config.run is None else InspectRun(config)


def measure(
    seed: int, fresh: Mapping[str, CellTrace], trained: Mapping[str, CellTrace]
) -> Flows:
    """Measures cells with fresh, trained and redrawn recurrent weights.

    Args:
      seed: of the weights that are redrawn.
      fresh, trained: the cells on some inputs, by name.
    """
    key, traces = jax.random.key(seed), {"fresh": fresh, "trained": trained}
    for initial, draw in INITIAL.items():
        traces[initial] = {}
        for name, trace in fresh.items():
            params = analysis.redraw(trace.cell, trace.params, key, draw)
            traces[initial][name] = dataclasses.replace(trace, params=params)
    return {
        weights: {name: jax.device_get(_measure(t)) for name, t in by_name.items()}
        for weights, by_name in traces.items()
    }


@jax.jit
def _measure(trace: CellTrace) -> analysis.Flow:
    marks = {"state": trace.state, "mask": trace.mask, "reset": trace.reset}
    return analysis.measure(trace.cell, trace.bound, trace.xs, trace.d_y, **marks)


def depth_chains(config: ConfigDict) -> dict[int, Chains]:
    """Measures deep nets with one neuron, and with `cell.dim` neurons, in a layer."""
    key, widths = jax.random.key(config.seed), (1, config.cell.dim)
    return {width: analysis.depth_chains(key, width, config.depth) for width in widths}
