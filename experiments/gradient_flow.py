"""How gradients flow through time and through depth, cell by cell (E27, C6).

A symbol is shown, noise follows, and at the end the symbol is asked for: what every
cell must do is carry it over T steps, and what it can learn depends on the gradient
that comes back over as many (Hochreiter, 1991; Pascanu et al., 2013). Accuracy counts;
guessing has 1 / symbols. All cells train side by side, none knowing of the others, and
the run leaves `gradient_flow.png`, one figure of them all with fresh and with trained
weights, and its numbers as `gradient_flow.csv`.

With `config.run`, the cell of another run is looked at instead, on that run's data.
"""

import csv
import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from ml_collections import ConfigDict

import experiments
from seqnets import cells, flow, losses, metrics
from seqnets.clipping import clip_gradient
from seqnets.data import batching
from seqnets.feedforward import INITIAL, MLP
from seqnets.flow import Flow
from seqnets.modules.overhearing import Heard, overhear
from seqnets.pictures import flow as flow_figure
from seqnets.training.evaluation import evaluate
from seqnets.training.task import Task
from seqnets.unroll import unroll

SPLITS = ("train", "valid", "test")
EVALUATED = 8  # Batches of an evaluation.


def zoo(dim: int) -> dict[str, cells.Cell]:
    """Returns every cell there is, and variants that differ in how gradients flow."""
    variants = {
        "SRN, ReLU": cells.SRN(dim, activation="relu"),
        "SRN, logistic": cells.SRN(dim, activation="logistic"),
        "SRN, 001 eq 39": cells.SRN(dim, activation="logistic", form="preactivation"),
        "LSTM, no forget gate": cells.LSTM(dim, forget_gate=False),
        "LSTM, coupled gates": cells.LSTM(dim, coupled=True),
        "GRU, no reset gate": cells.GRU(dim, reset="none"),
        "Residual, linear": cells.Residual(dim, recurrent=False),
    }
    plain = {name: cell(dim) for name, cell in cells.CELLS.items()}
    families = {name: {name: cell} for name, cell in plain.items()}
    for name, cell in variants.items():
        families[name.split(",")[0]][name] = cell
    return {n: cell for family in families.values() for n, cell in family.items()}


def build(config: ConfigDict, workdir: str | Path | None = None) -> Task:
    """Assembles the task that `configs/gradient_flow.py` describes.

    Args:
      config: see `configs/gradient_flow.py` for every field.
      workdir: not used, as a run stores nothing but parameters.

    Raises:
      ValueError: for options that do not go together, or a run without a cell.
    """
    del workdir
    for name, least in (("length", 2), ("symbols", 2), ("rows", 1), ("depth", 1)):
        if config[name] < least:
            raise ValueError(f"{name} must be at least {least}, not {config[name]}")
    return compare(config) if config.run is None else watch(config)


def compare(config: ConfigDict) -> Task:
    """Returns the task in which cells learn to recall, and are looked at."""
    compared = chosen(config.cell)
    readout = MLP((config.symbols,))
    in_dim, dtype = 2 * config.symbols, jnp.dtype(config.compute_dtype)

    def init(key: Array) -> Any:
        def one(key, cell):
            key_cell, key_readout = jax.random.split(key)
            return {
                "cell": cell.init(key_cell, in_dim),
                "readout": readout.init(key_readout, cell.out_dim),
            }

        keys = jax.random.split(key, len(compared))
        pairs = zip(compared.items(), keys, strict=True)
        return {name: one(k, cell) for (name, cell), k in pairs}

    def cross_entropy(params: Any, y: Array, targets: Array) -> tuple[Array, Array]:
        logits = readout.apply(params, y)
        nats, count = losses.cross_entropy(logits, targets)
        return nats / count, metrics.accuracy(logits, targets)

    def loss(params, state, batch, key):
        del key  # Nothing here is stochastic.
        xs = jax.nn.one_hot(batch["tokens"], in_dim, dtype=dtype)
        nats, sums = [], {}
        for name, cell in compared.items():
            own = clip_gradient(params[name], config.clip_norm)
            _, ys = unroll(cell, own["cell"], xs)
            mean, right = cross_entropy(own["readout"], ys[:, -1], batch["targets"])
            nats.append(mean)
            sums[f"accuracy/{name}"] = right
        count = jnp.float32(len(xs))
        mean = sum(nats) / len(nats)
        accuracy = sum(right for right, _ in sums.values()) / len(sums)
        sums |= {"loss": (mean * count, count), "accuracy": (accuracy, count)}
        # A sum, so that no cell's gradient depends on how many others there are.
        return sum(nats), (state, sums)

    def batches(split: str, start: int = 0) -> Iterator[batching.Batch]:
        steps = itertools.count(start) if split == "train" else range(start, EVALUATED)
        for step in steps:
            rng = np.random.default_rng((config.seed, SPLITS.index(split), step))
            yield recall(rng, config.batch_size, config.length, config.symbols)

    @jax.jit
    def see(params: Any) -> list[Heard]:
        batch = {n: a[: config.rows] for n, a in next(batches("test")).items()}
        xs = jax.nn.one_hot(batch["tokens"], in_dim)
        error = jax.grad(cross_entropy, argnums=1, has_aux=True)
        seen = []
        for name, cell in compared.items():
            own = params[name]
            _, ys = unroll(cell, own["cell"], xs)
            d_y, _ = error(own["readout"], ys[:, -1], batch["targets"])
            seen.append(Heard(cell, own["cell"], xs, d_y))
        return seen

    def report(params: Any, directory: Path) -> None:
        fresh = jax.jit(init)(jax.random.key(config.seed))
        scores = evaluate(task, params, "test")
        right = {name: scores[f"accuracy/{name}"] for name in compared}
        write(config, directory, list(compared), see(fresh), see(params), right)

    task = Task(
        init=init,
        loss=loss,
        batches=batches,
        unit="texts",
        goal=("valid", "accuracy", "max"),
        baselines=lambda: {"guessing": 1.0 / config.symbols},
        report=report,
    )
    return task


