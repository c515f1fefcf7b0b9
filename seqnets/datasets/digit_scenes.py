"""Pictures composed of digits, with a caption that tells what stands where.

    a 3 above two 7s, on the right a 1

On the left are one or two groups, of one digit or of two of a kind side by side; where
there are two groups, one is above the other. On the right there may be another group,
of one digit or of two of a kind, one above the other. So there are 8,820 captions, and
each follows from its picture.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets import captions, drawn_digits, images
from seqnets.datasets.captions import Captioned
from seqnets.datasets.dataset import Dataset

SIZES = {"train": 16_000, "valid": 500, "test": 1000}
SHAPE = (56, 80)
PITCH = 24  # From a digit to the one beside it, whose margins may overlap.
LOOSE = 5  # Places, in each direction, from which that of a digit is drawn.


class Group(NamedTuple):
    """One digit, or two of a kind."""

    digit: int
    count: int

    def __str__(self) -> str:
        return f"a {self.digit}" if self.count == 1 else f"two {self.digit}s"


class Scene(NamedTuple):
    """What a picture is composed of."""

    left: tuple[Group, ...]  # One, or two, of which the first is above.
    right: Group | None

    def __str__(self) -> str:
        left = " above ".join(map(str, self.left))
        return left if self.right is None else f"{left}, on the right {self.right}"

    def places(self) -> list[tuple[int, float, float]]:
        """Returns digit, row and column of each; rows 0 to 1, columns 0 to 2."""
        found = []
        for i, group in enumerate(self.left):
            row = i if len(self.left) == 2 else 0.5
            columns = (0.5,) if group.count == 1 else (0, 1)
            found += [(group.digit, row, column) for column in columns]
        if self.right is not None:
            rows = (0.5,) if self.right.count == 1 else (0, 1)
            found += [(self.right.digit, row, 2) for row in rows]
        return found


def read(place: Place) -> Dataset:
    """Composes drawn digits, of which no picture is in two splits."""
    del place  # No file is needed.
    counts = {"train": 5000, "valid": 1000, "test": 1000}

    def draw() -> dict[str, images.Image]:
        drawn = (
            drawn_digits.draw(n, seed=100 + i, noise=0.0)
            for i, n in enumerate(counts.values())
        )
        return {s: images.Image(*own) for s, own in zip(counts, drawn, strict=True)}

    return composed(draw)


def read_mnist(place: Place) -> Dataset:
    """Composes the digits of MNIST, of which no picture is in two splits."""
    return composed(lambda: {s: images.read_own(place)[s].columns for s in SIZES})


def composed(digits: Callable[[], dict[str, images.Image]]) -> Dataset:
    """Names a data set of pictures composed of digits.

    Args:
      digits: returns those of each split, 28 x 28 pixels.

    Returns:
      A data set of `Captioned`, with noise on the pictures.
    """

    def splits() -> dict[str, list[Captioned]]:
        found = digits()
        return {
            split: compose(found[split], count, seed=i)
            for i, (split, count) in enumerate(SIZES.items())
        }

    return captions.dataset(splits)


def compose(
    digits: images.Image, count: int, *, seed: int = 0, noise: int = 24
) -> list[Captioned]:
    """Draws scenes, and composes pictures of them.

    Args:
      digits: images [N, 28, 28] and labels [N].
      count: how many scenes.
      seed: of all that is random.
      noise: the most by which a pixel, 0 to 255, is changed at random.
    """
    rng = np.random.default_rng(seed)
    of_digit = [np.flatnonzero(digits.label == digit) for digit in range(10)]
    found = []
    for _ in range(count):
        scene = draw_scene(rng)
        paper = np.zeros(SHAPE, np.uint8)
        for digit, row, column in scene.places():
            own = of_digit[digit]
            drawn = digits.image[own[rng.integers(len(own))]]
            height, width = drawn.shape
            top, left = (int(PITCH * n) for n in (row, column))
            top, left = (n + int(rng.integers(LOOSE)) for n in (top, left))
            there = paper[top : top + height, left : left + width]
            np.maximum(there, drawn, out=there)
        grain = rng.integers(-noise, noise + 1, SHAPE, np.int16)
        pixels = (paper + grain).clip(0, 255).astype(np.uint8)
        found.append(Captioned(pixels[..., None], (str(scene),)))
    return found


def draw_scene(rng: np.random.Generator) -> Scene:
    """Draws a scene: one or two groups on the left, and in two of three one more."""

    def group() -> Group:
        return Group(int(rng.integers(10)), 1 + int(rng.integers(2)))

    left = tuple(group() for _ in range(1 + int(rng.integers(2))))
    return Scene(left, group() if rng.integers(3) else None)
