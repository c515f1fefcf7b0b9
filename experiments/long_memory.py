"""Long dependencies: what a cell still knows after how many steps (E23).

Adding, copying, temporal order and parity (Hochreiter & Schmidhuber, 1997; Arjovsky et
al., 2016), and stories, in Chinese or English, that name a dog early and ask for its
name at the end, put a long clause between a subject and its verb, or tell of a country
that a later one takes the place of. All are generated; see `seqnets.data.memory`.

Answers are scored by accuracy, sums by the mean square error, copying by cross-entropy.
The baselines guess, predict the mean, or answer with what was mentioned last. With
`config.compare` several cells are trained side by side, each as it would be alone, and
the figure of the score against distance has a curve for each.
"""

import dataclasses
import functools
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax import Array
from ml_collections import ConfigDict

from seqnets import cells, losses, metrics
from seqnets.cells.cell import affine
from seqnets.clipping import clip_gradient
from seqnets.data.batching import Batch, roomy
from seqnets.data.memory import PROBLEMS, Problem, draw_distances
from seqnets.initializers import glorot, size
from seqnets.modules.recurrent import Recurrent
from seqnets.naming import nearest
from seqnets.pictures import distance
from seqnets.training.evaluation import evaluate
from seqnets.training.task import Task

SPLITS = ("train", "valid", "test")
EPOCH = 1000  # What is generated never ends; so many batches are called an epoch.
SHOWN = 4  # Stories of each distance that are written out with their answers.


class Reader(nn.Module):
    """Runs a stack of cells over symbols or numbers, and answers at every step.

    z_t = W_y y_t + b_y
    """

    cell: cells.Stack
    symbols: int | None
    outputs: int
    embedding_dim: int | None
    dtype: Any

    @nn.compact
    def __call__(self, inputs: Array) -> Array:
        """Returns [B, T, outputs], for symbols [B, T] or numbers [B, T, D]."""
        if self.symbols is None:
            xs = inputs.astype(self.dtype)
        elif self.embedding_dim is None:
            xs = jax.nn.one_hot(inputs, self.symbols, dtype=self.dtype)
        else:
            shape = self.symbols, self.embedding_dim
            table = self.param("embedding", nn.initializers.normal(0.1), shape)
            xs = table[inputs].astype(self.dtype)  # [B, T, E]
        _, ys = Recurrent(self.cell, name="recurrent")(xs)
        w = self.param("w_y", glorot, (self.cell.out_dim, self.outputs))
        b = self.param("b_y", nn.initializers.zeros, (self.outputs,))
        return affine(ys, w.astype(self.dtype), b)


