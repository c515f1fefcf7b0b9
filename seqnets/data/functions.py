"""Functions to be fitted, as points: of two truths, of one number, or a user's own."""

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seqnets.data import files
from seqnets.naming import nearest

BOOLEAN = {"and": np.logical_and, "or": np.logical_or, "xor": np.logical_xor}
CURVES = {
    "waves": lambda x: np.sin(1.5 * np.pi * x) + 0.5 * np.sin(4 * np.pi * x + 1),
    "steps": lambda x: np.floor(3 * x) % 2,
}
KNOWN = (*BOOLEAN, *CURVES)
POINTS = 400  # Of a curve.


class Points(NamedTuple):
    x: np.ndarray  # float32 [N, D]
    y: np.ndarray  # float32 [N]


class Scale(NamedTuple):
    """The mean and the deviation that training points have in their own units."""

    mean: float
    deviation: float


class Function(NamedTuple):
    """A function where it is known; curves have mean 0 and deviation 1 on both axes."""

    splits: dict[str, Points]
    x: Scale = Scale(0.0, 1.0)
    y: Scale = Scale(0.0, 1.0)


def read_boolean(name: str) -> Function:
    """Returns a function of two truths, 0 or 1: the same four points in all splits."""
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    points = Points(x, BOOLEAN[name](*x.T).astype(np.float32))
    return Function(dict.fromkeys(("train", "valid", "test"), points))


def read_curve(corpus: str) -> Function:
    """Returns a known function on [-1, 1], or the points of a user's file.

    In the order of x, every tenth point validates, and every tenth tests.

    Args:
      corpus: a key of `CURVES`, or the path of a text with a line `x y` for each
        point, two numbers with white space or a comma between.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: for a line that is something else, fewer than ten points, or points
        of which all have the same x or y.
    """
    if corpus in CURVES:
        x = np.linspace(-1, 1, POINTS)
        y = CURVES[corpus](x)
    else:
        x, y = read_points(Path(corpus))
    place = np.arange(len(x)) % 10
    part = np.where(place == 3, "valid", np.where(place == 8, "test", "train"))
    scales = []
    for name, values in (("x", x[part == "train"]), ("y", y[part == "train"])):
        scales.append(Scale(float(values.mean()), float(values.std())))
        if values.max() == values.min():
            raise ValueError(
                f"{corpus}: {name} is {values[0]:g} at all training points"
            )
    x, y = (
        ((values - scale.mean) / scale.deviation).astype(np.float32)
        for values, scale in zip((x, y), scales, strict=True)
    )
    splits = {
        split: Points(x[part == split, None], y[part == split])
        for split in ("train", "valid", "test")
    }
    return Function(splits, *scales)


def read_points(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Reads a text of two numbers a line, and puts them in the order of the first.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: for a line that is something else, or fewer than ten of them.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no file {path}{nearest(path, KNOWN)}")
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
