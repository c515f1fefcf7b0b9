"""A mark at the start, asked for at the end, up to a million steps later (E23, E27).

One of K symbols is shown, noise of K others follows, and after the last step the first
symbol is asked for; guessing has 1 / K. The net is read by the last state alone, so
that memory does not grow with the width of a cell times the length, and is trained on
ever longer texts: a cell that closes its gates to noise at one length is nearly right
at ten times that length, where the gradient tells it what is left to close. Cells can
be compared, and with back-propagation through time that is truncated: the state is
carried over the whole text, and the gradient comes back over the last steps only.
"""

import functools
import itertools
from collections.abc import Mapping
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from ml_collections import ConfigDict

from seqnets import cells, initializers, losses, metrics
from seqnets.data.batching import Draw, GeneratedBatches
from seqnets.datasets import first_symbol
from seqnets.feedforward import MLP
from seqnets.initializers import count_parameters
from seqnets.modules.recurrent import final_output
from seqnets.plots import distance
from seqnets.training.comparison import Comparison
from seqnets.training.config import check
from seqnets.training.evaluation import evaluate
from seqnets.training.fields import (
    ANY,
    COUNT,
    DIFFERENT,
    INDEX,
    POSITIVE,
    SOME,
    Field,
    at_least,
    rows_of,
)
from seqnets.training.task import Params, Task
from seqnets.unroll import unroll

FIELDS = {
    "steps": Field(int, COUNT),  # Of which the stages have their shares.
    "symbols": Field(int, at_least(2)),
    "length": Field(int, at_least(2)),
    "stages": Field(int, at_least(2), many=SOME),
    "shares": Field(float, POSITIVE, many=ANY),
    "lengths": Field(int, at_least(2), many=SOME),
    "eval_examples": Field(int, COUNT),
    "compare": Field(str, many=DIFFERENT),
    "windows": Field(int, INDEX, many=SOME),
    "chrono": Field(int, at_least(3), optional=True),
}


class FirstSymbol(Task):
    """One cell that learns to answer with the first symbol of a text.

    Attributes:
      window: the steps over which the gradient comes back; 0 for all.
    """

    unit = "texts"
    goal = ("valid", "loss", "min")  # It goes on falling where all answers are right.

    def __init__(self, config: ConfigDict, name: str, cell: cells.Cell, window: int):
        self.config, self.name, self.cell, self.window = config, name, cell, window
        self.readout, self.in_dim = MLP((config.symbols,)), 2 * config.symbols

    def init(self, key):
        key_cell, key_chrono, key_readout = jax.random.split(key, 3)
        params, longest = self.cell.init(key_cell, self.in_dim), self.config.chrono
        if longest is not None and has_gates(self.cell):
            gates = self.cell.gates
            params = initializers.chrono(params, gates, key_chrono, longest)
        return {
            "cell": params,
            "readout": self.readout.init(key_readout, self.cell.out_dim),
        }

    def make_batches(self, split: str, length: int | None = None) -> GeneratedBatches:
        """Returns the batches of a split, those of training by the stages."""
        c, draw = self.config, self._draw(length or self.config.length)
        rows = rows_of(c, split)
        own = {"examples": c.eval_examples, "schedule": self._at}
        return GeneratedBatches(draw, rows, seed=c.seed, split=split, **own)

    def _at(self, step: int) -> Draw:
        """Returns what draws a training batch: stage by stage longer texts."""
        c = self.config
        return self._draw(c.stages[stage_of(step, c.steps, c.shares)])

    def _draw(self, length: int) -> Draw:
        sizes = {"length": length, "symbols": self.config.symbols}
        return functools.partial(first_symbol.draw, **sizes)

    def loss(self, params, state, batch, key):
        """Cross-entropy of the symbol asked for, and accuracy."""
        del key  # There is no dropout.
        logits = self.readout.apply(
            params["readout"], self._last(params["cell"], batch["tokens"])
        )
        targets, rows = batch["targets"], batch["rows"]
        nats = losses.cross_entropy(logits, targets, rows)
        sums = {"loss": nats, "accuracy": metrics.accuracy(logits, targets, rows)}
        return losses.mean(*nats), (state, sums)

    def _last(self, params: Params, tokens: Array) -> Array:
        """Returns the output after the last step, [B, H]."""
        dtype, window = jnp.dtype(self.config.compute_dtype), self.window
        xs, state = jax.nn.one_hot(tokens, self.in_dim, dtype=dtype), None
        if 0 < window < xs.shape[1]:
            # All windows but the last have no answer, and so no gradient.
            state, _ = unroll(self.cell, lax.stop_gradient(params), xs[:, :-window])
            state, xs = lax.stop_gradient(state), xs[:, -window:]
        state, ys = unroll(self.cell, params, xs, state=state)
        return final_output(state, ys)

    def scores(self, params, split, limit):
        """Accuracy at other lengths, and how many parameters there are."""
        del limit  # Nothing is decoded.
        others = [n for n in self.config.lengths if n != self.config.length]
        found = {f"accuracy/{n}": self.accuracy(params, split, n) for n in others}
        return found | {"parameters": count_parameters(params)}

    def accuracy(self, params: Params, split: str, length: int) -> float:
        """Returns the share of right answers to texts of a length."""
        batches = self.make_batches(split, length).batches(0, 1)
        return evaluate(self, params, split, batches=batches)["accuracy"]

    def baselines(self) -> dict[str, float]:
        """Returns the loss of a guess."""
        return {"guessing": float(np.log(self.config.symbols))}

    def report(self, params: Params, directory: Path) -> None:
        """Writes lengths.csv and lengths.png: accuracy against length."""
        SideBySide({self.name: self}).report({self.name: params}, directory)


