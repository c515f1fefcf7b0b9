"""Fields of configs: their types, ranges and choices.

`FIELDS` are the fields that all configs share. An experiment declares those of its own
in the same way, in a table `FIELDS` of its module; `common` has the ones that several
experiments mean the same by. Fields of a group have dotted names, as in "cell.dim".
"""

import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

from seqnets.checks import did_you_mean

# Positions in a training are int32, and of a seed JAX reads as many bits.
LARGEST = 2**31 - 1


class Rule(NamedTuple):
    """What a value must be, in words and as a predicate; an integer has a maximum."""

    text: str
    holds: Callable[[Any], bool]
    most: int = LARGEST


def at_least(least: int, most: int = LARGEST) -> Rule:
    """Returns the rule of a count of `least` to `most`."""
    return Rule(f"at least {least}", lambda x: x >= least, most)


# Of single values. Every float is finite, whether it has a rule or not.
COUNT = at_least(1)
# A matrix of two larger widths has more elements than XLA can count, which aborts.
WIDTH = at_least(1, 2**20)
LAYERS = at_least(1, 10_000)
ROWS = at_least(1, 2**20)  # A batch has as many, however few examples there are.
POSITIVE = Rule("above 0", lambda x: x > 0)
NOT_NEGATIVE = Rule("at least 0", lambda x: x >= 0)
FRACTION = Rule("at least 0 and below 1", lambda x: 0 <= x < 1)
BETWEEN = Rule("between 0 and 1", lambda x: 0 < x < 1)
INDEX = at_least(0)

# Of tuples.
SOME = Rule("one or more, all different", lambda v: 0 < len(v) == len(set(v)))
DIFFERENT = Rule("all different", lambda v: len(v) == len(set(v)))
ANY = Rule("of any length", lambda v: True)
INTERVAL = Rule(
    "two, the lower one first", lambda v: len(v) == 2 and sorted(v) == list(v)
)


class Field(NamedTuple):
    """What a field may hold.

    Attributes:
      type: int, float, bool or str.
      allowed: the range of its values, or their choices; None for any value.
      optional: whether it may be None.
      many: the rule of its tuple, where it holds several values; None for a single one.
      default: what a config has that does not name the field.
      meaning: in a few words.
    """

    type: type
    allowed: Rule | Collection[str] | None = None
    optional: bool = False
    many: Rule | None = None
    default: Any = None
    meaning: str = ""


METHODS = ("sgd", "momentum", "adagrad", "adadelta", "rmsprop", "adam", "adamw")
SCHEDULES = ("constant", "step", "plateau", "cosine")
DTYPES = ("float32", "bfloat16", "float16", "float64")


def _field(kind: type, default: Any, allowed: Any, meaning: str) -> Field:
    """Returns a shared field; where its default is None it may be None."""
    return Field(kind, allowed, default is None, None, default, meaning)


FIELDS = {
    "experiment": _field(str, "", None, "module of experiments/"),
    "seed": _field(int, 0, INDEX, "of all that is random"),
    "corpus": _field(str, None, None, "name of a data set, or a path"),
    "data_dir": _field(str, None, None, "folder of data sets; None: $SEQNETS_DATA"),
    "compute_dtype": _field(str, "float32", DTYPES, "of activations"),
    "batch_size": _field(int, 32, ROWS, "rows of a batch"),
    "eval_batch_size": _field(int, None, ROWS, "in evaluations; None: batch_size"),
    "steps": _field(int, None, COUNT, "of the training; or"),
    "epochs": _field(float, None, POSITIVE, "of the training"),
    "log_every": _field(int, None, COUNT, "steps; None: an epoch"),
    "eval_every": _field(int, None, COUNT, "steps; None: an epoch"),
    "checkpoint_every": _field(int, None, COUNT, "steps; None: at evaluations"),
    "patience": _field(int, None, COUNT, "evaluations; None: never stop early"),
    "score_limit": _field(int, None, INDEX, "examples decoded; None: all"),
    "optimizer.name": _field(str, "adam", METHODS, "method"),
    "optimizer.learning_rate": _field(float, 1e-3, NOT_NEGATIVE, "at its peak"),
    "optimizer.momentum": _field(float, 0.9, FRACTION, "of momentum"),
    "optimizer.b1": _field(float, 0.9, FRACTION, "Adam's decay of the mean gradient"),
    "optimizer.b2": _field(
        float,
        None,
        FRACTION,
        "decay of the mean square; None: .999 for Adam, else .9",
    ),
    "optimizer.weight_decay": _field(
        float, 0.0, NOT_NEGATIVE, "added to the gradient; adamw: subtracted beside it"
    ),
    "optimizer.clip_norm": _field(float, None, POSITIVE, "of all gradients together"),
    "optimizer.clip_value": _field(float, None, POSITIVE, "of each element"),
    "optimizer.schedule": _field(str, "constant", SCHEDULES, "of the learning rate"),
    "optimizer.warmup_steps": _field(int, 0, INDEX, "linear, before a schedule"),
    "optimizer.decay_rate": _field(
        float, 0.5, POSITIVE, "step, plateau: factor of each decay"
    ),
    "optimizer.decay_start": _field(
        float, 1.0, NOT_NEGATIVE, "step: epochs at the full rate"
    ),
    "optimizer.decay_every": _field(
        float, 1.0, NOT_NEGATIVE, "step: epochs from decay to decay"
    ),
    "optimizer.final_rate": _field(
        float, 0.0, NOT_NEGATIVE, "cosine: learning rate at the last step"
    ),
    "optimizer.average": _field(
        float, None, BETWEEN, "decay of the moving average of the parameters"
    ),
    "optimizer.accumulate": _field(
        int, 1, COUNT, "batches per update; an epoch of them is full-batch descent"
    ),
    "cell.name": _field(str, None, None, 'of `cells.CELLS`, or "module:Class"'),
    "cell.dim": _field(int, None, WIDTH, "units"),
}

