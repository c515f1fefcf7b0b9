"""Time series, one value at each step: the kind "series".

The plain format is a CSV, a row for each step in the order of time, the cells parted by
commas, semicolons or tabs. The first row may name the columns, if no cell of it is a
number or a date as those below it are. The last column is forecast, unless another one
is named; a first column that is not asked for may have dates, in the forms of
`series_dates`. Columns of inputs from outside stand beside it; rows at the end that
have inputs and no value are the future, whose inputs are known ahead.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets.dataset import Dataset
from seqnets.datasets.series_csv import Series, read_csv

FEWEST = 20  # Values of a series.


class Stretch(NamedTuple):
    """A stretch of a series that is a split, after all that came before it.

    Nothing after the stretch is here, so that no forecast can see it; only inputs that
    are known ahead, after the last stretch.

    Attributes:
      values: float64 [N], from the first step of the series to the stretch's last.
      known: bool [N], as of `Series`.
      inputs: float64 [N + A, M].
      begin: the first step of the stretch; the steps before are history.
      dates: [N], or empty.
    """

    values: np.ndarray
    known: np.ndarray
    inputs: np.ndarray
    begin: int
    dates: tuple[str, ...] = ()


def read_own(
    place: Place,
    *,
    column: str | None = None,
    inputs: Sequence[str] = (),
    missing: str = "refuse",
    valid_steps: int | None = None,
    test_steps: int | None = None,
) -> Dataset:
    """Reads a CSV in the plain format.

    Args:
      column: name of the column that is forecast; the last one by default.
      inputs: names of the columns of inputs.
      missing: "refuse" or "interpolate" values that are missing between others. A
        value that was interpolated is never scored, and no forecast begins there.
      valid_steps, test_steps: lengths of the stretches that validate and, at the end
        of the series, test; each 15 % of the series by default.

    Raises:
      ValueError: for a cell that is no number, with its line and column; dates that do
        not ascend, or of which one is none; a missing value that is refused, or stands
        at an end; a series that is too short.
    """

    def read() -> Series:
        return read_csv(place.path, column=column, inputs=inputs, missing=missing)

    return dataset(read, place.name, valid_steps, test_steps)


def dataset(
    read: Callable[[], Series],
    name: str,
    valid_steps: int | None = None,
    test_steps: int | None = None,
    *,
    end: int | None = None,
    periods: dict[str, tuple[int, int]] | None = None,
) -> Dataset:
    """Cuts a series into the stretches that train, validate and test.

    Args:
      read: returns the series, when a split is first asked for.
      name: of the data, for messages.
      valid_steps, test_steps: as for `read_own`.
      end: the step after the last one of the test stretch; that of the series by
        default.
      periods: parts of the test stretch that are scored on their own, first and last
        step by name.

    Returns:
      A data set of one `Stretch` a split; its info has the "name" of the values, those
      of the "inputs", the number of values "interpolated", and the "periods".

    Raises:
      ValueError: for a series that is too short for its stretches.
    """

    def splits() -> dict[str, Any]:
        series = read()
        size = len(series.values) if end is None else end
        if size < FEWEST:
            raise ValueError(f"{name}: {size} values are too few; at least {FEWEST}")
        share = round(0.15 * size)
        valid = share if valid_steps is None else valid_steps
        test = share if test_steps is None else test_steps
        first, second = size - valid - test, size - test
        if first < FEWEST // 2:
            raise ValueError(
                f"{name}: {size} values leave {max(first, 0)} to train before {valid}"
                f" that validate and {test} that test; at least {FEWEST // 2}"
            )
        return {
            "train": [_stretch(series, 0, first)],
            "valid": [_stretch(series, first, second)],
            "test": [_stretch(series, second, size)],
            "info": {
                "name": series.name,
                "inputs": list(series.input_names),
                "interpolated": int((~series.known[:size]).sum()),
                "periods": periods or {},
            },
        }

    return Dataset(splits)


def _stretch(series: Series, begin: int, end: int) -> Stretch:
    """Returns a split: the steps before `end`, of which those from `begin` count."""
    last = end == len(series.values)
    inputs = series.inputs if last else series.inputs[:end]
    dates = series.dates[:end]
    return Stretch(series.values[:end], series.known[:end], inputs, begin, dates)
