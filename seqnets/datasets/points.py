"""Functions to be fitted, as points: Boolean ones, curves, or a user's own points."""

import functools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqnets.data import files
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


def read_boolean(name: str, data_dir: str | None = None) -> Dataset:
    """Returns a function of two truth values, 0 or 1: four points in every split.

    Args:
      name: a key of `BOOLEAN`.
      data_dir: not used, as nothing is read.

    Returns:
      A data set of `Point`s; its info has "boolean", "inputs", which is D, and
      "scales", the {"x", "y"} pairs of the mean and the deviation that training points
      have in their own units.
    """
    del data_dir
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    table = Rows(Point(x, BOOLEAN[name](*x.T).astype(np.float32)))
    scales = {"x": [0.0, 1.0], "y": [0.0, 1.0]}
    info = {"boolean": True, "inputs": 2, "scales": scales}
    return Dataset(lambda: dict.fromkeys(SPLITS, table), lambda _: info)


def read_curve(name: str, data_dir: str | None = None) -> Dataset:
    """Returns a function of one number at `POINTS` points of [-1, 1].

    Args:
      name: a key of `CURVES`.
      data_dir: not used, as nothing is read.

    Returns:
      As `read_own`.
    """
    del data_dir
    x = np.linspace(-1, 1, POINTS)
    return _curve(name, lambda: (x, CURVES[name](x)))


read_and = functools.partial(read_boolean, "and")
read_or = functools.partial(read_boolean, "or")
read_xor = functools.partial(read_boolean, "xor")
read_waves = functools.partial(read_curve, "waves")
read_steps = functools.partial(read_curve, "steps")


def read_own(path: str | Path) -> Dataset:
    """Reads a text with a line `x y` for each point of a curve.

    Two numbers, with white space or a comma between. In the order of x, every tenth
    point validates, and every tenth tests.

    Returns:
      A data set of `Point`s, scaled so that training points have mean 0 and deviation 1
      in x and y; its info is as for `read_boolean`.

    Raises:
      FileNotFoundError: there is no such file; as all errors, when a split is first
        asked for.
      ValueError: for a line that is something else, fewer than ten points, or points
        of which all have the same x or y.
    """
    return _curve(str(path), lambda: read_points(Path(path)))


def read_points(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Reads the x and y of a user's file, in the order of x.

    Raises:
      FileNotFoundError, ValueError: as for `read_own`.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    points = []
    for number, line in enumerate(files.read(path).splitlines(), 1):
        try:
            x, y = map(float, line.replace(",", " ").split())
        except ValueError:
            x = y = math.nan
        if not math.isfinite(x + y):
            raise ValueError(
                f"{path}, line {number}: expected two numbers, `x y`, not"
                f" {line.strip()[:40]!r}"
            )
        points.append((x, y))
    if len(points) < 10:
        raise ValueError(f"{path}: {len(points)} points are too few; at least 10")
    return tuple(np.array(sorted(points)).T)


def _curve(name: str, read: Callable[[], tuple[np.ndarray, np.ndarray]]) -> Dataset:
    @functools.cache  # The splits and the info share one reading.
    def made() -> tuple[dict[str, Rows], dict[str, Any]]:
        return _split(name, *read())

    return Dataset(lambda: made()[0], lambda _: made()[1])


def _split(
    name: str, x: np.ndarray, y: np.ndarray
) -> tuple[dict[str, Rows], dict[str, Any]]:
    """Splits and scales the points [N] of a curve; returns the splits and the info."""
    place = np.arange(len(x)) % 10
    part = np.where(place == 3, "valid", np.where(place == 8, "test", "train"))
    scales, scaled = {}, []
    for axis, values in (("x", x), ("y", y)):
        train = values[part == "train"]
        if train.max() == train.min():
            raise ValueError(f"{name}: {axis} is {train[0]:g} at all training points")
        mean, deviation = scales[axis] = [float(train.mean()), float(train.std())]
        scaled.append(((values - mean) / deviation).astype(np.float32))
    x, y = scaled
    splits = {
        split: Rows(Point(x[part == split, None], y[part == split])) for split in SPLITS
    }
    return splits, {"boolean": False, "inputs": 1, "scales": scales}
