"""Series in CSV files; `seqnets.datasets.series` has the plain format."""

import csv
import math
from collections.abc import Sequence, Set
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seqnets.checks import did_you_mean
from seqnets.data import files
from seqnets.datasets import series_dates

MISSING = ("refuse", "interpolate")

_ABSENT = {"", "na", "n/a", "nan", "null", "none", "?"}


class Series(NamedTuple):
    """A series as it was read.

    Attributes:
      values: float64 [N].
      known: bool [N], False where a value was interpolated.
      inputs: float64 [N + A, M], from outside; the last A rows are after the values.
      dates: of the values, [N], as they were written; empty where there are none.
      name: of the values.
      input_names: of the inputs, [M].
    """

    values: np.ndarray
    known: np.ndarray
    inputs: np.ndarray
    dates: tuple[str, ...] = ()
    name: str = "value"
    input_names: tuple[str, ...] = ()


def read_csv(
    path: Path,
    *,
    column: str | None = None,
    inputs: Sequence[str] = (),
    missing: str = "refuse",
) -> Series:
    """Reads a CSV; see `series.read_own`."""
    if path.is_dir():
        raise ValueError(f"{path}: a folder; a series is one CSV")
    lines = files.read_lines(path)
    first = next(filter(str.strip, lines), "")
    if not first:
        raise ValueError(f"{path}: it is empty")
    mark = max(",;\t", key=first.count)
    rows = [next(csv.reader([line], delimiter=mark), []) for line in lines]
    return parse(rows, str(path), column=column, inputs=inputs, missing=missing)


def parse(
    rows: Sequence[Sequence[str]],
    path: str,
    *,
    names: Sequence[str] | None = None,
    column: str | None = None,
    inputs: Sequence[str] = (),
    missing: str = "refuse",
    unit: str = "line",
) -> Series:
    """Reads the cells of rows; one without any is passed over.

    Args:
      rows: cells of each line.
      path: where they are from, for messages.
      names: of the columns; by default those in the first row, where it has such, or
        else "1", "2" and so on.
      column, inputs, missing: as for `series.read_own`.
      unit: what a row is called in messages.

    Raises:
      ValueError: as for `series.read_own`.
    """
    body = [(i, [*map(str.strip, row)]) for i, row in enumerate(rows, 1)]
    body = [(i, row) for i, row in body if any(row)]
    if names is None:
        if not body:
            raise ValueError(f"{path}: all its cells are empty")
        (_, first), *rest = body
        named = _is_header(first, [row for _, row in rest], {*inputs, column})
        names = first if named else [f"{i + 1}" for i in range(len(first))]
        body = rest if named else body
    chosen = _chosen(path, names, column, inputs)
    places, table = [chosen, *map(names.index, inputs)], []
    where = [f"{path}, {unit} {number}" for number, _ in body]
    for place, (_, row) in zip(where, body, strict=True):
        if len(row) != len(names):
            raise ValueError(
                f"{place}: {len(row)} cells, where there are {len(names)} columns"
            )
        table.append([_number(place, names[i], row[i]) for i in places])
    array = np.array(table, np.float64).reshape(len(table), len(places))
    values = _without_future(where, array, [names[i] for i in places])
    dates = () if 0 in places else _dates(where, body, len(values))
    values, known = _fill(where, names[chosen], values, missing)
    return Series(values, known, array[:, 1:], dates, names[chosen], tuple(inputs))


def _is_header(
    first: Sequence[str], below: Sequence[Sequence[str]], asked: Set[str | None]
) -> bool:
    """Tells whether the first row names the columns.

    It does if a column is asked for by a name that is there; and else if text is in the
    last place, and no cell is a number or a date as others below it are. So a number
    that is misspelt in the first row is no name.
    """
    positions = {f"{i + 1}" for i in range(len(first))}  # Names of those without any.
    if any(name in first for name in asked - positions):
        return True
    if is_number(first[-1]):
        return False
    return not any(
        _is_datum(cell) and any(_is_datum(row[i]) for row in below if i < len(row))
        for i, cell in enumerate(first)
    )


def _is_datum(cell: str) -> bool:
    """Tells whether a cell is a number that is there, or a date."""
    there = cell.lower() not in _ABSENT
    return there and (is_number(cell) or series_dates.is_date(cell))


def _chosen(
    path: str, names: Sequence[str], column: str | None, inputs: Sequence[str]
) -> int:
    """Returns the place of the column that is forecast; the last one by default."""
    for name in (*inputs, *([] if column is None else [column])):
        if name not in names:
            raise ValueError(f"{path}: no column {name!r}{did_you_mean(name, names)}")
    chosen = len(names) - 1 if column is None else names.index(column)
    own = names[chosen]
    if own in inputs:
        raise ValueError(f"{path}: column {own!r} is forecast, and cannot be an input")
    for name in (own, *inputs):
        if names.count(name) > 1:
            raise ValueError(
                f"{path}: {names.count(name)} columns are named {name!r}; rename them"
            )
    return chosen


def _dates(
    where: Sequence[str], body: Sequence[tuple[int, Sequence[str]]], size: int
) -> tuple[str, ...]:
    """Returns the dates of the values, if the first column has any."""
    cells = [row[0] if row[0].lower() not in _ABSENT else "" for _, row in body]
    while len(cells) > size and not cells[-1]:
        cells.pop()  # The future may have none.
    return series_dates.read(where, cells)[:size]


def is_number(cell: str) -> bool:
    """Tells whether a cell is a number, or one that is missing."""
    try:
        float(cell)
    except ValueError:
        return cell.lower() in _ABSENT
    return True


def _number(where: str, name: str, cell: str) -> float:
    """Returns the number of a cell; NaN where it is missing."""
    if cell.lower() in _ABSENT:
        return math.nan
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(
            f"{where}, column {name!r}: expected a number, but it is {cell[:40]!r}"
        )
    return value


def _without_future(
    where: Sequence[str], table: np.ndarray, names: Sequence[str]
) -> np.ndarray:
    """Returns the values, without the rows at the end that have inputs alone."""
    values, inputs = table[:, 0], table[:, 1:]
    missing = np.argwhere(np.isnan(inputs))
    if len(missing):
        row, which = missing[0]
        raise ValueError(
            f"{where[row]}, column {names[1 + which]!r}: an input is missing; give it"
            " in every row"
        )
    if not inputs.shape[1]:
        return values
    there = np.flatnonzero(~np.isnan(values))
    return values[: there[-1] + 1] if len(there) else values[:0]


def _fill(
    where: Sequence[str], name: str, values: np.ndarray, missing: str
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the values, the missing ones on lines between others, and which not."""
    known = ~np.isnan(values)
    gaps = np.flatnonzero(~known)
    if not len(gaps):
        return values, known
    if missing != "interpolate":
        raise ValueError(
            f"{where[gaps[0]]}, column {name!r}: the value is missing; fill it in, or"
            " set missing=interpolate"
        )
    for end in (0, len(values) - 1):
        if not known[end]:
            raise ValueError(
                f"{where[end]}, column {name!r}: the value is missing at an end of the"
                " series, where nothing can be interpolated; cut the row"
            )
    steps = np.arange(len(values))
    return np.interp(steps, steps[known], values[known]), known
