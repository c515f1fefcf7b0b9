"""Images of digits, generated from a small stroke font with random distortions.

A glyph is a few strokes, and a stroke a smooth curve through the points given here, in
a box of width and height 1 whose origin is the upper left corner. Each image moves the
points, slants, rotates, scales and shifts the glyph, and draws it with a pen of random
width on noisy paper.
"""

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets import images
from seqnets.datasets.dataset import Dataset

SIZE = 28
SAMPLES = 25  # On a stroke of length 1, so that they are less than a pixel apart.
TRAIN, TEST = 12_000, 2000  # The last 1,000 of the training images validate.

# By digit its glyphs, strokes of x, y in hundredths; a point given twice is a corner.
FONT = [
    [["50 8  78 28  78 72  50 92  22 72  22 28  50 8"]],
    [
        ["50 8  50 92"],
        ["32 28  54 8  54 8  54 92"],
        ["32 28  54 8  54 8  54 92", "34 92  74 92"],
    ],
    [
        ["22 30  34 11  57 8  77 24  69 47  44 69  20 92  20 92  82 92"],
        ["22 28  40 8  70 14  74 40  50 66  24 90  22 76  44 80  64 92  84 84"],
    ],
    [
        ["22 15  50 7  76 22  68 42  44 48  44 48  70 54  79 73  62 91  36 92  19 80"],
        ["22 10  22 10  76 10  76 10  46 42  46 42  74 52  78 74  60 91  36 92  20 81"],
    ],
    [
        ["62 92  62 8  62 8  18 64  18 64  84 64"],
        ["28 8  20 54  20 54  82 54", "72 12  68 92"],
    ],
    [
        ["78 8  78 8  32 8  32 8  27 44  27 44  54 38  78 58  72 84  46 93  20 84"],
        ["32 10  27 44  27 44  54 38  78 58  72 84  46 93  20 84", "32 10  80 8"],
    ],
    [["70 8  42 27  23 58  29 86  54 93  76 76  66 54  42 54  25 70"]],
    [
        ["20 10  20 10  80 10  80 10  56 50  42 92"],
        ["20 10  20 10  80 10  80 10  56 50  42 92", "36 50  72 50"],
    ],
    [["72 20  50 7  28 22  42 43  68 60  76 78  50 93  24 78  34 58  60 41  72 20"]],
    [
        ["74 34  56 48  30 40  28 18  52 7  73 22  74 34  72 62  58 92"],
        ["74 34  56 48  30 40  28 18  52 7  73 22  74 34  74 92"],
    ],
]


def read(place: Place) -> Dataset:
    """Generates 11,000 training, 1,000 validation and 2,000 test images."""
    del place  # No file is needed.
    return images.dataset(
        lambda: (images.Image(*draw(TRAIN, seed=0)), images.Image(*draw(TEST, seed=1)))
    )


def draw(
    count: int, *, seed: int = 0, noise: float = 0.1
) -> tuple[np.ndarray, np.ndarray]:
    """Draws digits at random.

    Args:
      count: how many, N.
      seed: of all that is random.
      noise: standard deviation of the noise of each pixel, where ink is 1.

    Returns:
      Images, uint8 [N, 28, 28], and the digits, int32 [N].
    """
    rng = np.random.default_rng(seed)
    labels = rng.integers(len(FONT), size=count).astype(np.int32)
    glyphs_of = np.array([len(glyphs) for glyphs in FONT])
    chosen = np.cumsum(glyphs_of)[labels] - 1 - rng.integers(glyphs_of[labels])
    drawn = np.empty((count, SIZE, SIZE), np.float32)
    for i, strokes in enumerate(strokes for glyphs in FONT for strokes in glyphs):
        (own,) = np.nonzero(chosen == i)
        drawn[own] = _ink(rng, _distorted(rng, *_glyph(strokes), len(own)))
    drawn += noise * rng.standard_normal(drawn.shape, np.float32)
    return (255 * drawn.clip(0, 1)).astype(np.uint8), labels


def _glyph(strokes: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Returns the points [C, 2] of a glyph, and the curves [P, C] through them."""
    points = [np.array(s.split(), float).reshape(-1, 2) / 100 for s in strokes]
    curves = [spline(stroke) for stroke in points]
    joined = np.zeros(np.sum([curve.shape for curve in curves], 0))
    row = column = 0
    for curve in curves:
        joined[row : row + len(curve), column : column + curve.shape[1]] = curve
        row, column = row + curve.shape[0], column + curve.shape[1]
    return np.concatenate(points), joined


def spline(points: np.ndarray, samples: float = SAMPLES) -> np.ndarray:
    """Returns the spline of Catmull & Rom (1974) through C points, as a matrix.

    Between p₁ and p₂, for u from 0 to 1:
    ½ (2p₁ + (p₂ - p₀) u + (2p₀ - 5p₁ + 4p₂ - p₃) u² + (3p₁ - p₀ - 3p₂ + p₃) u³)

    Args:
      points: [C, 2]; one that comes twice is a corner.
      samples: places on a stroke of length 1.

    Returns:
      [P, C] that turns the points [C, 2] into places [P, 2] on the curve.
    """
    basis = [[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]]
    last, parts = len(points) - 1, []
    for i in range(last):
        length = np.linalg.norm(points[i + 1] - points[i])
        u = np.linspace(0, 1, 1 + round(samples * length), endpoint=False)
        weights = u[:, None] ** np.arange(4) @ basis / 2
        around = np.clip(range(i - 1, i + 3), 0, last)
        parts.append(weights @ np.eye(len(points))[around])
    return np.concatenate(parts)


def _distorted(
    rng: np.random.Generator, points: np.ndarray, curve: np.ndarray, count: int
) -> np.ndarray:
    """Returns N random distortions of a glyph's curves, [N, P, 2] in pixels."""
    same = (points[:, None] == points).all(-1).argmax(1)  # Corners stay corners.
    moved = (points + rng.normal(0, 0.025, (count, *points.shape)))[:, same]
    angle, slant = rng.normal(0, [[0.12], [0.15]], (2, count))
    cos, sin = np.cos(angle), np.sin(angle)
    rotated = np.array([[cos, sin], [-sin, cos]]).transpose(2, 0, 1)
    slanted = np.tile(np.eye(2), (count, 1, 1))
    slanted[:, 1, 0] = -slant
    size = rng.uniform([12, 17], [19, 23], (count, 1, 2))
    placed = (curve @ moved - 0.5) * size @ slanted @ rotated
    return placed + SIZE / 2 + rng.uniform(-2.5, 2.5, (count, 1, 2))


def _ink(rng: np.random.Generator, curves: np.ndarray) -> np.ndarray:
    """Returns the ink of pens of random widths on their curves: [N, 28, 28] in [0, 1].

    ink = min(1, Σ_p exp(-|pixel - p|² / 2w²)), which is a matrix product, since the
    exponential is one of x times one of y.
    """
    width = rng.uniform(0.7, 1.2, (len(curves), 1, 1, 1))
    pixels = np.arange(SIZE) + 0.5
    near = np.exp(-(((curves[..., None] - pixels) / width) ** 2) / 2)  # [N, P, 2, 28]
    xs, ys = near.astype(np.float32).transpose(2, 0, 1, 3)
    return np.minimum(0.6 * ys.transpose(0, 2, 1) @ xs, 1.0)
