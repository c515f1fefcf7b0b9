"""Files with a JSON object a line, in one file or three."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from seqnets.data.files import Place, parse_lines, unexpected
from seqnets.datasets.dataset import Splits, cut

# Names of the file of a split, without ".jsonl"; the first one there is is read.
PARTS = {"train": ("train",), "valid": ("valid", "dev", "val"), "test": ("test",)}


def read(place: Place, parse: Callable[[str], Any]) -> Splits:
    """Reads the examples of three splits.

    Args:
      place: a file, 80 % of whose lines are to train, 10 % to validate and 10 % to
        test, in this order; or a folder with `train.jsonl`, `valid.jsonl` (or `dev`,
        `val`) and `test.jsonl`.
      parse: returns the example of a line.

    Raises:
      ValueError: as `parse`, with file and line; or for too few lines.
    """
    if place.path.is_dir():
        names = {s: [f"{p}.jsonl" for p in own] for s, own in PARTS.items()}
        paths = {s: place.find(*own) for s, own in names.items()}
        return {s: list(parse_lines(path, parse)) for s, path in paths.items()}
    found = list(parse_lines(place.path, parse))
    if len(found) < 3:
        raise ValueError(f"{place.path}: {len(found)} lines are too few for 3 parts")
    part = max(1, len(found) // 10)
    return cut(found, -2 * part, -part)


def fields(line: str, expected: str, needed: Sequence[str]) -> Mapping[str, Any]:
    """Returns the fields of a line.

    Args:
      line: of a file.
      expected: what it should be, for the message.
      needed: names of fields that it must have.

    Raises:
      ValueError: it is something else.
    """
    try:
        found = json.loads(line)
        if all(name in found for name in needed) and isinstance(found, dict):
            return found
    except (ValueError, TypeError, RecursionError):
        pass
    raise unexpected(line, expected) from None


def numbers(value: Any, rank: int, what: str) -> np.ndarray:
    """Returns nested lists of finite numbers as float32 of some rank, not empty.

    Args:
      value: as JSON has it.
      rank: how deep the lists are.
      what: the value's name and form, as the subject of the message.

    Raises:
      ValueError: it is something else.
    """
    try:
        array = np.array(value, np.float64)
    except (ValueError, TypeError):
        array = np.zeros(0)
    if array.ndim != rank or not array.size:
        raise ValueError(f"{what}, and all as long")
    with np.errstate(over="ignore"):
        array = array.astype(np.float32)
    if not np.isfinite(array).all():
        place = tuple(np.argwhere(~np.isfinite(array))[0].tolist())
        raise ValueError(f"{what}: the number at {place} is {array[place]}")
    return array
