"""SHAPES (Andreas et al., 2016), and pictures and questions drawn like its own.

A picture is a grid of 3 x 3 cells, each empty or with a shape of a colour. A question
names two sets of cells, and asks whether they have one in common:

    is a red shape left of a square        red ∩ left_of(square) ≠ ∅

where `left_of` gives the cells that are next to those of a set, on their left. `above
left of` is `above(left_of(...))`.
"""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from seqnets.data.files import Place, read_lines
from seqnets.datasets import visual_questions
from seqnets.datasets.dataset import Dataset, Splits
from seqnets.datasets.visual_questions import Question

# Of each split, and of its pictures, questions and answers: as they are published, and
# as they stand where the pictures are packed. There, names have "_" for a dot.
PARTS = {"train": "train.small", "valid": "val", "test": "test"}
FILES = (
    ("{}.input.npy", "{}.query_str.txt", "{}.output"),
    ("{}.images.npz", "{}.query.txt", "{}.answer.txt"),
)
SHAPES, COLORS = ("circle", "square", "triangle"), ("red", "green", "blue")
RELATIONS = {"left of": (0, -1), "right of": (0, 1), "above": (-1, 0), "below": (1, 0)}
CELLS, CELL = 3, 10  # Cells of a side, and pixels of one.
ANSWERS = "false", "true"
GROUPS = "no relation", "one relation", "two relations"
SHARES = 0.4, 0.4, 0.2  # Of generated questions, by how many relations they have.
EMPTY = 0.2  # Share of cells.
SIZES = {"train": 20_000, "valid": 500, "test": 1000}
CHUNK = 1000  # Pictures that are drawn at once.
DRAWN = 24  # Grids among which one of the answer that is wanted is looked for.

Words = tuple[str, tuple[str, ...], str]  # What, relations, to what.


def read(place: Place, *, part: str = "small", generated: int | None = None) -> Dataset:
    """Reads SHAPES; its small training part has 640 pictures, and ten questions.

    Args:
      part: of the training examples: "tiny", "small", "med" or "large", whichever there
        is.
      generated: how many examples drawn by `draw` are added to those that train, none
        of them with a question of the other splits.
    """

    def splits() -> Splits:
        names = PARTS | {"train": f"train.{part}"}
        found = {split: _read_part(place, name) for split, name in names.items()}
        if generated:
            known = {own.question for s in ("valid", "test") for own in found[s]}
            asked = [words for words in every() if sentence(words) not in known]
            found["train"] += draw(np.random.default_rng(0), asked, generated)
        return found

    return visual_questions.dataset(splits, ANSWERS)


def read_generated(place: Place, *, pictures: int | None = None) -> Dataset:
    """Draws pictures, and a question about each; all splits have all questions.

    Args:
      pictures: how many to train on, 20,000 by default.
    """
    del place  # No file is needed.
    counts = SIZES | ({} if pictures is None else {"train": pictures})

    def splits() -> Splits:
        asked = list(every())
        return {
            split: draw(np.random.default_rng((1, i)), asked, count)
            for i, (split, count) in enumerate(counts.items())
        }

    return visual_questions.dataset(splits, ANSWERS)


def every() -> Iterator[Words]:
    """Yields every question of up to two relations: 756 of them."""
    names = (*COLORS, *SHAPES)
    for count in range(len(GROUPS)):
        relations = itertools.product(RELATIONS, repeat=count)
        yield from itertools.product(names, relations, names)


def sentence(words: Words) -> str:
    """Writes a question as SHAPES does."""
    what, relations, where = words
    where = where if not relations and where in COLORS else _noun(where)
    return " ".join(("is", _noun(what), *relations, where))


def answers(grids: np.ndarray, words: Words) -> np.ndarray:
    """Answers a question about many grids.

    Args:
      grids: [N, 3, 3, 2]: the number of the shape, -1 for an empty cell, and of the
        colour.

    Returns:
      [N] bool.
    """
    what, relations, where = words
    there = _cells(grids, where)
    for relation in reversed(relations):
        there = moved(there, RELATIONS[relation])
    return (there & _cells(grids, what)).any((1, 2))


def moved(cells: np.ndarray, step: tuple[int, int]) -> np.ndarray:
    """Returns the cells that lie one step from those of a set, bool [N, 3, 3]."""
    padded = np.pad(cells, ((0, 0), (1, 1), (1, 1)))
    down, right = step
    return padded[:, 1 - down : 1 - down + CELLS, 1 - right : 1 - right + CELLS]


