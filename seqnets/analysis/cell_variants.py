"""The cells that are compared where gradients are measured."""

from collections.abc import Mapping
from typing import Any

from seqnets import cells
from seqnets.cells.cell import Cell


def all_cells(dim: int) -> dict[str, Cell]:
    """Returns every cell there is, and variants that differ in how gradients flow.

    Without the NTM, whose state of slots is many times as wide as `dim`, so that its
    Jacobians take long; it is measured when it is named.

    Args:
      dim: units of each.

    Returns:
      Cells by name, variants of a cell ("LSTM, coupled gates") next to it.
    """
    variants = {
        "SRN, ReLU": cells.SRN(dim, activation="relu"),
        "SRN, logistic": cells.SRN(dim, activation="logistic"),
        "SRN, 001 eq 39": cells.SRN(dim, activation="logistic", form="preactivation"),
        "LSTM, no forget gate": cells.LSTM(dim, forget_gate=False),
        "LSTM, coupled gates": cells.LSTM(dim, coupled=True),
        "GRU, no reset gate": cells.GRU(dim, reset="none"),
        "Residual, linear": cells.Residual(dim, recurrent=False),
    }
    chains = {n: cell for n, cell in cells.CELLS.items() if cell is not cells.NTM}
    families = {name: {name: cell(dim)} for name, cell in chains.items()}
    for name, cell in variants.items():
        families[name.split(",")[0]][name] = cell
    return {n: cell for family in families.values() for n, cell in family.items()}


def choose(options: Mapping[str, Any]) -> dict[str, Cell]:
    """Returns the cell that is named, or all of them.

    Args:
      options: as `cells.build` takes them; `name` is None for all cells, of which only
        `dim` can be chosen.

    Raises:
      ValueError: for an option of a cell that is not named.
    """
    if options["name"] is not None:
        return {options["name"]: cells.build(options)}
    for name, value in options.items():
        if value is not None and name != "dim":
            raise ValueError(
                f"cell.{name} = {value!r} is an option of one cell, and all are"
                " compared: name one by cell.name"
            )
    return all_cells(options["dim"])
