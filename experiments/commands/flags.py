"""The command line: commands, their flags, and the values given."""

import functools
import inspect
import re
import sys
import types
import typing
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

from absl import flags

Args = SimpleNamespace  # Flags by name, None if not given; `overrides`; `folders`.


class Flag(NamedTuple):
    """What defines a flag, by `define(name=, default=, help=, flag_values=)`."""

    define: Callable[..., Any]
    meaning: str
    takes: str = "a text"


class Command(NamedTuple):
    """A command of the front door.

    Attributes:
      module: of this package, which holds the function.
      meaning: a line for its help.
      required: flags that must be given.
      optional: those that may be.
      ability: whether its other flags are the keyword arguments of the method of that
        name of the experiment.
      folders: whether it takes words beside flags.
      function: of the module; "" = called as the command.
    """

    module: str
    meaning: str
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    ability: bool = False
    folders: bool = False
    function: str = ""


LARGEST = 2**31 - 1  # Sizes and keys are int32.
integer = functools.partial(
    flags.DEFINE_integer, lower_bound=-LARGEST, upper_bound=LARGEST
)
number = functools.partial(
    flags.DEFINE_float, lower_bound=-sys.float_info.max, upper_bound=sys.float_info.max
)
positive = functools.partial(flags.DEFINE_integer, lower_bound=1, upper_bound=LARGEST)
split = functools.partial(flags.DEFINE_enum, enum_values=["valid", "test"])

COUNT = "a whole number of 1 or more"
FLAGS = {
    "config": Flag(flags.DEFINE_string, "Python file of the config; FILE:ARGUMENT"),
    "workdir": Flag(flags.DEFINE_string, "folder of the run"),
    "seeds": Flag(
        positive, "trains N seeds, the config's first, in WORKDIR/seed_*", COUNT
    ),
    "profile_steps": Flag(positive, "traces N steps into WORKDIR/profile", COUNT),
    "split": Flag(split, "valid or test (default: test)", "valid or test"),
}

# Of `predict`, where the experiment can.
STREAM = Flag(
    flags.DEFINE_boolean, "prints each part of an answer as soon as it is final"
)

RUN = ("workdir",)
COMMANDS = {
    "train": Command(
        "train",
        "Trains a task, or goes on where the run folder left off.",
        ("config", "workdir"),
        ("seeds", "profile_steps"),
    ),
    "evaluate": Command(
        "ask",
        "Prints the metrics of a run, or of all seeds, on a split; ends with JSON.",
        RUN,
        ("split",),
    ),
    "sample": Command("ask", "Prints a sample.", RUN, ability=True),
    "predict": Command(
        "ask", "Answers each line of standard input.", RUN, ability=True
    ),
    "score": Command(
        "ask", "Prints the probability of each line of standard input.", RUN, (), True
    ),
    "report": Command("ask", "Draws the figures and samples of a run again.", RUN),
    "table": Command(
        "show",
        "Prints a Markdown table of runs; seeds of one config share a row.",
        folders=True,
    ),
    "list": Command(
        "show", "Lists the experiments and the configs.", function="list_all"
    ),
}


def parse(name: str, words: list[str], more: Mapping[str, Flag]) -> Args:
    """Reads the flags of a command.

    Args:
      name: of the command.
      words: what was typed after it.
      more: the flags of an ability.

    Raises:
      ValueError, flags.Error: for flags that the command does not have or lacks, or
        values that they do not take.
    """
    command = COMMANDS[name]
    if command.ability and not given_workdir(name, words):
        raise _needs(name, "workdir")  # Its other flags are the experiment's.
    known = {n: FLAGS[n] for n in (*command.required, *command.optional)} | more
    overrides = {}
    if "config" in known:
        changes = [word for word in words if word.startswith("--config.")]
        words = [word for word in words if word not in changes]
        for change in changes:
            field, equals, value = change.removeprefix("--config.").partition("=")
            if not equals:
                raise ValueError(f"give {change} a value: {change}=VALUE")
            overrides[field] = value
    try:
        values, folders = _values([name, *words], known)
    except flags.UnrecognizedFlagError as error:
        if not command.ability:
            raise
        raise ValueError(
            f"this experiment's {name} takes no --{error.flagname}"
        ) from None
    if folders and not command.folders:
        raise ValueError(f"{name} does not know what to do with {folders[0]!r}")
    for flag in command.required:
        if not values[flag]:
            raise _needs(name, flag)
    return Args(**values, overrides=overrides, folders=folders)


