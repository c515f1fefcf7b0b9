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
from seqnets.cells.lru import LRU
from seqnets.cells.lstm import LSTM
from seqnets.cells.minimal import MinGRU, MinLSTM
from seqnets.cells.ntm import NTM
from seqnets.cells.residual import Residual
from seqnets.cells.simple import SRN
from seqnets.checks import did_you_mean

CELLS = {
    "SRN": SRN,
    "LSTM": LSTM,
    "GRU": GRU,
    "Residual": Residual,
    "MinGRU": MinGRU,
    "MinLSTM": MinLSTM,
    "LRU": LRU,
    "NTM": NTM,
}


def option_types(name: str | None = None) -> dict[str, type]:
    """Returns the type of every option of every cell, without its None.

    Args:
      name: of a cell of one's own, "module:Class", whose options are added.

    Raises:
      ValueError: for a class that is not found.
    """
    own = [find(name)] if ":" in str(name) else []
    # The type of an option of one's own counts, whatever others call by its name.
    found = [_types(cell) for cell in (*CELLS.values(), *own)]
    return {name: kind for types in found for name, kind in types.items()}


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
      ValueError: for an unknown cell, an option the cell does not have, or a value of
        another type than the option's.
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
                f"cell {name} has no option {option!r}{did_you_mean(option, fields)}"
            )
    missing = [field for field in _required(cell) if field not in chosen]
    if missing:
        raise ValueError(f"cell {name} needs the option {', '.join(missing)}")
    types = _types(cell)
    return cell(**{n: _checked(n, types[n], value) for n, value in chosen.items()})


def find(name: str | None) -> type[Cell]:
    """Returns the class of a cell: of `CELLS`, or one's own as "module:Class".

    Raises:
      ValueError: for an unknown name, module or class, or one that is no cell.
    """
    if isinstance(name, str) and name in CELLS:
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
    if not all(part.isidentifier() for part in name.split(".")):
        raise ValueError(
            f"{name!r} is not the name of a module: a cell of your own is named"
            ' "module:Class", as in "my_cells:Leaky"'
        )
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = str(error.name)
        if not f"{name}.".startswith(f"{missing}."):
            raise _broken(name, error) from error  # It imports what is not there.
        parent, dot, _ = missing.rpartition(".")
        path = getattr(sys.modules.get(parent), "__path__", ()) if dot else None
        there = [parent + dot + found.name for found in pkgutil.iter_modules(path)]
        raise ValueError(
            f"no module {missing!r} for the cell of a config"
            f"{did_you_mean(missing, there)}"
        ) from error
    except Exception as error:  # Whatever the code of a user raises.
        raise _broken(name, error) from error


def _broken(name: str, error: Exception) -> ValueError:
    what = f"{type(error).__name__}: {error}"
    return ValueError(f"the module {name!r} of a cell cannot be imported: {what}")


def _is_cell(value: Any) -> bool:
    return (
        inspect.isclass(value)
        and issubclass(value, Cell)
        and dataclasses.is_dataclass(value)
    )


def _types(cell: type[Cell]) -> dict[str, type]:
    """Returns the types of the options of a cell by name."""
    hints = typing.get_type_hints(cell)
    return {name: _plain_type(hints[name]) for name in _fields(cell)}


def _checked(name: str, kind: type, value: Any) -> Any:
    """Returns the value of an option; a list, as JSON has them, becomes a tuple."""
    if kind is tuple and isinstance(value, list):
        return tuple(value)
    if kind not in (bool, int, float, str, tuple):
        return value  # The class of such an option checks it.
    kinds = (int, float) if kind is float else kind
    if not isinstance(value, kinds) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"cell.{name} takes {kind.__name__}, not {value!r}")
    if kind is float and not abs(value) <= sys.float_info.max:  # NaN, too.
        raise ValueError(f"cell.{name} must be a finite number, not {value!r}")
    return value


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
    if typing.get_origin(annotation) is typing.Literal:
        return type(typing.get_args(annotation)[0])
    annotation = typing.get_origin(annotation) or annotation
    known = (
        isinstance(annotation, type) and annotation is not Any
    )  # A class since 3.11.
    return annotation if known else object
