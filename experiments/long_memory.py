"""Long dependencies: the score of a cell against the distance it must bridge (E23).

Adding, copying, temporal order and parity (Hochreiter & Schmidhuber, 1997; Arjovsky et
al., 2016), and stories, in Chinese or English, that name a dog early and ask for its
name at the end, put a long clause between a subject and its verb, or name a country
that a later one replaces. All are generated; see `seqnets.datasets.long_range`.

Metrics are accuracy, mean square error of sums, and cross-entropy of copying; baselines
guess, predict the mean, or answer with what was mentioned last.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax import Array
from ml_collections import ConfigDict

from seqnets import cells, losses, metrics
from seqnets.data.batching import EPOCH, GeneratedBatches
from seqnets.data.buckets import collate
from seqnets.datasets.long_range import PROBLEMS
from seqnets.initializers import count_parameters
from seqnets.modules import Embedding, Readout, Recurrent
from seqnets.plots import distance
from seqnets.training.comparison import Answers, Comparison
from seqnets.training.config import check
from seqnets.training.evaluation import evaluate
from seqnets.training.fields import (
    COUNT,
    DIFFERENT,
    SOME,
    WIDTH,
    Field,
    common,
    rows_of,
)
from seqnets.training.task import Params, Task

SHOWN = 4  # Stories of each distance in the report.

FIELDS = common("length", "depth") | {
    "problem": Field(str, PROBLEMS),
    "shortest": Field(int, COUNT, optional=True),
    "lengths": Field(int, COUNT, many=SOME),
    "eval_examples": Field(int, COUNT),
    "compare": Field(str, many=DIFFERENT),
    "embedding_dim": Field(int, WIDTH, optional=True),
}


class StepwiseAnswers(nn.Module):
    """Runs a stack of cells over symbols or numbers: z_t = W y_t + b at every step."""

    embedding: Embedding | None  # None: the inputs are numbers.
    recurrent: Recurrent
    readout: Readout
    dtype: Any

    def __call__(self, inputs: Array) -> Array:
        """Returns [B, T, K], for symbols [B, T] or numbers [B, T, D]."""
        xs = inputs if self.embedding is None else self.embedding(inputs)
        _, ys = self.recurrent(xs.astype(self.dtype))
        return self.readout(ys)


class LongMemory(Task):
    """One cell on one problem."""

    unit = "answers"

    def __init__(self, config: ConfigDict, name: str, cell: cells.Stack):
        self.config, self.name = config, name
        self.problem = problem = PROBLEMS[config.problem]
        shortest = config.length if config.shortest is None else config.shortest
        self.distances = shortest, config.length
        problem.check(*self.distances, config.lengths)
        self.goal = "valid", problem.score, problem.direction
        self.model = StepwiseAnswers(
            problem.symbols and Embedding(problem.symbols, config.embedding_dim),
            Recurrent(cell),
            Readout(problem.answers or 1),
            jnp.dtype(config.compute_dtype),
        )
        self.answer = jax.jit(self._answer)
        if problem.stories is None:
            self.predict = None

    def init(self, key):
        shape = (1, 1, 2) if self.problem.symbols is None else (1, 1)
        return self.model.init(key, jnp.zeros(shape, jnp.int32))["params"]

    def loss(self, params, state, batch, key):
        """Mean square error or cross-entropy of the steps in "mask"."""
        del key  # There is no dropout.
        outputs = self.model.apply({"params": params}, batch["inputs"])
        targets, rows = batch["targets"], batch["rows"][:, None]
        mask, asked = batch["mask"] & rows, batch["asked"] & rows
        if self.problem.answers is None:
            squares = losses.squared_error(outputs[..., 0], targets, mask)
            sums = {"loss": squares, "mse": squares}
        else:
            right = metrics.accuracy(outputs, targets, asked)
            nats = losses.cross_entropy(outputs, targets, mask)
            sums = {"loss": nats, "accuracy": right}
        return losses.mean(*sums["loss"]), (state, sums)

    def make_batches(
        self, split: str, distances: tuple[int, int] | None = None
    ) -> GeneratedBatches:
        """Returns the batches of a split, by default at the training's distances."""
        c = self.config
        draw = self.problem.generator(*(distances or self.distances))
        rows = rows_of(c, split)
        own = {"examples": c.eval_examples, "steps_per_epoch": EPOCH}
        return GeneratedBatches(draw, rows, seed=c.seed, split=split, **own)

    def scores(self, params, split, limit):
        del split, limit
        return {"parameters": count_parameters(params)}

    def baselines(self) -> dict[str, float]:
        """Returns the scores of trivial answers at the training's distances."""
        return self.problem.baselines(*self.distances)

    def predict(self, params: Params, lines: Iterable[str]) -> Iterator[Answers]:
        """Yields the answers to stories, each of which ends where it is wanted."""
        return CellComparison({self.name: self}).predict({self.name: params}, lines)

    def report(self, params: Params, directory: Path) -> None:
        """Writes distance.csv and distance.png, and stories.txt for a text."""
        CellComparison({self.name: self}).report({self.name: params}, directory)

    def _answer(self, params: Params, ids: Array) -> Array:
        return jax.nn.softmax(self.model.apply({"params": params}, ids))