def _values(
    words: list[str], known: Mapping[str, Flag]
) -> tuple[dict[str, Any], list[str]]:
    """Returns the values of all flags, None if not given, and the other words."""
    values = define(known)
    try:
        _, *others = values(words)
    except flags.IllegalFlagValueError as error:
        given = str(error).removeprefix("flag ").partition(": ")[0]
        flag = known.get(given.removeprefix("--").partition("=")[0])
        what = "" if flag is None else f": it takes {flag.takes}"
        raise ValueError(f"wrong value {given}{what}") from None
    found = values.flag_values_dict()
    for name, value in found.items():
        if value != value:  # NaN, which is within any bounds.
            takes = known[name].takes
            raise ValueError(f"wrong value --{name}={value}: it takes {takes}")
    return found, others


def _needs(name: str, flag: str) -> ValueError:
    return ValueError(f"{name} needs --{flag}, the {FLAGS[flag].meaning}")


def define(known: Mapping[str, Flag]) -> flags.FlagValues:
    """Defines flags that are None unless they are given."""
    values = flags.FlagValues()
    values.set_gnu_getopt(True)
    for name, flag in known.items():
        flag.define(name=name, default=None, help=flag.meaning, flag_values=values)
    return values


def given_workdir(name: str, words: list[str]) -> str | None:
    """Returns the run folder that the words of a command name."""
    values = define({"workdir": FLAGS["workdir"]})
    values([name, *words], known_only=True)
    return values.workdir


def usage(asked: str, more: Mapping[str, Flag] | None) -> str:
    """Returns the help of a command; `more`: the flags of an ability, if known."""
    command = COMMANDS[asked]
    lines = [command.meaning]
    known = {n: FLAGS[n] for n in (*command.required, *command.optional)}
    known |= more or {}
    if known:
        lines += ["", "Flags (* must be given):"]
    for name, flag in known.items():
        mark = "*" if name in command.required else " "
        lines.append(f" {mark} --{name:15}{flag.meaning}")
    if "config" in known:
        lines.append(f"   --{'config.FIELD':15}changes a field of the config")
    if command.ability and more is None:
        lines.append(f"Those of the experiment: {asked} --workdir=WORKDIR --help")
    return "\n".join(lines)


DEFINE = {
    int: (integer, "a whole number of up to 2147483647"),
    float: (number, "a finite number"),
    bool: (flags.DEFINE_boolean, "true or false"),
    str: (flags.DEFINE_string, "a text"),
}


def of(method: Callable[..., Any]) -> dict[str, Flag]:
    """Returns the keyword arguments of a method as flags.

    Their types are those of the annotations, or else of the defaults; their meanings
    stand under "Args:" in the docstring.
    """
    meanings = described(inspect.getdoc(method) or "")
    parameters = inspect.signature(method, eval_str=True).parameters.values()
    found = {}
    for p in parameters:
        if p.kind is p.KEYWORD_ONLY:
            define, takes = DEFINE.get(_kind(p), DEFINE[str])
            found[p.name] = Flag(define, meanings.get(p.name, ""), takes)
    return found


def described(docstring: str) -> dict[str, str]:
    """Returns what a docstring says under "Args:", by the name of the argument."""
    _, _, text = docstring.partition("\nArgs:\n")
    section = re.split(r"\n(?=\S)", text)[0]
    entries = re.findall(r"^  (\w+): (.*(?:\n    .*)*)", section, re.MULTILINE)
    return {name: " ".join(meaning.split()) for name, meaning in entries}


def _kind(parameter: inspect.Parameter) -> type:
    """Returns the type of an argument, without its None."""
    annotation = parameter.annotation
    if annotation is parameter.empty:
        return type(parameter.default)
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        kinds = typing.get_args(annotation)
        return next(kind for kind in kinds if kind is not type(None))
    return annotation
