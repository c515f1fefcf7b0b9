"""A net on problems for grids: parity of bits, addition of numbers (E25)."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from ml_collections import ConfigDict

from seqnets import feedforward, losses, metrics
from seqnets.data.batching import EPOCH, GeneratedBatches
from seqnets.datasets import grid_problems
from seqnets.datasets.long_range import draw_distances
from seqnets.initializers import count_parameters
from seqnets.modules import FeedForwardNet, GridNet
from seqnets.structures.grid import GridLSTM
from seqnets.training.fields import rows_of
from seqnets.training.task import Batch, Params, Task


def count(logits: Array, batch: Batch) -> dict[str, tuple[Array, Array]]:
    """Returns the sums of what is asked: of single answers, and of whole sums.

    Args:
      logits: [B, K] or [B, T, K].
      batch: see `seqnets.datasets.grid_problems`.
    """
    targets, rows = batch["targets"], batch["rows"]
    asked = batch["asked"] & (rows if targets.ndim == 1 else rows[:, None])
    nats = losses.cross_entropy(logits, targets, asked)
    sums = {"loss": nats, "accuracy": metrics.accuracy(logits, targets, asked)}
    if targets.ndim > 1:
        right = ((logits.argmax(-1) == targets) | ~asked).all(1)
        sums["sum_accuracy"] = losses.total(right.astype(jnp.float32), rows)
    return sums


class GridTask(Task):
    """One net on parity or addition; see `seqnets.datasets.grid_problems`.

    Fields of the config: problem, length, shortest, growth, seed, steps or epochs,
    batch_size, eval_batch_size, eval_examples and compute_dtype.
    """

    unit = "answers"
    goal = ("valid", "accuracy", "max")

    def __init__(self, config: ConfigDict, name: str, net: Any):
        self.config, self.name = config, name
        self.problem = grid_problems.PROBLEMS[config.problem]
        dtype, classes = jnp.dtype(config.compute_dtype), self.problem.answers
        if isinstance(net, GridLSTM):
            self.model = GridNet(net, classes, self.problem.symbols, dtype)
        else:
            whole = feedforward.Stack((net, feedforward.MLP((classes,))))
            self.model = FeedForwardNet(whole, dtype)
        self.answer = jax.jit(self._answer)

    def init(self, key):
        batch = self._draw(*(self.config.length,) * 2)(np.random.default_rng(0), 1)
        return self.model.init(key, batch["inputs"], batch["mask"])["params"]

    def loss(self, params, state, batch, key):
        """Cross-entropy and accuracy of what is asked, and of whole sums."""
        del key  # Nothing is drawn.
        logits = self.model.apply({"params": params}, batch["inputs"], batch["mask"])
        sums = count(logits, batch)
        return losses.mean(*sums["loss"]), (state, sums)

    def make_batches(
        self, split: str, sizes: tuple[int, int] | None = None
    ) -> GeneratedBatches:
        """Returns the batches of a split; in training, half the rows are shorter."""
        c = self.config
        draw = self._draw(*(sizes or (c.length, c.length)))
        rows = rows_of(c, split)
        own = {"examples": c.eval_examples, "steps_per_epoch": EPOCH}
        own["schedule"] = self._at if sizes is None else None
        return GeneratedBatches(draw, rows, seed=c.seed, split=split, **own)

    def _at(self, step: int) -> Any:
        """Returns what draws a training batch: lengths grow in the course of it."""
        c, longest = self.config, self.config.length
        if c.growth and c.shortest is not None:
            steps = c.epochs * EPOCH if c.steps is None else c.steps
            grown = step / (c.growth * steps)
            longest = min(c.shortest + int(grown * (longest - c.shortest)), longest)
        return self._draw(longest, longest, c.shortest)

    def _draw(self, low: int, high: int, shorter: int | None = None) -> Any:
        """Returns `(rng, rows) -> batch`, of arrays as wide as in training, or more."""
        steps = self.problem.steps(max(self.config.length, high))

        def draw(rng: np.random.Generator, rows: int) -> Batch:
            sizes = draw_distances(rng, low, high, rows)
            if shorter is not None:
                sizes[1::2] = draw_distances(rng, shorter, high, rows // 2)
            return self.problem.sample(rng, sizes, steps)

        return draw

    def scores(self, params, split, limit):
        del split, limit
        return {"parameters": count_parameters(params)}

    def baselines(self) -> dict[str, float]:
        """Returns the accuracy of guessing."""
        return self.problem.baselines(self.config.length, self.config.length)

    def ask(self, params: Params, batch: Batch) -> tuple[str, float]:
        """Returns the most probable answer to a batch of one, and its probability."""
        p = jax.device_get(self.answer(params, batch))[batch["asked"]]
        return self.problem.say(p.argmax(-1)), float(p.max(-1).prod())

    def _answer(self, params: Params, batch: Batch) -> Array:
        z = self.model.apply({"params": params}, batch["inputs"], batch["mask"])
        return jax.nn.softmax(z)
