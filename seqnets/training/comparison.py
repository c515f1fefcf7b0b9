"""Several trainings side by side, on the same batches."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import optax
from jax import Array

from seqnets.data import tsv
from seqnets.initializers import count_parameters
from seqnets.training.task import Batch, Params, State, Sums, Task


class Answers(NamedTuple):
    """The answers of one or several nets to a line."""

    answers: Mapping[str, tuple[str, float]]  # By net, with their probabilities.
    text: str
    unknown: tuple[str, ...] = ()  # Tokens that the vocabulary lacks.

    def __str__(self) -> str:
        if not self.answers:
            return "-\t-\t"
        parts = []
        for name, (answer, p) in self.answers.items():
            parts += [name] * (len(self.answers) > 1) + [answer, f"{p:.3f}"]
        parts += [self.text, f"unknown: {' '.join(self.unknown)}"]
        return tsv.row(*(parts if self.unknown else parts[:-1]))


class Comparison(Task):
    """Trains tasks on the batches of the first, each as it would be alone.

    Parameters, optimiser states and averages are dicts by the task's name, gradients
    are clipped one task at a time, and metrics are called `metric/name`. "loss" is the
    mean of all losses. No step is the best for all tasks: the last parameters count.

    Attributes:
      tasks: by name.
    """

    def __init__(self, tasks: Mapping[str, Task]):
        """Takes tasks of one kind of batches.

        Raises:
          ValueError: there are no tasks, or one has a name with a slash.
        """
        if not tasks:
            raise ValueError("a comparison needs at least one task")
        for name in tasks:
            if "/" in name:
                raise ValueError(f"metrics are named metric/name: {name!r} has a slash")
        self.tasks = dict(tasks)
        self._first = next(iter(self.tasks.values()))
        self.unit, self.assets = self._first.unit, self._first.assets

    def init(self, key: Array) -> Params:
        return {name: task.init(key) for name, task in self.tasks.items()}

    def pretrained(self, params: Params) -> Params:
        return {
            name: task.pretrained(params[name]) for name, task in self.tasks.items()
        }

    def initial_state(self, params: Params, batch_size: int) -> State:
        return {
            name: task.initial_state(params[name], batch_size)
            for name, task in self.tasks.items()
        }

    def loss(
        self, params: Params, state: State, batch: Batch, key: Array | None
    ) -> tuple[Array, tuple[State, dict[str, Any]]]:
        """Adds the losses up: each gradient is that of the task's own loss."""
        losses, states, sums = [], {}, {}
        for name, task in self.tasks.items():
            loss, (states[name], own) = task.loss(params[name], state[name], batch, key)
            losses.append(loss)
            sums |= {f"{metric}/{name}": pair for metric, pair in own.items()}
        return sum(losses), (states, sums)

    def weight(self, sums: dict[str, Any]) -> dict[str, Any]:
        """Returns the weight of the batch for each task."""
        return {
            name: task.weight(self._own(name, sums))
            for name, task in self.tasks.items()
        }

    def batches(self, split: str, start: int = 0) -> Iterator[Batch]:
        """Yields the batches of the first task, which are those of all."""
        return self._first.batches(split, start)

    @property
    def steps_per_epoch(self) -> int | None:
        return self._first.steps_per_epoch

    def baselines(self) -> dict[str, float]:
        """Returns the baselines of the first task."""
        return self._first.baselines() if self._first.baselines else {}

    def finish(self, sums: Sums) -> dict[str, float]:
        found = {}
        for name, task in self.tasks.items():
            own = task.finish(self._own(name, sums))
            found |= {f"{metric}/{name}": x for metric, x in own.items()}
        losses = [x for m, x in found.items() if m.startswith("loss/")]
        return ({"loss": sum(losses) / len(losses)} if losses else {}) | found

    def scores(self, params: Params, split: str, limit: int | None) -> dict[str, float]:
        """Returns the scores of each task, and how many parameters it has."""
        found = {}
        for name, task in self.tasks.items():
            own = {"parameters": count_parameters(params[name])}
            if task.scores is not None:
                own |= task.scores(params[name], split, limit)
            found |= {f"{metric}/{name}": value for metric, value in own.items()}
        return found

    def optimizer(
        self, alone: optax.GradientTransformationExtraArgs
    ) -> optax.GradientTransformationExtraArgs:
        """Gives each task an optimiser state of its own."""

        parts = {name: task.optimizer(alone) for name, task in self.tasks.items()}

        def init(params: Params) -> dict[str, Any]:
            return {name: part.init(params[name]) for name, part in parts.items()}

        def update(grads, states, params, *, weight=None, **extra):
            found = {}
            for name, part in parts.items():
                own = {} if weight is None else {"weight": weight[name]}
                found[name] = part.update(
                    grads[name], states[name], params[name], **own, **extra
                )
            updates = {name: update for name, (update, _) in found.items()}
            return updates, {name: state for name, (_, state) in found.items()}

        return optax.GradientTransformationExtraArgs(init, update)

    def _own(self, name: str, sums: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the sums of one task, by its own names."""
        end = f"/{name}"
        return {m.removesuffix(end): s for m, s in sums.items() if m.endswith(end)}
