"""A cell from a config: one dict of cells, and their options by name."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from seqnets.cells.cell import Cell
from seqnets.cells.gru import GRU
from seqnets.cells.lstm import LSTM
from seqnets.cells.residual import Residual
from seqnets.cells.simple import SRN
from seqnets.naming import nearest

CELLS = {"SRN": SRN, "LSTM": LSTM, "GRU": GRU, "Residual": Residual}


def options(name: str, dim: int, **chosen: Any) -> dict[str, Any]:
    """Returns the `cell` section of a config: every option of every cell.

    An option that is None has the default of the cell that is chosen, so that a
    config can be turned to another cell by changing its name only.

    Raises:
      ValueError: for an option that no cell has.
    """
    fields = {f.name: None for c in CELLS.values() for f in dataclasses.fields(c)}
    for option in chosen:
        if option not in fields:
            raise ValueError(
                f"no cell has the option {option!r}{nearest(option, fields)}"
            )
    return {"name": name} | fields | {"dim": dim} | chosen


def build(config: Mapping[str, Any]) -> Cell:
    """Builds the cell that a config section describes.

    Args:
      config: `name`, and options as in the cell's dataclass; None is absent.

    Raises:
      ValueError: for an unknown cell, or an option the cell does not have.
    """
    chosen = {key: value for key, value in config.items() if value is not None}
    name = chosen.pop("name", None)
    if name not in CELLS:
        raise ValueError(f"unknown cell {name!r}{nearest(name, CELLS)}")
    fields = [field.name for field in dataclasses.fields(CELLS[name])]
    for option in chosen:
        if option not in fields:
            raise ValueError(
                f"cell {name} has no option {option!r}: it has {', '.join(fields)}"
            )
    return CELLS[name](**chosen)