class SideBySide(Comparison):
    """Several cells, or gradients of several lengths, in one figure."""

    def __init__(self, tasks: Mapping[str, FirstSymbol]):
        super().__init__(tasks)
        self.config = self._first.config

    def report(self, params: Params, directory: Path) -> None:
        """Writes lengths.csv and lengths.png: accuracy against length."""
        config = self.config
        columns = {
            name: [task.accuracy(params[name], "test", n) for n in config.lengths]
            for name, task in self.tasks.items()
        }
        columns["guessing"] = [1.0 / config.symbols] * len(config.lengths)
        rows = zip(config.lengths, *columns.values(), strict=True)
        table = [",".join(map(str, row)) for row in (["length", *columns], *rows)]
        (directory / "lengths.csv").write_text("\n".join(table) + "\n")
        distance.draw(
            directory / "lengths.png",
            "The first symbol, after the last: accuracy against length",
            config.lengths,
            columns,
            {n: f"{n}, {count_parameters(params[n]):,} parameters" for n in self.tasks},
            (min(config.stages), max(config.stages)),
            "accuracy",
        )


def build(config: ConfigDict, workdir: str | Path | None = None) -> Task:
    """Builds a `FirstSymbol`, or of several nets a `SideBySide`.

    Every field is in `configs/first_symbol.py`; the run folder is not used.

    Raises:
      ValueError: for options out of range, or that do not go together.
    """
    del workdir
    check(config, FIELDS)
    if len(config.shares) != len(config.stages):
        raise ValueError(
            f"shares must be one for each of the stages {tuple(config.stages)}, not"
            f" {tuple(config.shares)}"
        )
    names = config.compare or (config.cell.name,)
    tasks: dict[str, FirstSymbol] = {}
    for name, window in itertools.product(names, config.windows):
        # Cells of another name than `cell` have its width, and their own defaults.
        own = name == config.cell.name
        cell = cells.build(config.cell if own else cells.options(name, config.cell.dim))
        if own and config.chrono is not None and not has_gates(cell):
            raise ValueError(
                f"chrono needs a cell with biases of the gates i and f, not {name}"
            )
        title = f"{name}_{window}" if window else name
        tasks[title] = FirstSymbol(config, title, cell, window)
    return SideBySide(tasks) if len(tasks) > 1 else tasks[title]


def stage_of(step: int, steps: int, shares: tuple[float, ...]) -> int:
    """Returns the number of the stage that a step is in.

    Args:
      step: from 0 on.
      steps: of the whole training.
      shares: of the stages, in proportion to each other.
    """
    ends = np.cumsum(shares) / np.sum(shares) * steps
    return min(int(np.searchsorted(ends, step, "right")), len(shares) - 1)


def has_gates(cell: cells.Cell) -> bool:
    """Tells whether a cell's biases can be drawn by `initializers.chrono`."""
    gates, bias = getattr(cell, "gates", ""), getattr(cell, "bias", False)
    return bool(bias) and {"i", "f"} <= set(gates)
