"""Strings of digits written by a pen, generated from a stroke font (kind "strokes").

Each string has a hand of its own: which form of a digit it writes, how it slants, how
wide and how large it writes, and how far apart.
"""

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets.dataset import Dataset, Splits, cut
from seqnets.datasets.drawn_digits import FONT, spline
from seqnets.datasets.strokes import Drawing, from_strokes, info

SIZES = 4000, 300, 300  # Drawings of each split.
DIGITS = 1, 4  # In a string.
SAMPLES = 5  # Points on a stroke as long as a digit is high.


def read(place: Place, *, seed: int = 0) -> Dataset:
    """Draws strings of 1 to 4 digits.

    Args:
      seed: of all strings.
    """
    del place  # No file is needed.

    def splits() -> Splits:
        return cut(draw(sum(SIZES), seed=seed), SIZES[0], SIZES[0] + SIZES[1])

    return Dataset(splits, info)


def draw(count: int, *, seed: int = 0, digits: tuple[int, int] = DIGITS) -> list:
    """Draws strings at random; the height of a digit is about 1.

    Args:
      count: how many.
      seed: of all that is random.
      digits: the fewest and the most of a string.

    Returns:
      `Drawing`s.
    """
    rng, forms = np.random.default_rng(seed), [list(map(_form, own)) for own in FONT]
    found = []
    for _ in range(count):
        chosen = rng.integers(10, size=rng.integers(digits[0], digits[1] + 1))
        hand = [own[rng.integers(len(own))] for own in forms]
        slant, rise = rng.normal(0, [0.2, 0.02])
        wide, size = rng.uniform([0.75, 0.9], [1.0, 1.1])
        shape = size * np.array([[wide, 0.0], [-slant, 1.0]])
        strokes, left = [], 0.0
        for digit in chosen:
            place = [left, rise * left + rng.normal(0, 0.02)]
            for points, curve in hand[digit]:
                moved = points + rng.normal(0, 0.015, points.shape)
                moved[_same(points)] = moved[np.flatnonzero(_same(points)) - 1]
                strokes.append((curve @ moved - 0.5) @ shape + place)
            left += size * wide * rng.uniform(0.85, 1.0)
        text = "".join(map(str, chosen))
        found.append(Drawing(text, from_strokes(strokes)))
    return found


def _form(strokes: list[str]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Returns the points [C, 2] of each stroke of a digit, and its curve [P, C]."""
    found = []
    for stroke in strokes:
        points = np.array(stroke.split(), float).reshape(-1, 2) / 100
        # A curve ends before its last point, and rests where a point comes twice.
        curve = np.vstack([spline(points, SAMPLES), np.eye(len(points))[-1]])
        moves = np.abs(np.diff(curve @ points, axis=0)).sum(1) > 1e-9
        found.append((points, curve[np.append(True, moves)]))
    return found


def _same(points: np.ndarray) -> np.ndarray:
    """Returns which points repeat the one before: corners, which stay corners."""
    return np.append(False, (points[1:] == points[:-1]).all(1))