def build(config: ConfigDict, workdir: str | Path | None = None) -> Task:
    """Assembles the task that a config such as `configs/adding.py` describes.

    Parameters are {name of a cell: its own}, also where there is one cell.

    Args:
      config: see `configs/adding.py` for every field.
      workdir: not used, as a run stores nothing but parameters.

    Raises:
      ValueError: for options out of range, or that do not go together.
    """
    del workdir
    problem, trained = choose(config)
    nets = {
        name: Reader(
            cell=cell,
            symbols=problem.symbols,
            outputs=problem.answers or 1,
            embedding_dim=config.embedding_dim,
            dtype=jnp.dtype(config.compute_dtype),
        )
        for name, cell in build_cells(config).items()
    }
    alone = len(nets) == 1
    ends = {name: "" if alone else f"_{name}" for name in nets}

    def init(key: Array) -> Any:
        inputs = next(batches("train"))["inputs"][:1]
        # A cell starts the same whatever is beside it.
        keys = {n: jax.random.fold_in(key, i) for i, n in enumerate(cells.CELLS)}
        return {n: net.init(keys[n], inputs)["params"] for n, net in nets.items()}

    def loss(params, state, batch, key):
        del key  # Nothing is random but the batch.
        sums, means = {}, []
        for name, net in nets.items():
            own = params[name]
            if config.clip_norm is not None:
                own = clip_gradient(own, config.clip_norm)
            found = judge(problem, net.apply({"params": own}, batch["inputs"]), batch)
            sums |= {metric + ends[name]: pair for metric, pair in found.items()}
            total, count = found["loss"]
            means.append(total / count)
        # Nothing is shared: each cell's gradient is that of its own term.
        loss = sum(means)
        return loss, (state, sums | {"loss": (loss * count, count)})

    def batches(
        split: str, start: int = 0, distances: tuple[int, int] = trained
    ) -> Iterator[Batch]:
        steps = itertools.count(start)
        for step in steps if split == "train" else range(config.eval_batches):
            rng = np.random.default_rng((config.seed, SPLITS.index(split), step))
            drawn = draw_distances(rng, *distances, config.batch_size)
            yield problem.sample(rng, drawn, problem.steps(distances[1]))

    def scores(params: Any, split: str, limit: int | None) -> dict[str, float]:
        del split, limit
        return {f"parameters{ends[name]}": size(params[name]) for name in nets}

    @jax.jit
    def probabilities(params, ids):
        return {
            name: jax.nn.softmax(net.apply({"params": params[name]}, ids))
            for name, net in nets.items()
        }

    def ask(params: Any, text: str) -> dict[str, tuple[str, float]]:
        """Returns each cell's answer to a story, and its probability."""
        ids = problem.stories.encode(text)
        # What fills the row up comes too late to matter; few lengths are compiled.
        row = np.zeros((1, roomy(len(ids), 16)), np.int32)
        row[0, : len(ids)] = ids
        found, answers = jax.device_get(probabilities(params, row)), {}
        for name in nets:
            p = found[name][0, len(ids) - 1]
            answers[name] = problem.stories.answers[p.argmax()], float(p.max())
        return answers

    def predict(params: Any, lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            if not problem.stories.tokenize(line):
                yield "-\t-\t"
                continue
            parts = []
            for name, (answer, p) in ask(params, line).items():
                parts += [*([] if alone else [name]), answer, f"{p:.3f}"]
            unknown = problem.stories.unknown(line)
            parts += [line, *([f"unknown: {' '.join(unknown)}"] if unknown else [])]
            yield "\t".join(parts)

    def report(params: Any, directory: Path) -> None:
        columns: dict[str, list[float]] = {name: [] for name in nets}
        for length in config.lengths:
            fixed = functools.partial(batches, distances=(length, length))
            found = evaluate(dataclasses.replace(task, batches=fixed), params, "test")
            found = {name: found[problem.score + ends[name]] for name in nets}
            for name, score in (found | problem.baselines(length, length)).items():
                columns.setdefault(name, []).append(score)
        rows = zip(config.lengths, *columns.values(), strict=True)
        table = [",".join(map(str, row)) for row in (["distance", *columns], *rows)]
        (directory / "distance.csv").write_text("\n".join(table) + "\n")
        sizes = {name: f"{name}, {size(params[name]):,} parameters" for name in nets}
        distance.draw(
            directory / "distance.png",
            f"{config.problem}: {problem.score} against distance",
            config.lengths,
            columns,
            sizes,
            trained,
            problem.score,
        )
        if problem.stories is not None:
            text = "\n".join(answered(params))
            (directory / "stories.txt").write_text(text, encoding="utf-8")

    def answered(params: Any) -> Iterator[str]:
        """Yields lines: stories of each distance, with the cells' answers."""
        rng = np.random.default_rng((config.seed, len(SPLITS)))
        for length, _ in itertools.product(config.lengths, range(SHOWN)):
            text, _, answer, _ = problem.stories.tell(rng, length)
            yield f"{text} __\n\n  {length} tokens later it is {answer}"
            for name, (said, p) in ask(params, text).items():
                mark = "right" if said == answer else "wrong"
                yield f"  {name} says {said}, p = {p:.2f}: {mark}"
            yield ""

    goal = "valid", problem.score, "max" if problem.score == "accuracy" else "min"
    task = Task(
        init=init,
        loss=loss,
        batches=batches,
        steps_per_epoch=EPOCH,
        unit="answers",
        # No step is the best for all of several cells: the last one counts.
        goal=goal if alone else None,
        scores=scores,
        report=report,
        predict=None if problem.stories is None else predict,
        baselines=lambda: problem.baselines(*trained),
    )
    return task


def choose(config: ConfigDict) -> tuple[Problem, tuple[int, int]]:
    """Returns the problem, and the shortest and longest distance of the training.

    Raises:
      ValueError: for an unknown problem, or options that are not for it.
    """
    name, longest = config.problem, config.length
    if name not in PROBLEMS:
        raise ValueError(f"unknown problem {name!r}{nearest(name, PROBLEMS)}")
    least = PROBLEMS[name].shortest
    shortest = longest if config.shortest is None else config.shortest
    if not least <= shortest <= longest or min(config.lengths, default=0) < least:
        raise ValueError(
            f"{name} has distances of {least} and more: shortest {shortest}, length"
            f" {longest} and lengths {tuple(config.lengths)} are not in that order"
        )
    if min(config.batch_size, config.eval_batches) < 1:
        raise ValueError("batch_size and eval_batches must be positive")
    if len(config.compare) > 1 and config.optimizer.clip_norm is not None:
        raise ValueError(
            "optimizer.clip_norm clips the cells to be compared all together: set it"
            " to None, and clip_norm, which clips each by itself"
        )
    return PROBLEMS[name], (shortest, longest)


def build_cells(config: ConfigDict) -> dict[str, cells.Stack]:
    """Returns the cells to be trained, by name: `cell`, or all of `compare`.

    Those whose name is not that of `cell` have its width, and their own defaults.

    Raises:
      ValueError: for a cell that there is not, or that comes twice.
    """
    made = {}
    for name in config.compare or (config.cell.name,):
        if name in made:
            raise ValueError(f"compare has {name} twice")
        own = name == config.cell.name
        cell = cells.build(config.cell if own else cells.options(name, config.cell.dim))
        made[name] = cells.Stack((cell,) * config.depth)
    return made


def judge(problem: Problem, outputs: Array, batch: Any) -> dict[str, Any]:
    """Returns the loss, and what answers [B, T, K] are worth, as (sum, count)."""
    targets, mask = batch["targets"], batch["mask"]
    if problem.answers is None:
        mse = losses.total((outputs[..., 0] - targets) ** 2, mask)
        return {"loss": mse, "mse": mse}
    return {
        "loss": losses.cross_entropy(outputs, targets, mask),
        "accuracy": metrics.accuracy(outputs, targets, batch["asked"]),
    }