def chosen(options: ConfigDict) -> dict[str, cells.Cell]:
    """Returns the cell that is named, or all of them.

    Raises:
      ValueError: for an option of a cell that is not named.
    """
    if options.name is not None:
        return {options.name: cells.build(options)}
    for name, value in options.items():
        if value is not None and name != "dim":
            raise ValueError(
                f"cell.{name} = {value!r} is an option of one cell, and all are"
                " compared: name one by cell.name"
            )
    return zoo(options.dim)


def recall(
    rng: np.random.Generator, rows: int, length: int, symbols: int
) -> batching.Batch:
    """Draws texts whose first symbol is asked for after the last.

    The first is one of K symbols, the noise after it one of K others:

      2 5 7 4 4 6  ->  2    (K = 4)

    Returns:
      "tokens" [rows, length] and "targets" [rows], int32.
    """
    tokens = rng.integers(symbols, 2 * symbols, (rows, length), np.int32)
    tokens[:, 0] -= symbols
    return {"tokens": tokens, "targets": tokens[:, 0].copy()}


def watch(config: ConfigDict) -> Task:
    """Returns the task in which a trained run is looked at, and does not change.

    Its parameters are the run's, and their gradient is stopped.
    """
    seed = experiments.read_config(config.run).seed
    task, trained = experiments.load(config.run)
    batch = next(task.batches("test", 0))

    @jax.jit
    def see(params: Any) -> list[Heard]:
        start = task.initial_state(params, len(jax.tree.leaves(batch)[0]))
        heard = overhear(lambda: task.loss(params, start, batch, None)[0])
        return [heard.rows(config.rows)]

    def loss(params, state, batch, key):
        del key
        params = jax.lax.stop_gradient(params)
        start = task.initial_state(params, len(jax.tree.leaves(batch)[0]))
        nats, (_, sums) = task.loss(params, start, batch, None)
        return nats, (state, sums)

    def batches(split: str, start: int = 0) -> Iterator[batching.Batch]:
        stop = None if split == "train" else EVALUATED
        return itertools.islice(task.batches(split, start), stop)

    def report(params: Any, directory: Path) -> None:
        fresh = jax.jit(task.init)(jax.random.key(seed))
        name = Path(config.run).name
        write(config, directory, [name], see(fresh), see(params), {})

    try:
        jax.eval_shape(see, trained)
    except LookupError as error:
        raise ValueError(f"cannot look into {config.run}: {error}") from error
    return Task(
        init=lambda key: trained,
        loss=loss,
        batches=batches,
        unit=task.unit,
        finish=task.finish,
        report=report,
    )


def write(
    config: ConfigDict,
    directory: Path,
    names: Sequence[str],
    fresh: Sequence[Heard],
    trained: Sequence[Heard],
    right: dict[str, float],
) -> None:
    """Measures, and writes the figure and its numbers.

    Args:
      config: `seed`, `depth` and `cell.dim`.
      directory: where.
      names: what the cells are called.
      fresh, trained: the cells at work.
      right: the shares of right answers, by name; may be empty.
    """
    key = jax.random.key(config.seed)

    @jax.jit
    def measure(heard: Heard) -> Flow:
        marks = {"state": heard.state, "mask": heard.mask, "reset": heard.reset}
        return flow.measure(heard.cell, heard.params, heard.xs, heard.d_y, **marks)

    def redrawn(heard: Heard, draw: Any) -> Heard:
        params = flow.redraw(heard.cell, heard.params, key, draw)
        return dataclasses.replace(heard, params=params)

    seen = {"fresh": fresh, "trained": trained}
    for initial, draw in INITIAL.items():
        seen[initial] = [redrawn(heard, draw) for heard in fresh]
    flows = {
        weights: {
            n: jax.device_get(measure(h)) for n, h in zip(names, own, strict=True)
        }
        for weights, own in seen.items()
    }
    widths = (1, config.cell.dim)
    chains = {width: flow.depth_chains(key, width, config.depth) for width in widths}
    flow_figure.draw(directory / "gradient_flow.png", flows, chains, right)
    path = directory / "gradient_flow.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(flow.COLUMNS)
        rows.writerows(flow.records(flows, chains))
        rows.writerows(("trained", n, "accuracy", "", "", a) for n, a in right.items())