COMMON = {
    "corpus": Field(str),  # Where an experiment cannot do without.
    "lowercase": Field(bool),
    "vocabulary_size": Field(int, at_least(3), optional=True),
    "min_count": Field(int, COUNT),
    "shared": Field(bool),
    "no_repeat": Field(int, INDEX),
    "length": Field(int, COUNT),
    "limit": Field(int, COUNT),
    "buckets": Field(int, COUNT),
    "depth": Field(int, LAYERS),
    "width": Field(int, WIDTH),
    "embedding_dim": Field(int, WIDTH),
    "attention_dim": Field(int, WIDTH),
    "init_scale": Field(float, POSITIVE, optional=True),
    "vectors": Field(str, optional=True),
    "train_vectors": Field(bool),
    "dropout": Field(float, FRACTION),
    "token_dropout": Field(float, FRACTION),
}


def common(*names: str) -> dict[str, Field]:
    """Returns fields that several experiments mean the same by, of `COMMON`."""
    return {name: COMMON[name] for name in names}


def options_of(group: str) -> dict[str, Any]:
    """Returns the defaults of a group of shared fields."""
    start = f"{group}."
    return {
        name.removeprefix(start): field.default
        for name, field in FIELDS.items()
        if name.startswith(start)
    }


def check(config: Mapping[str, Any], own: Mapping[str, Field] | None = None) -> None:
    """Refuses a config whose fields are of another type or out of range.

    Options of cells other than `dim` are those of `cells.build` to check.

    Args:
      config: a shared field that it lacks is passed over.
      own: the experiment's own fields, which the config must have; one that is shared
        as well counts in the place of the shared one. None: only shared fields are
        checked, and others are passed over.

    Raises:
      ValueError: naming the field, its value and what it may hold.
    """
    known, values = FIELDS | dict(own or {}), dict(flatten(config))
    for name, value in values.items():
        if name in known:
            check_field(name, value, known[name])
        elif any(field.startswith(f"{name}.") for field in known):
            raise ValueError(f"config field {name!r} is a group of fields, not {value}")
        elif own is not None and not name.startswith("cell."):
            hint = did_you_mean(name, [n for n in known if n not in values])
            raise ValueError(f"unknown config field {name!r}{hint}")
    for name in own or ():
        if name not in values and name.partition(".")[0] != "cell":
            raise ValueError(f"the config has no field {name!r}, which is needed")


def rows_of(config: Mapping[str, Any], split: str) -> int:
    """Returns how many rows a batch of a split has: B."""
    if split == "train":
        return config["batch_size"]
    return config["eval_batch_size"] or config["batch_size"]


def flatten(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yields the dotted names of all fields, and their values."""
    for name, value in config.items():
        if isinstance(value, Mapping) or hasattr(value, "items"):
            yield from flatten(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def check_field(name: str, value: Any, field: Field | None = None) -> None:
    """Refuses a value of a field, by default a shared one; see `check`."""
    field = FIELDS[name] if field is None else field
    if value is None and field.optional:
        return
    if field.many is None:
        _check_value(name, value, field)
        return
    if not isinstance(value, tuple | list):
        raise wrong(name, tuple, value)
    for element in value:
        _check_value(name, element, field)
    if not field.many.holds(value):
        raise ValueError(f"config field {name} must be {field.many.text}, not {value}")


def wrong(name: str, kind: type, value: Any) -> ValueError:
    """Returns the error for a value of another type than the field's."""
    hints = {bool: ": give true or false", tuple: ": give several as in (1, 2)"}
    return ValueError(
        f"config field {name!r} takes {kind.__name__}, not {value!r}"
        f"{hints.get(kind, '')}"
    )


def is_of(kind: type, value: Any) -> bool:
    """Tells whether a value is of a field's type: bool is no int, and int is float."""
    if isinstance(value, bool):
        return kind in (bool, object)
    wider = {float: (int, float), tuple: (tuple, list)}  # JSON has lists only.
    return isinstance(value, wider.get(kind, kind))


def _check_value(name: str, value: Any, field: Field) -> None:
    kind, allowed = field.type, field.allowed
    if not is_of(kind, value):
        raise wrong(name, kind, value)
    if kind is float and not abs(value) <= sys.float_info.max:  # NaN, too.
        text = "a finite number"
        text += f", {allowed.text}" if isinstance(allowed, Rule) else ""
        raise ValueError(f"config field {name} must be {text}, not {value}")
    most = allowed.most if isinstance(allowed, Rule) else LARGEST
    if kind is int and value > most:
        raise ValueError(f"config field {name} must be at most {most}, not {value}")
    if isinstance(allowed, Rule):
        if not allowed.holds(value):
            raise ValueError(f"config field {name} must be {allowed.text}, not {value}")
    elif allowed is not None and value not in allowed:
        hint = did_you_mean(value, allowed)
        raise ValueError(f"config field {name} cannot be {value!r}{hint}")
