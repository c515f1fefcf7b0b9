"""Cells from configs: the table of cells, and their options by name."""

import dataclasses
import importlib
import inspect
import pkgutil
import sys
import types
import typing
from collections.abc import Mapping
from typing import Any

from seqnets.cells.cell import Cell
from seqnets.cells.gru import GRU
from seqnets.cells.lstm import LSTM
from seqnets.cells.residual import Residual
from seqnets.cells.simple import SRN
from seqnets.checks import did_you_mean

CELLS = {"SRN": SRN, "LSTM": LSTM, "GRU": GRU, "Residual": Residual}


def option_types(name: str | None = None) -> dict[str, type]:
    """Returns the type of every option of every cell: int, float, bool or str.

    Args:
      name: of a cell of one's own, "module:Class", whose options are added.

    Raises:
      ValueError: for a class that is not found.
    """
    own = [find(name)] if name is not None and ":" in name else []
    return {
        field.name: _plain_type(typing.get_type_hints(cell)[field.name])
        for cell in (*own, *CELLS.values())
        for field in dataclasses.fields(cell)
    }


def options(name: str, dim: int, **chosen: Any) -> dict[str, Any]:
    """Returns the `cell` section of a config: every option of every cell.

    An option that is None has the default of the cell that is chosen, so that a
    config is changed to another cell by its name only.

    Args:
      name: a name in `CELLS`, or "module:Class" for a cell of one's own, whose
        options are added.
      dim: width of the state.
      **chosen: options that are not None.

    Raises:
      ValueError: for an option that no cell has, or a class that is not found.
    """
    fields = list(option_types())
    if ":" in name:
        fields += _fields(find(name))
    for option in chosen:
        if option not in fields:
            raise ValueError(
                f"no cell has the option {option!r}{did_you_mean(option, fields)}"
            )
    return {"name": name} | dict.fromkeys(fields) | {"dim": dim} | chosen


def build(config: Mapping[str, Any]) -> Cell:
    """Builds the cell that a config section describes.

    Args:
      config: `name`, and options as in the cell's dataclass; None is absent. A cell
        of one's own, named "module:Class", gets `dim` as its field `dim`, or as
        `out_dim` where it has no `dim`.

    Raises:
      ValueError: for an unknown cell, or an option the cell does not have.
    """
    chosen = {key: value for key, value in config.items() if value is not None}
    name = chosen.pop("name", None)
    cell = find(name)
    fields = _fields(cell)
    if "dim" in chosen and "dim" not in fields and "out_dim" in fields:
        chosen.setdefault("out_dim", chosen.pop("dim"))
    for option in chosen:
        if option not in fields:
            raise ValueError(
                f"cell {name} has no option {option!r}: it has {', '.join(fields)}"
                f"{did_you_mean(option, fields)}"
            )
    missing = [field for field in _required(cell) if field not in chosen]
    if missing:
        raise ValueError(f"cell {name} needs the option {', '.join(missing)}")
    return cell(**chosen)


def find(name: str | None) -> type[Cell]:
    """Returns the class of a cell: of `CELLS`, or one's own as "module:Class".

    Raises:
      ValueError: for an unknown name, module or class, or one that is no cell.
    """
    if name in CELLS:
        return CELLS[name]
    module_name, colon, class_name = str(name).partition(":")
    if not colon:
        raise ValueError(
            f"unknown cell {name!r}{did_you_mean(name, CELLS)}; a cell of your own is"
            ' named "module:Class"'
        )
    module = _import(module_name)
    cell = getattr(module, class_name, None)
    if not _is_cell(cell):
        found = [own for own, value in vars(module).items() if _is_cell(value)]
        raise ValueError(
            f"module {module_name!r} has no cell {class_name!r}"
            f"{did_you_mean(class_name, found)}; a cell is a frozen dataclass that"
            " inherits from seqnets.cells.Cell"
        )
    return cell


def _import(name: str) -> types.ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = str(error.name)
        if not f"{name}.".startswith(f"{missing}."):
            raise  # The module is there, and one that it imports is not.
        parent, dot, _ = missing.rpartition(".")
        path = getattr(sys.modules.get(parent), "__path__", ()) if dot else None
        there = [parent + dot + found.name for found in pkgutil.iter_modules(path)]
        raise ValueError(
            f"no module {missing!r} for the cell of a config"
            f"{did_you_mean(missing, there)}"
        ) from error


def _is_cell(value: Any) -> bool:
    return (
        inspect.isclass(value)
        and issubclass(value, Cell)
        and dataclasses.is_dataclass(value)
    )


def _fields(cell: type[Cell]) -> list[str]:
    return [field.name for field in dataclasses.fields(cell)]


def _required(cell: type[Cell]) -> list[str]:
    missing = dataclasses.MISSING
    return [
        field.name
        for field in dataclasses.fields(cell)
        if field.default is missing and field.default_factory is missing
    ]


def _plain_type(annotation: Any) -> type:
    """Returns the type of an option without its None, and of a tuple's elements."""
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        kinds = typing.get_args(annotation)
        annotation = next(kind for kind in kinds if kind is not type(None))
    return typing.get_origin(annotation) or annotation
