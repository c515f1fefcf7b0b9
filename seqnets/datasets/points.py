"""Functions to be fitted, as points: Boolean ones, curves, or a user's own points."""

import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqnets.data.files import Place, parse_lines, unexpected
from seqnets.datasets.dataset import SPLITS, Dataset, Rows

BOOLEAN = {"and": np.logical_and, "or": np.logical_or, "xor": np.logical_xor}
CURVES = {
    "waves": lambda x: np.sin(1.5 * np.pi * x) + 0.5 * np.sin(4 * np.pi * x + 1),
    "steps": lambda x: np.floor(3 * x) % 2,
}
POINTS = 400  # Of a curve.


class Point(NamedTuple):
    """An input and its output; in `Rows`, every array leads with [N]."""

    x: np.ndarray  # float32 [D]
    y: np.ndarray  # float32 []


def read_boolean(place: Place) -> Dataset:
    """Returns a function of two truth values, 0 or 1: four points in every split.

    Args:
      place: its name is a key of `BOOLEAN`.

    Returns:
      A data set of `Point`s; its info has "boolean", "inputs", which is D, and
      "scales", the {"x", "y"} pairs of the mean and the deviation that training points
      have in their own units.
    """
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    table = Rows(Point(x, BOOLEAN[place.name](*x.T).astype(np.float32)))
    scales = {"x": [0.0, 1.0], "y": [0.0, 1.0]}
    info = {"boolean": True, "inputs": 2, "scales": scales}
    return Dataset(lambda: dict.fromkeys(SPLITS, table), lambda _: info)


def read_curve(place: Place) -> Dataset:
    """Returns a function of one number at `POINTS` points of [-1, 1]; as `read_own`.

    Args:
      place: its name is a key of `CURVES`.
    """
    x = np.linspace(-1, 1, POINTS)
    return Dataset(lambda: _split(place.name, x, CURVES[place.name](x)))


def read_own(place: Place) -> Dataset:
    """Reads a text with a line `x y` for each point of a curve.

    Two numbers, with white space or a comma between. In the order of x, every tenth
    point validates, and every tenth tests.

    Returns:
      A data set of `Point`s, scaled so that training points have mean 0 and deviation 1
      in x and y; its info is as for `read_boolean`.

    Raises:
      ValueError: for a line that is something else, fewer than ten points, or points
        of which all have the same x or y.
    """
    return Dataset(lambda: _split(place.name, *_read_points(place.path)))


def _read_points(path: Path) -> np.ndarray:
    """Returns the x and y of a file, [2, N], in the order of x."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    points = sorted(parse_lines(path, _parse))
    if len(points) < 10:
        raise ValueError(f"{path}: {len(points)} points are too few; at least 10")
    return np.array(points).T


def _parse(line: str) -> tuple[float, float]:
    try:
        x, y = map(float, line.replace(",", " ").split())
    except ValueError:
        x = y = math.nan
    if not math.isfinite(x + y):
        raise unexpected(line, "two numbers, `x y`")
    return x, y


def _split(name: str, x: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    """Splits and scales the points [N] of a curve; returns the splits and the info."""
    place = np.arange(len(x)) % 10
    part = np.where(place == 3, "valid", np.where(place == 8, "test", "train"))
    scales, scaled = {}, []
    for axis, values in (("x", x), ("y", y)):
        train = values[part == "train"]
        if train.max() == train.min():
            raise ValueError(f"{name}: {axis} is {train[0]:g} at all training points")
        with np.errstate(over="ignore"):
            mean, deviation = scales[axis] = [float(train.mean()), float(train.std())]
        if not math.isfinite(mean + deviation):
            raise ValueError(f"{name}: {axis} has values too large for a deviation")
        scaled.append(((values - mean) / deviation).astype(np.float32))
    x, y = scaled
    splits = {
        split: Rows(Point(x[part == split, None], y[part == split])) for split in SPLITS
    }
    return splits | {"info": {"boolean": False, "inputs": 1, "scales": scales}}
