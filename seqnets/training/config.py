"""Configs from Python files, with fields overridden by text."""

import ast
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ml_collections import ConfigDict

from seqnets.naming import nearest


def load(path: str, overrides: Mapping[str, str] | None = None) -> ConfigDict:
    """Runs `get_config()` of a file, then overrides fields of what it returns.

    Args:
      path: a Python file that defines `get_config() -> ConfigDict`.
      overrides: text by dotted name of the field, as in {"cell.name": "GRU"}. A
        field takes text of its own type, or None; one that is None takes any.

    Returns:
      A config whose set of fields is locked.

    Raises:
      ValueError: for a file without `get_config`, an unknown field, or text that
        is not of the field's type.
      OSError: if the file cannot be read.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"no config file {path}")
    namespace = runpy.run_path(path)
    if "get_config" not in namespace:
        raise ValueError(f"{path} does not define get_config()")
    config = ConfigDict(namespace["get_config"]())
    for name, text in (overrides or {}).items():
        override(config, name, text)
    return config.lock()


def override(config: ConfigDict, name: str, text: str) -> None:
    """Sets the field with the dotted `name` to what `text` says, in place."""
    *groups, field = name.split(".")
    section = config
    for group in groups:
        section = section.get(group) if isinstance(section, ConfigDict) else None
    if not isinstance(section, ConfigDict) or field not in section:
        raise ValueError(f"unknown config field {name!r}{nearest(name, names(config))}")
    value = section[field]
    if isinstance(value, ConfigDict):
        raise ValueError(
            f"config field {name!r} is a group: set {', '.join(names(value, name))}"
        )
    section[field] = parse(text, value, name)


def parse(text: str, current: Any, name: str) -> Any:
    """Reads `text` as the type of the field's current value."""
    literal = {"true": True, "false": False, "none": None}.get(text.lower(), text)
    if literal is None:
        return None
    if isinstance(current, str):
        return text
    if isinstance(literal, str):
        try:
            literal = ast.literal_eval(literal)
        except (ValueError, SyntaxError):
            literal = text
    if current is None or type(literal) is type(current):
        return literal
    if isinstance(current, float) and type(literal) is int:
        return float(literal)
    if isinstance(current, tuple | list) and isinstance(literal, tuple | list):
        return type(current)(literal)
    raise ValueError(
        f"config field {name!r} takes {type(current).__name__}, not {text!r}"
    )


def names(config: ConfigDict, prefix: str = "") -> list[str]:
    """Returns the dotted names of all fields."""
    dotted = []
    for field, value in config.items():
        name = f"{prefix}.{field}" if prefix else field
        dotted += names(value, name) if isinstance(value, ConfigDict) else [name]
    return dotted