def draw(
    rng: np.random.Generator, asked: Sequence[Words], count: int
) -> list[Question]:
    """Draws questions, pictures and answers; half of the answers are true, if any are.

    Args:
      rng: draws all that is random.
      asked: questions to choose from, by `SHARES`.
      count: how many, N.
    """
    groups = [[own for own in asked if len(own[1]) == n] for n in range(len(GROUPS))]
    shares = [share if own else 0.0 for share, own in zip(SHARES, groups, strict=True)]
    drawn = rng.choice(len(GROUPS), count, p=np.array(shares) / sum(shares))
    wanted = rng.random(count) < 0.5
    grids, found = np.empty((count, CELLS, CELLS, 2), np.int8), []
    for i, (group, want) in enumerate(zip(drawn, wanted, strict=True)):
        words = groups[group][rng.integers(len(groups[group]))]
        tried = draw_grids(rng, DRAWN)
        own = answers(tried, words)
        best = int((own == want).argmax())  # The first one, where none is wanted.
        grids[i] = tried[best]
        answer = "true" if own[best] else "false"
        found.append((sentence(words), answer, GROUPS[group]))
    chunks = np.split(grids, range(CHUNK, count, CHUNK))
    pictures = itertools.chain.from_iterable(render(rng, own) for own in chunks)
    return [Question(p, *own) for p, own in zip(pictures, found, strict=True)]


def draw_grids(rng: np.random.Generator, count: int) -> np.ndarray:
    """Draws grids, int8 [N, 3, 3, 2], as `answers` reads them."""
    grids = rng.integers(3, size=(count, CELLS, CELLS, 2), dtype=np.int8)
    grids[..., 0][rng.random(grids.shape[:3]) < EMPTY] = -1
    return grids


def render(rng: np.random.Generator, grids: np.ndarray) -> np.ndarray:
    """Draws grids in shapes of random sizes and shades, uint8 [N, 30, 30, 3]."""
    count = len(grids)
    cells = grids.reshape(-1, 2)
    small = rng.random(len(cells)) < 0.5
    radius = np.where(small, rng.uniform(2.2, 2.8, len(cells)), 0.0)
    radius = np.where(small, radius, rng.uniform(3.6, 4.1, len(cells)))[:, None, None]
    y, x = np.mgrid[:CELL, :CELL] + 0.5 - CELL / 2
    # How deep a pixel's middle is inside of each shape; half a pixel is its border.
    circle = radius - np.hypot(x, y)
    square = radius - np.maximum(np.abs(x), np.abs(y))
    side = (y + radius - 2 * np.abs(x)) / 5**0.5
    triangle = np.minimum(side, radius - y)
    depth = np.choose(cells[:, 0].clip(0)[:, None, None], [circle, square, triangle])
    ink = (depth + 0.5).clip(0, 1) * (cells[:, 0] >= 0)[:, None, None]
    shade = 255 * np.eye(3)[cells[:, 1]] + rng.normal(0, 25, (len(cells), 3))
    drawn = ink[..., None] * shade.clip(0, 255)[:, None, None]  # [9N, 10, 10, 3]
    grid = drawn.astype(np.uint8).reshape(count, CELLS, CELLS, CELL, CELL, 3)
    size = CELLS * CELL
    return grid.swapaxes(2, 3).reshape(count, size, size, 3)


def _cells(grids: np.ndarray, name: str) -> np.ndarray:
    """Returns the cells with a shape, or of a colour, bool [N, 3, 3]."""
    there = grids[..., 0] >= 0
    if name in SHAPES:
        return grids[..., 0] == SHAPES.index(name)
    return there & (grids[..., 1] == COLORS.index(name))


def _noun(name: str) -> str:
    return f"a {name} shape" if name in COLORS else f"a {name}"


def _read_part(place: Place, name: str) -> list[Question]:
    """Reads the pictures, questions and answers of a part."""
    other = name.replace(".", "_")
    of_part = [
        place.find(published.format(name), packed.format(other))
        for published, packed in zip(*FILES, strict=True)
    ]
    pictures, lines = _read_pictures(of_part[0]), []
    for path in of_part[1:]:
        lines.append(read_lines(path))
        if len(lines[-1]) != len(pictures):
            raise ValueError(
                f"{path}: {len(lines[-1])} lines for the {len(pictures)} pictures of"
                f" {of_part[0]}"
            )
    return [
        Question(picture, question.strip(), answer.strip(), _group(question))
        for picture, question, answer in zip(pictures, *lines, strict=True)
    ]


def _read_pictures(path: Path) -> np.ndarray:
    """Reads pictures, uint8 [N, H, W, 3], red first; the file has blue first."""
    try:
        held = np.load(path, allow_pickle=False)
        pictures = held if isinstance(held, np.ndarray) else held["images"]
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"{path}: cannot be read: {error}") from None
    if pictures.ndim != 4 or pictures.dtype != np.uint8 or pictures.shape[-1] != 3:
        raise ValueError(
            f"{path}: expected bytes [N, H, W, 3], not {pictures.dtype}"
            f" {list(pictures.shape)}"
        )
    return pictures[..., ::-1]


def _group(question: str) -> str:
    first = [relation.split()[0] for relation in RELATIONS]
    count = sum(word in first for word in question.split())
    return GROUPS[min(count, len(GROUPS) - 1)]
