"""Config files, and fields of them changed by text.

A config file defines `get_config() -> ConfigDict`, which calls `shared` of
`seqnets.training.config` and adds the fields of its experiment as literals.
"""

import inspect
import runpy
from collections.abc import Mapping
from pathlib import Path

from absl import flags
from ml_collections import ConfigDict, config_dict, config_flags

from seqnets.checks import did_you_mean
from seqnets.training.config import cell_types
from seqnets.training.fields import wrong


def load(path: str, overrides: Mapping[str, str] | None = None) -> ConfigDict:
    """Runs `get_config` of a file, then overrides fields of what it returns.

    Args:
      path: of a Python file that defines `get_config() -> ConfigDict`; what follows a
        colon, as in "configs/x.py:large", is the argument of `get_config`.
      overrides: text by dotted name of the field, as in {"cell.name": "GRU"}.

    Returns:
      A config whose set of fields is locked.

    Raises:
      ValueError: for a file without `get_config`, an unknown field, or text that
        is not of the field's type.
      OSError: if the file cannot be read.
    """
    file, colon, argument = path.partition(":")
    if not Path(file).is_file():
        raise FileNotFoundError(f"no config file {file}")
    get_config = runpy.run_path(file).get("get_config")
    if get_config is None:
        raise ValueError(f"{file} does not define get_config()")
    arguments = (argument,) if colon else ()
    try:
        inspect.signature(get_config).bind(*arguments)
    except TypeError as error:
        raise ValueError(f"get_config of {file}: {error}") from None
    config = ConfigDict(get_config(*arguments))
    # The name of a cell decides which options there are.
    texts = sorted((overrides or {}).items(), key=lambda item: item[0] != "cell.name")
    for name, text in texts:
        override(config, name, text)
        if name == "cell.name":
            _declare_options(config.cell)
    return config.lock()


def override(config: ConfigDict, name: str, text: str) -> None:
    """Sets the field with the dotted `name` to what `text` says, in place.

    `config_flags` reads the text. It lacks two things that are added here: a text for
    None, which ours switch between steps and epochs by, and a type for a field that is
    None, which takes any literal.

    Raises:
      ValueError: for an unknown field, a group, or text of another type.
    """
    *groups, field = name.split(".")
    section = config
    for group in groups:
        section = section.get(group) if isinstance(section, ConfigDict) else None
    if not isinstance(section, ConfigDict) or field not in section:
        raise ValueError(
            f"unknown config field {name!r}{did_you_mean(name, names(config))}"
        )
    if isinstance(section[field], ConfigDict):
        inside = ", ".join(names(section[field], name))
        raise ValueError(f"config field {name!r} is a group: set {inside}")
    if text.lower() == "none":
        section[field] = None
        return
    kind = section.get_type(field)
    if kind is type(None):
        section[field] = config_dict.placeholder(object)
    values = flags.FlagValues()
    words = ["", f"--config.{name}={text}"]
    try:
        config_flags.DEFINE_config_dict(
            "config", config, flag_values=values, lock_config=False, sys_argv=words
        )
        values(words)
    except (flags.Error, TypeError):
        raise wrong(name, kind, text) from None


def names(config: ConfigDict, prefix: str = "") -> list[str]:
    """Returns the dotted names of all fields."""
    dotted = []
    for field, value in config.items():
        name = f"{prefix}.{field}" if prefix else field
        dotted += names(value, name) if isinstance(value, ConfigDict) else [name]
    return dotted


def _declare_options(cell: ConfigDict) -> None:
    for name, kind in cell_types(cell).items():
        if name not in cell:
            cell[name] = config_dict.placeholder(kind)
