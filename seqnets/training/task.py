"""The contract between an experiment and the one training loop."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jax import Array

Params = Any
State = Any
Batch = dict[str, np.ndarray]
Sums = Mapping[str, tuple[float, float]]


def stateless(params: Params, batch_size: int) -> State:
    """Carries nothing from batch to batch."""
    del params, batch_size
    return ()


def means(sums: Sums) -> dict[str, float]:
    """Divides each sum by its count; nothing counted is NaN."""
    return {
        name: float(total / count) if count else float("nan")
        for name, (total, count) in sums.items()
    }


@dataclasses.dataclass(frozen=True)
class Task:
    """What is trained, on what, and what of it is worth knowing.

    A frozen dataclass of functions; those that are None the task does not offer.

    Attributes:
      init: `(key) -> params`, a pytree of arrays. Traced.
      loss: `(params, state, batch, key) -> (loss, (state, sums))`. Pure and traced;
        without key it is an evaluation. The gradient is of the scalar `loss`; `sums`
        is {name: (sum, count)} of scalars, which are added up over batches. The count
        of "loss", or else of the first name in the alphabet, is in `unit`s.
      batches: `(split, start) -> iterator` of dicts of arrays [B, ...] of fixed
        shapes, the batch after `start` batches first. "train" is endless; "valid" and
        "test" are one pass, with `start` = 0. An array that was yielded is not written
        to again: the next batches go to the device while a step runs.
      initial_state: `(params, batch_size) -> state`, what is carried from batch to
        batch: a pytree of arrays [B, ...]. Traced.
      steps_per_epoch: batches in an epoch, so that lengths can be written in epochs,
        or a function that tells where counting them takes the data.
      unit: what the counts count, as in "chars"; gives "chars_per_s".
      finish: `(sums) -> {name: float}`, from sums over many batches, on the host.
      goal: `(split, name, "min" or "max")`, what "best" and early stopping mean.
        Without it the newest parameters are the best.
      scores: `(params, split, limit) -> {name: float}`, what needs decoding, of the
        first `limit` examples (None = all).
      report: `(params, directory)`, writes samples as text, pictures as PNG.
      sample: `(params, *, length, stop, **options) -> str`; `stop` says whether the
        sample ends where the model ends it.
      predict: `(params, lines) -> iterator` of the answer to each line.
      score: `(params, lines) -> iterator` of (log-probability, tokens) of each line.
      baselines: `() -> {name: float}`, trivial methods' values of the goal.
      save: `(workdir)`, writes what the run folder must hold beside the parameters,
        such as the vocabulary. Called once the folder is there, before training.
    """

    init: Callable[[Array], Params]
    loss: Callable[
        [Params, State, Any, Array | None], tuple[Array, tuple[State, dict[str, Any]]]
    ]
    batches: Callable[[str, int], Iterator[Batch]]
    initial_state: Callable[[Params, int], State] = stateless
    steps_per_epoch: int | Callable[[], int] | None = None
    unit: str = "examples"
    finish: Callable[[Sums], dict[str, float]] = means
    goal: tuple[str, str, Literal["min", "max"]] | None = None
    scores: Callable[[Params, str, int | None], dict[str, float]] | None = None
    report: Callable[[Params, Path], None] | None = None
    sample: Callable[..., str] | None = None
    predict: Callable[[Params, Iterable[str]], Iterator[str]] | None = None
    score: Callable[[Params, Iterable[str]], Iterator[tuple[float, int]]] | None = None
    baselines: Callable[[], dict[str, float]] | None = None
    save: Callable[[Path], None] | None = None
