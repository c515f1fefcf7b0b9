"""Sort-of-CLEVR: six objects on a picture, and questions about them.

Santoro et al. (2017). Each object has a colour of its own, and is a circle or a square.
Non-relational questions are about one of them, relational ones about one among the
others. Ties are not asked about.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets import visual_questions
from seqnets.datasets.dataset import Dataset
from seqnets.datasets.visual_questions import Question

SIZE, RADIUS = 75, 5
COLORS = {
    "red": (230, 25, 30),
    "green": (0, 150, 40),
    "blue": (20, 40, 230),
    "orange": (255, 150, 0),
    "grey": (128, 128, 128),
    "yellow": (245, 230, 20),
}
SHAPES = "circle", "square"
ANSWERS = ("no", "yes", *SHAPES, *(str(1 + i) for i in range(len(COLORS))))
PICTURES = {"train": 9800, "valid": 200, "test": 200}
ASKED = 10  # Questions of each of the two groups about a picture.


class Thing(NamedTuple):
    """An object."""

    color: str
    shape: str
    x: int  # Of its middle, in pixels from the left,
    y: int  # and from above.


def read(place: Place, *, pictures: int | None = None) -> Dataset:
    """Draws pictures, and asks twenty questions about each.

    Args:
      pictures: how many to train on; 9,800 by default, as in the paper.
    """
    del place  # No file is needed.
    counts = PICTURES | ({} if pictures is None else {"train": pictures})

    def splits() -> dict[str, list[Question]]:
        return {
            split: [
                question
                for i in range(count)
                for question in ask(np.random.default_rng((seed, i)))
            ]
            for seed, (split, count) in enumerate(counts.items())
        }

    return visual_questions.dataset(splits, ANSWERS)


def ask(rng: np.random.Generator) -> Iterator[Question]:
    """Draws a picture, and yields questions about it, all different."""
    things = draw_things(rng)
    picture = render(things)
    for group, questions in (
        ("non-relational", list(alone(things))),
        ("relational", list(among(things))),
    ):
        for i in rng.permutation(len(questions))[:ASKED]:
            yield Question(picture, *questions[i], group)


def draw_things(rng: np.random.Generator) -> list[Thing]:
    """Draws the objects of a picture, none of which touches another."""
    things: list[Thing] = []
    while len(things) < len(COLORS):
        x, y = rng.integers(RADIUS, SIZE - RADIUS, 2).tolist()
        shape = SHAPES[rng.integers(2)]
        # Squares whose middles are so far apart in either direction do not touch.
        if all(max(abs(x - t.x), abs(y - t.y)) > 2 * RADIUS + 1 for t in things):
            things.append(Thing(list(COLORS)[len(things)], shape, x, y))
    return things


def render(things: list[Thing]) -> np.ndarray:
    """Draws objects on white, uint8 [75, 75, 3]."""
    paper = np.full((SIZE, SIZE, 3), 255, np.uint8)
    y, x = np.mgrid[-RADIUS : RADIUS + 1, -RADIUS : RADIUS + 1]
    inside = {"circle": x**2 + y**2 <= RADIUS**2, "square": np.full(x.shape, True)}
    for thing in things:
        rows, columns = (slice(n - RADIUS, n + RADIUS + 1) for n in (thing.y, thing.x))
        paper[rows, columns][inside[thing.shape]] = COLORS[thing.color]
    return paper


def alone(things: list[Thing]) -> Iterator[tuple[str, str]]:
    """Yields non-relational questions, and their answers."""
    for t in things:
        yield f"what shape is the {t.color} object?", t.shape
        for side, is_there in (("left", t.x < SIZE // 2), ("top", t.y < SIZE // 2)):
            answer = "yes" if is_there else "no"
            yield f"is the {t.color} object on the {side}?", answer


def among(things: list[Thing]) -> Iterator[tuple[str, str]]:
    """Yields relational questions, and their answers."""
    for t in things:
        others = [own for own in things if own != t]
        distances = [(own.x - t.x) ** 2 + (own.y - t.y) ** 2 for own in others]
        for word, least in (("closest to", min), ("furthest from", max)):
            found = least(distances)
            if distances.count(found) == 1:
                shape = others[distances.index(found)].shape
                yield f"what shape is the object {word} the {t.color} one?", shape
        same = sum(own.shape == t.shape for own in things)
        yield f"how many objects have the shape of the {t.color} one?", str(same)
