"""Config files, and fields of them changed by text.

A config file defines `get_config() -> ConfigDict`, which calls `shared` of
`seqnets.training.config` and adds the fields of its experiment as literals.
"""

import inspect
import runpy
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from absl import flags
from ml_collections import ConfigDict, config_dict, config_flags

import experiments
from seqnets.checks import did_you_mean
from seqnets.training.config import cell_types
from seqnets.training.fields import FIELDS, Field, flatten, wrong


def load(path: str, overrides: Mapping[str, str] | None = None) -> ConfigDict:
    """Runs `get_config` of a file, then overrides fields of what it returns.

    Args:
      path: of a Python file that defines `get_config() -> ConfigDict`; what follows a
        colon, as in "configs/x.py:large", is the argument of `get_config`.
      overrides: text by dotted name of the field, as in {"cell.name": "GRU"}.

    Returns:
      A config whose set of fields is locked.

    Raises:
      ValueError: for a file that fails, or has no `get_config`; an unknown field; text
        that is not of the field's type; or another experiment than the file's.
      OSError: if the file cannot be read.
    """
    config = run(path)
    # The name of a cell decides which options there are.
    texts = sorted((overrides or {}).items(), key=lambda item: item[0] != "cell.name")
    types, own = declared(config), config.get("experiment")
    for name, text in texts:
        override(config, name, text, types.get(name))
        if name == "cell.name":
            types = declared(config)
            _declare_options(config.cell)
    new = config.get("experiment")
    if new != own and new in experiments.names():
        raise ValueError(
            f"{path} is a config of the experiment {own!r}, with its fields: for"
            f" {new!r}, give --config one of its own"
        )
    return config.lock()


def run(path: str) -> ConfigDict:
    """Returns what `get_config` of a file returns; see `load`."""
    file, colon, argument = path.partition(":")
    if not Path(file).is_file():
        folder = ": it is a folder" if Path(file).is_dir() else ""
        raise FileNotFoundError(f"no config file {file}{folder}")
    get_config = _calling(file, lambda: runpy.run_path(file)).get("get_config")
    if not callable(get_config):
        raise ValueError(f"{file} does not define get_config()")
    arguments = (argument,) if colon else ()
    try:
        inspect.signature(get_config).bind(*arguments)
    except TypeError as error:
        raise ValueError(f"get_config of {file}: {error}") from None
    found = _calling(file, lambda: get_config(*arguments))
    if not isinstance(found, ConfigDict | Mapping):
        raise ValueError(
            f"get_config of {file} must return a ConfigDict, not {type(found).__name__}"
        )
    return ConfigDict(found)


def declared(config: ConfigDict) -> dict[str, Field]:
    """Returns what the fields of a config may hold, as far as it is declared."""
    name, found = config.get("experiment"), dict(FIELDS)
    if name in experiments.names():
        found |= getattr(experiments.module(name), "FIELDS", {})
    if isinstance(cell := config.get("cell"), ConfigDict):
        found |= {f"cell.{n}": Field(kind) for n, kind in cell_types(cell).items()}
    return found


def override(
    config: ConfigDict, name: str, text: str, field: Field | None = None
) -> None:
    """Sets the field with the dotted `name` to what `text` says, in place.

    `config_flags` reads the text. It lacks two things that are added here: a text for
    None, which ours switch between steps and epochs by, and a type for a field that is
    None, which takes any literal where none is declared.

    Args:
      config: is changed.
      name: of the field.
      text: its new value, or "none".
      field: its type, where the value that it has does not tell.

    Raises:
      ValueError: for an unknown field, a group, or text of another type.
    """
    *groups, last = name.split(".")
    section = config
    for group in groups:
        section = section.get(group) if isinstance(section, ConfigDict) else None
    if not isinstance(section, ConfigDict) or last not in section:
        raise ValueError(
            f"unknown config field {name!r}{did_you_mean(name, dict(flatten(config)))}"
        )
    if isinstance(section[last], ConfigDict):
        inside = ", ".join(dict(flatten(section[last], f"{name}.")))
        raise ValueError(f"config field {name!r} is a group: set {inside}")
    if text.lower() == "none":
        with section.ignore_type():
            section[last] = None
        return
    kind = section.get_type(last)
    if kind is type(None) and field is not None:
        kind = field.type if field.many is None else tuple
    value = read(name, object if kind is type(None) else kind, text)
    with section.ignore_type():
        section[last] = value


def read(name: str, kind: type, text: str) -> Any:
    """Returns the value of a type that a text says.

    Raises:
      ValueError: for text of another type, naming the field.
    """
    # By itself: a field such as `cell.update` has the name of a method of its section.
    box, values = (
        ConfigDict({"value": config_dict.placeholder(kind)}),
        flags.FlagValues(),
    )
    words = ["", f"--config.value={text}"]
    try:
        config_flags.DEFINE_config_dict(
            "config", box, flag_values=values, lock_config=False, sys_argv=words
        )
        values(words)
    except (flags.Error, TypeError, ValueError, OverflowError, SyntaxError):
        raise wrong(name, kind, text) from None
    return box.value


def _calling(file: str, function: Callable[[], Any]) -> Any:
    """Calls what runs the code of a config file; an error names its line."""
    try:
        return function()
    except (Exception, SystemExit) as error:
        where = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename == file
        ]
        line = error.lineno if isinstance(error, SyntaxError) else None
        line = where[-1] if line is None and where else line
        place = file if line is None else f"{file}, line {line}"
        what = str(error) if isinstance(error, ValueError) else ""
        what = what or f"{type(error).__name__}: {error}"
        raise ValueError(f"config file {place}: {what}") from error


def _declare_options(cell: ConfigDict) -> None:
    for name, kind in cell_types(cell).items():
        if name not in cell:
            cell[name] = config_dict.placeholder(kind)
