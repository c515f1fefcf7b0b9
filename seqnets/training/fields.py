"""The fields that all configs share: their types, defaults, ranges and meanings."""

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from seqnets.checks import did_you_mean


class Range(NamedTuple):
    """The values that a number may have."""

    text: str
    holds: Callable[[float], bool]


POSITIVE = Range("above 0", lambda x: 0 < x < math.inf)
NOT_NEGATIVE = Range("at least 0", lambda x: 0 <= x < math.inf)
COUNT = Range("at least 1", lambda x: 1 <= x < math.inf)
DECAY = Range("at least 0 and below 1", lambda x: 0 <= x < 1)
BETWEEN = Range("between 0 and 1", lambda x: 0 < x < 1)


class Field(NamedTuple):
    """A field that all configs share; where its default is None it may be None."""

    type: type
    default: Any
    allowed: Range | tuple[str, ...] | None
    meaning: str


METHODS = ("sgd", "momentum", "adagrad", "adadelta", "rmsprop", "adam", "adamw")
SCHEDULES = ("constant", "step", "plateau", "cosine")
DTYPES = ("float32", "bfloat16", "float16", "float64")

FIELDS = {
    "experiment": Field(str, "", None, "module of experiments/"),
    "seed": Field(int, 0, NOT_NEGATIVE, "of all that is random"),
    "corpus": Field(str, None, None, "name of a data set, or a path"),
    "data_dir": Field(str, None, None, "folder of data sets; None: $SEQNETS_DATA"),
    "compute_dtype": Field(str, "float32", DTYPES, "of activations"),
    "batch_size": Field(int, 32, COUNT, "rows of a batch"),
    "eval_batch_size": Field(int, None, COUNT, "in evaluations; None: batch_size"),
    "steps": Field(int, None, COUNT, "of the training; or"),
    "epochs": Field(float, None, POSITIVE, "of the training"),
    "log_every": Field(int, None, COUNT, "steps; None: an epoch"),
    "eval_every": Field(int, None, COUNT, "steps; None: an epoch"),
    "checkpoint_every": Field(int, None, COUNT, "steps; None: at evaluations"),
    "patience": Field(int, None, COUNT, "evaluations; None: never stop early"),
    "score_limit": Field(int, None, NOT_NEGATIVE, "examples decoded; None: all"),
    "optimizer.name": Field(str, "adam", METHODS, "method"),
    "optimizer.learning_rate": Field(float, 1e-3, NOT_NEGATIVE, "at its peak"),
    "optimizer.momentum": Field(float, 0.9, DECAY, "of momentum"),
    "optimizer.b1": Field(float, 0.9, DECAY, "Adam's decay of the mean gradient"),
    "optimizer.b2": Field(
        float, None, DECAY, "decay of the mean square; None: 0.999 for Adam, else 0.9"
    ),
    "optimizer.weight_decay": Field(
        float, 0.0, NOT_NEGATIVE, "added to the gradient; adamw: subtracted beside it"
    ),
    "optimizer.clip_norm": Field(float, None, POSITIVE, "of all gradients together"),
    "optimizer.clip_value": Field(float, None, POSITIVE, "of each element"),
    "optimizer.schedule": Field(str, "constant", SCHEDULES, "of the learning rate"),
    "optimizer.warmup_steps": Field(int, 0, NOT_NEGATIVE, "linear, before a schedule"),
    "optimizer.decay_rate": Field(
        float, 0.5, POSITIVE, "step, plateau: factor of each decay"
    ),
    "optimizer.decay_start": Field(
        float, 1.0, NOT_NEGATIVE, "step: epochs at the full rate"
    ),
    "optimizer.decay_every": Field(
        float, 1.0, NOT_NEGATIVE, "step: epochs from decay to decay"
    ),
    "optimizer.final_rate": Field(
        float, 0.0, NOT_NEGATIVE, "cosine: learning rate at the last step"
    ),
    "optimizer.average": Field(
        float, None, BETWEEN, "decay of the moving average of the parameters"
    ),
    "optimizer.accumulate": Field(
        int, 1, COUNT, "batches per update; an epoch of them is full-batch descent"
    ),
    "cell.dim": Field(int, None, COUNT, "units"),
}


def options_of(group: str) -> dict[str, Any]:
    """Returns the defaults of a group of shared fields."""
    start = f"{group}."
    return {
        name.removeprefix(start): field.default
        for name, field in FIELDS.items()
        if name.startswith(start)
    }


def check(config: Mapping[str, Any]) -> None:
    """Refuses values of shared fields that are of another type or out of range.

    A field that the config lacks is passed over.

    Raises:
      ValueError: naming the field, its value and its range.
    """
    for name in FIELDS:
        *groups, last = name.split(".")
        section = config
        for group in groups:
            section = section.get(group) or {}
        if last in section:
            check_field(name, section[last])


def check_field(name: str, value: Any) -> None:
    """Refuses a value of a shared field; see `check`."""
    kind, default, allowed, _ = FIELDS[name]
    if value is None and default is None:
        return
    kinds = (int, float) if kind is float else (kind,)
    if not isinstance(value, kinds) or (kind is not bool and isinstance(value, bool)):
        raise wrong(name, kind, value)
    if isinstance(allowed, Range):
        if not allowed.holds(value):
            raise ValueError(f"config field {name} is {allowed.text}, not {value}")
    elif allowed is not None:
        _check_choice(name, value, allowed)


def check_choices(config: Mapping[str, Any], **choices: Collection[str]) -> None:
    """Refuses values of an experiment's own fields that are none of their choices.

    Raises:
      ValueError: naming the field, its value and its choices.
    """
    for name, allowed in choices.items():
        _check_choice(name, config[name], allowed)


def wrong(name: str, kind: type, value: Any) -> ValueError:
    """Returns the error for a value of another type than the field's."""
    return ValueError(f"config field {name!r} takes {kind.__name__}, not {value!r}")


def _check_choice(name: str, value: Any, allowed: Collection[str]) -> None:
    if value not in allowed:
        raise ValueError(
            f"config field {name} cannot be {value!r}{did_you_mean(value, allowed)}"
        )
