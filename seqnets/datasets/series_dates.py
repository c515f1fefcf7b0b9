"""Dates in the first column of a series: what counts as one, and that they ascend."""

import datetime
import logging
import re
from collections import Counter
from collections.abc import Sequence

FORMS = "2020, 2020-01, 2020-01-31, 20200131, 31.01.2020, 01/31/2020 or 01/2020"

_UNITS = ("year", "month", "day", "hour", "minute", "second")
_PARTS = {
    "Y": r"(?P<year>\d{4})",
    "M": r"(?P<month>\d{1,2})",
    "D": r"(?P<day>\d{1,2})",
    "-": r"[-/.]",
}
_TIME = r"(?:[ T](?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?"
# Days stand before months or after them: a column is read in whichever way fits it.
_FORMS = tuple(
    re.compile("".join(_PARTS.get(c, c) for c in form) + _TIME)
    for form in ("Y(?:-M(?:-D)?)?", "D-M-Y", "M-D-Y")
) + (
    re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})?"),
    re.compile(r"(?P<month>\d{1,2})[-/](?P<year>\d{4})"),
)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_DECIMAL_YEAR = re.compile(r"\d{4}(?:\.\d*)?")

Key = tuple[int, ...]  # Year, month, day, hour, minute, second; 0 where not written.


def is_date(cell: str) -> bool:
    """Tells whether a cell is a date in one of the forms that are read."""
    return any(_key(form, cell) for form in _FORMS)


def read(where: Sequence[str], cells: Sequence[str]) -> tuple[str, ...]:
    """Returns the cells of a first column if they are dates, and else nothing.

    That a column of text is no dates is said in one line; numbers are none as a rule.
    A step between years or months that differs from most others is said, too; days
    have no even steps, as the weekends of prices.

    Args:
      where: the place of each row, for messages.
      cells: of the rows, "" where one is missing.

    Raises:
      ValueError: for dates that do not ascend, and for a cell among dates that is none.
    """
    readings = [[_key(form, cell) for cell in cells] for form in _FORMS]
    whole = [keys for keys in readings if None not in keys]
    breaks = [_first_break(keys) for keys in whole]
    if None in breaks:
        _say_gap(where, cells, whole[breaks.index(None)])
        return tuple(cells)
    numbers = all(map(_NUMBER.fullmatch, filter(None, cells)))
    if numbers and any("." in cell for cell in cells):
        years = all(map(_DECIMAL_YEAR.fullmatch, cells))
        rising = years and _first_break([(float(cell),) for cell in cells]) is None
        return tuple(cells) if rising else ()
    if whole:
        at = max(breaks)
        raise ValueError(
            f"{where[at]}: the date {cells[at]} does not come after {cells[at - 1]};"
            " sort the rows by time"
        )
    best = min(readings, key=lambda keys: keys.count(None))
    if not numbers or cells.count("") == best.count(None) < len(cells):
        _judge(where, cells, best)
    return ()


def _key(form: re.Pattern, cell: str) -> Key | None:
    """Returns what dates are sorted by; None for what is no date of a form."""
    found = form.fullmatch(cell)
    if found is None:
        return None
    parts = found.groupdict(default="0")
    key = tuple(int(parts.get(unit, 0)) for unit in _UNITS)
    try:
        datetime.date(key[0], key[1] or 1, key[2] or 1)
    except ValueError:
        return None
    return key


def _first_break(keys: Sequence[tuple]) -> int | None:
    """Returns the first row that does not come after the one before it."""
    return next((i for i in range(1, len(keys)) if keys[i] <= keys[i - 1]), None)


def _judge(
    where: Sequence[str], cells: Sequence[str], keys: Sequence[Key | None]
) -> None:
    """Refuses a cell that is no date where most are; says that a column has none."""
    at = keys.index(None)
    if 2 * keys.count(None) < len(keys):
        raise ValueError(
            f"{where[at]}: the first column has dates, but here it is"
            f" {cells[at][:40]!r}; dates are {FORMS}"
        )
    logging.getLogger(__name__).warning(
        "%s: %r is not read as a date, so the order of the rows is not checked; dates"
        " are %s",
        *(where[at], cells[at][:40], FORMS),
    )


def _say_gap(where: Sequence[str], cells: Sequence[str], keys: Sequence[Key]) -> None:
    """Says the first step between years or months that is not that of most rows."""
    if len({key[2:] for key in keys}) > 1 or len(keys) < 4:
        return
    months = [12 * key[0] + key[1] for key in keys]
    steps = [after - before for before, after in zip(months, months[1:], strict=False)]
    usual, count = Counter(steps).most_common(1)[0]
    if count == len(steps) or 2 * count <= len(steps):
        return
    at = 1 + next(i for i, step in enumerate(steps) if step != usual)
    logging.getLogger(__name__).warning(
        "%s: from %s to %s is not the step of most rows, but is taken as one step; a"
        " row without a value, and missing=interpolate, fill a gap",
        *(where[at], cells[at - 1], cells[at]),
    )