class CellComparison(Comparison):
    """Several cells on one problem, in one figure."""

    def __init__(self, tasks: Mapping[str, LongMemory]):
        super().__init__(tasks)
        self.baselines = self._first.baselines
        if self._first.predict is None:
            self.predict = None

    def predict(self, params: Params, lines: Iterable[str]) -> Iterator[Answers]:
        """Yields the answers to stories, each of which ends where it is wanted."""
        grammar = self._first.problem.stories
        for line in lines:
            ids = grammar.encode(line)
            # The padding comes after the step of the answer.
            row, found = collate([{"ids": ids}], {"ids": "mask"})["ids"], {}
            for name, task in self.tasks.items() if len(ids) else ():
                p = jax.device_get(task.answer(params[name], row))[0, len(ids) - 1]
                found[name] = grammar.answers[p.argmax()], float(p.max())
            yield Answers(found, line, tuple(grammar.unknown(line)))

    def report(self, params: Params, directory: Path) -> None:
        """Writes distance.csv and distance.png, and stories.txt for a text."""
        problem, config = self._first.problem, self._first.config
        columns = {name: [] for name in self.tasks}
        for length in config.lengths:
            batches = self._first.make_batches("test", (length, length)).batches(0, 1)
            found = evaluate(self, params, "test", batches=batches)
            scores = {name: found[f"{problem.score}/{name}"] for name in self.tasks}
            for name, score in (scores | problem.baselines(length, length)).items():
                columns.setdefault(name, []).append(score)
        rows = zip(config.lengths, *columns.values(), strict=True)
        table = [",".join(map(str, row)) for row in (["distance", *columns], *rows)]
        (directory / "distance.csv").write_text("\n".join(table) + "\n")
        title = f"{config.problem}: {problem.score} against distance"
        sizes = {
            n: f"{n}, {count_parameters(params[n]):,} parameters" for n in self.tasks
        }
        drawn = directory / "distance.png", title, config.lengths, columns, sizes
        distance.draw(*drawn, self._first.distances, problem.score)
        if problem.stories is not None:
            text = "\n".join(self.answered_stories(params))
            (directory / "stories.txt").write_text(text, encoding="utf-8")

    def answered_stories(self, params: Params) -> Iterator[str]:
        """Yields lines: stories of each distance, with the answers of the cells."""
        config, grammar = self._first.config, self._first.problem.stories
        rng = np.random.default_rng((config.seed, 3))  # 0 to 2 are the splits.
        for length, _ in itertools.product(config.lengths, range(SHOWN)):
            story = grammar.draw(rng, length)
            yield f"{story.text} __\n\n  {length} tokens later it is {story.answer}"
            (found,) = self.predict(params, [story.text])
            for name, (answer, p) in found.answers.items():
                mark = "right" if answer == story.answer else "wrong"
                yield f"  {name}: {answer}, p = {p:.2f}, {mark}"
            yield ""


def build(config: ConfigDict, workdir: str | Path | None = None) -> Task:
    """Builds a `LongMemory`, or of several cells a `CellComparison`.

    Every field is in `configs/adding.py`; the run folder is not used.

    Raises:
      ValueError: for options out of range, or that do not go together.
    """
    del workdir
    check(config, FIELDS)
    tasks: dict[str, LongMemory] = {}
    for name in config.compare or (config.cell.name,):
        # Cells of another name than `cell` have its width, and their own defaults.
        own = name == config.cell.name
        cell = cells.build(config.cell if own else cells.options(name, config.cell.dim))
        tasks[name] = LongMemory(config, name, cells.Stack((cell,) * config.depth))
    return CellComparison(tasks) if len(tasks) > 1 else tasks[name]
