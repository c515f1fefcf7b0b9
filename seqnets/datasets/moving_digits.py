"""Videos of a digit that moves, generated: which digit moves how? (kind "motions")

A digit goes left, right, up or down, or in circles, either way round. All splits move
the same 400 pictures of digits, and nothing is hidden or noisy: the ceiling is 1. In
`read_changing` the digit goes straight, and turns once; each frame is labelled by where
the digit came from. Only the first frame does not show it, but its place tells of it: a
digit at the left edge hardly goes left. The most probable way from there is right in a
share p = .389 of the videos, and so the ceiling of T frames is (T - 1 + p) / T = .939.
"""

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets import drawn_digits
from seqnets.datasets.dataset import Dataset, Splits, cut
from seqnets.datasets.motions import Motion, info

SIZES = 6000, 500, 1000  # Videos of each split.
FRAMES, SIZE = 10, 24
STRAIGHT = {"left": (0, -1), "right": (0, 1), "up": (-1, 0), "down": (1, 0)}
ROUND = {"clockwise": 1, "anticlockwise": -1}  # As seen, y growing downwards.
RADIUS = 3.5
PICTURES = 400


def read(place: Place, *, seed: int = 0) -> Dataset:
    """Draws videos that have one label each, as in "7 left".

    Args:
      seed: of all that is random but the pictures of digits.
    """
    del place  # No file is needed.
    return _dataset(seed, changing=False)


def read_changing(place: Place, *, seed: int = 0) -> Dataset:
    """Draws videos in which the digit turns once, with a label for each frame.

    Args:
      seed: as in `read`.
    """
    del place  # No file is needed.
    return _dataset(seed, changing=True)


def draw(count: int, *, seed: int = 0, changing: bool = False) -> list[Motion]:
    """Draws videos at random; frames are uint8 [10, 24, 24], 255 is ink."""
    rng = np.random.default_rng(seed)
    large, digits = drawn_digits.draw(PICTURES, seed=2, noise=0.0)
    half = large.reshape(PICTURES, 14, 2, 14, 2).mean((2, 4)).astype(np.uint8)
    room, found = SIZE - 14, []
    for chosen in rng.integers(PICTURES, size=count):
        ways, path = (_turning if changing else _steady)(rng)
        low, high = path.min(0), path.max(0)
        path = path - low + rng.integers(0, room - (high - low) + 1)
        frames = np.zeros((FRAMES, SIZE, SIZE), np.uint8)
        for frame, (y, x) in zip(frames, path, strict=True):
            frame[y : y + 14, x : x + 14] = half[chosen]
        found.append(Motion(frames, tuple(f"{digits[chosen]} {way}" for way in ways)))
    return found


def _dataset(seed: int, *, changing: bool) -> Dataset:
    def splits() -> Splits:
        videos = draw(sum(SIZES), seed=seed, changing=changing)
        return cut(videos, SIZES[0], SIZES[0] + SIZES[1])

    return Dataset(splits, info)


def _steady(rng: np.random.Generator) -> tuple[tuple[str], np.ndarray]:
    """Returns one way, and the places y, x [T, 2] of a digit that goes it."""
    way = (*STRAIGHT, *ROUND)[rng.integers(len(STRAIGHT) + len(ROUND))]
    times = np.arange(FRAMES)
    if way in STRAIGHT:
        return (way,), times[:, None] * np.array(STRAIGHT[way])
    turn = ROUND[way] * 2 * np.pi / rng.uniform(8, 12)
    angles = rng.uniform(0, 2 * np.pi) + turn * times
    circle = RADIUS * np.stack([np.sin(angles), np.cos(angles)], -1)
    return (way,), np.round(circle).astype(int)


def _turning(rng: np.random.Generator) -> tuple[list[str], np.ndarray]:
    """Returns the way to each frame, and the places of a digit that turns once."""
    first, second = rng.choice(list(STRAIGHT), 2, replace=False)
    change = rng.integers(2, FRAMES - 1)  # The first frame of the second way.
    ways = [first if t < change else second for t in range(FRAMES)]
    moves = np.array([STRAIGHT[way] for way in ways])
    moves[0] = 0
    return ways, np.cumsum(moves, 0)
