"""The contract between an experiment and the one training loop."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import optax
from jax import Array

from seqnets.checks import require_choice
from seqnets.data.assets import Assets
from seqnets.data.batching import SPLITS, Batches

Params = Any
State = Any
Batch = dict[str, Any]
Sums = Mapping[str, tuple[float, float]]
Goal = tuple[str, str, Literal["min", "max"]]


def means(sums: Sums) -> dict[str, float]:
    """Divides each sum by its count; nothing counted is NaN."""
    return {
        name: float(total / count) if count else float("nan")
        for name, (total, count) in sums.items()
    }


def counted(sums: Mapping[str, tuple[Any, Any]]) -> Any:
    """Returns the count of "loss", or else of the first name in the alphabet.

    For a `Comparison`, the count of its first task.
    """
    losses = [name for name in sums if name.split("/")[0] == "loss"]
    return sums[next(iter(losses), min(sums))][1]


class Experiment:
    """What a command can ask for, of a training or of a study.

    An ability that an experiment lacks is None. What `predict`, `sample` and `score`
    give are records whose `str` is the printed line, and their keyword arguments are
    the flags of the command of the same name.

    Attributes:
      assets: what the run folder keeps of the data; None where nothing is kept.
      goal: `(split, metric, "min" or "max")`, by which runs are compared. A training
        keeps the parameters that reach it best, and without a goal the last ones.
      report: `(params, directory)`, writes samples as text and pictures as PNG.
      sample: `(params, *, ...) -> record`, one sample.
      predict: `(params, lines, *, ...) -> iterator`, a record for each line. One that
        keeps something from line to line goes on after an error, as `map` does.
      stream: `(params, line, *, ...) -> iterator`, records that answer a part of what a
        line asks each, as soon as it is final; for `predict --stream`.
      in_turn: whether `predict` depends on the lines before, and an answer comes
        before the next line is read.
      score: `(params, lines, *, ...) -> iterator`, a record with the log-probability of
        each line.
      baselines: `() -> {name: float}`, the goal's value of trivial methods.
    """

    assets: Assets | None = None
    goal: Goal | None = None
    report: Callable[[Any, Path], None] | None = None
    sample: Callable[..., Any] | None = None
    predict: Callable[..., Iterator[Any]] | None = None
    stream: Callable[..., Iterator[Any]] | None = None
    in_turn: bool = False
    score: Callable[..., Iterator[Any]] | None = None
    baselines: Callable[[], dict[str, float]] | None = None


class Task(Experiment):
    """What is trained, and on what.

    A plain class, hashed by identity, whose methods are pure functions of their
    arguments. A subclass gives `init`, `loss` and `make_batches`; neither its
    construction nor `build` reads a split. What it compiles beside the loss it makes in
    `__init__`, as in `self.answer = jax.jit(self._answer)`, so that the task and its
    data can be collected.

    Attributes:
      unit: what the count of "loss" counts, as in "chars"; gives "chars_per_s".
      cuts: the axis along which a parameter is cut among the devices of a group, by its
        path as in "readout/w"; see `placement`. All others are whole on each device.
      scores: `(params, split, limit) -> {name: float}`, metrics beside the sums of the
        loss, such as those that need decoding, of the first `limit` examples (None =
        all).
    """

    unit: str = "examples"
    cuts: Mapping[str, int] = {}
    scores: Callable[[Params, str, int | None], dict[str, float]] | None = None

    def init(self, key: Array) -> Params:
        """Draws the parameters, a pytree of arrays. Traced."""
        raise NotImplementedError

    def pretrained(self, params: Params) -> Params:
        """Returns the parameters to begin with, from those drawn. Not traced.

        A run that is resumed, or evaluated, does not call it.
        """
        return params

    def loss(
        self, params: Params, state: State, batch: Batch, key: Array | None
    ) -> tuple[Array, tuple[State, dict[str, tuple[Array, Array]]]]:
        """Computes the loss of a batch. Pure and traced.

        Args:
          params: as `init` draws them.
          state: what the batch before carried over.
          batch: a dict of pytrees of arrays.
          key: for all that is random in training; None for an evaluation.

        Returns:
          The scalar whose gradient is taken; the state to carry over, and {name: (sum,
          count)} of scalars, which are added up over batches. The count of "loss", or
          else of the first name in the alphabet, is in `unit`s.
        """
        raise NotImplementedError

    def make_batches(self, split: str) -> Batches:
        """Returns the batches of "train", "valid" or "test"; called once for each."""
        raise NotImplementedError

    def batches(self, split: str, start: int = 0) -> Iterator[Batch]:
        """Yields the batches of a split after the first `start` ones.

        Those of "train" never end; those of other splits are one pass. An array that
        was yielded is not written to again.

        Raises:
          ValueError: for an unknown split.
        """
        return self._made(split).batches(start, None if split == "train" else 1)

    @property
    def steps_per_epoch(self) -> int | None:
        """Batches in an epoch of training; None where there are no epochs."""
        return self._made("train").steps_per_epoch

    def initial_state(self, params: Params, batch_size: int) -> State:
        """Returns what is carried into the first batch: arrays [B, ...]. Traced."""
        del params, batch_size
        return ()

    def optimizer(
        self, alone: optax.GradientTransformationExtraArgs
    ) -> optax.GradientTransformationExtraArgs:
        """Returns what updates the parameters, from what the config describes."""
        return alone

    def weight(self, sums: dict[str, tuple[Array, Array]]) -> Any:
        """Returns what a batch counts for among those of one update. Traced.

        Gradients are accumulated as Σ n_i g_i / Σ n_i, the gradient of all examples at
        once if n_i is in proportion to what the loss of the batch was divided by.

        Args:
          sums: of the batch, as `loss` returns them.
        """
        return counted(sums)

    def finish(self, sums: Sums) -> dict[str, float]:
        """Returns metrics, on the host, from the sums over many batches."""
        return means(sums)

    def _made(self, split: str) -> Batches:
        require_choice(self, "split", split, SPLITS)
        made = self.__dict__.setdefault("_batches", {})
        if split not in made:
            made[split] = self.make_batches(split)
        return made[split]
