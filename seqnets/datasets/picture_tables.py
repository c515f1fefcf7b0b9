"""Tables of a user's own pictures: a line names a picture, and what is said of it.

    beach.jpg<TAB>two dogs run on the sand        captions.tsv, or train.tsv ...

The names are paths from the folder of the table on. Pictures of other sizes are brought
to one shape, as `pictures.read_whole` does it.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqnets.data import pictures
from seqnets.data.files import Place, parse_lines, unexpected
from seqnets.datasets.dataset import SPLITS, Splits

PARTS = {"train": "train.tsv", "valid": "valid.tsv", "test": "test.tsv"}
SHAPE = (64, 64, 3)
HELD_OUT = 10  # One picture in so many validates, and another one tests.


class Line(NamedTuple):
    """A line of a table."""

    picture: str
    rest: tuple[str, ...]


def read(place: Place, whole: str, columns: Sequence[str]) -> dict[str, list[Line]]:
    """Reads the lines of each split.

    Args:
      place: a folder with the files of `PARTS`, or with one table of all pictures,
        which are dealt to the splits by a hash of their names, one in ten to "valid"
        and one to "test".
      whole: name of the one table.
      columns: what stands in a line beside the picture.

    Raises:
      ValueError: for a line of another form, with file and line; fewer pictures than
        splits.
    """
    expected = "<TAB>".join(("picture", *columns))

    def parse(line: str) -> Line:
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != 1 + len(columns) or not all(cells):
            raise unexpected(line, expected)
        return Line(cells[0], tuple(cells[1:]))

    if place.has(PARTS["train"]):
        paths = {split: place.find(name) for split, name in PARTS.items()}
        return {split: list(parse_lines(path, parse)) for split, path in paths.items()}
    lines = list(parse_lines(path := place.find(whole, PARTS["train"]), parse))
    names = sorted({line.picture for line in lines}, key=_hash)
    if len(names) < len(SPLITS):
        raise ValueError(
            f"{path}: {len(names)} pictures; train, valid and test need one each"
        )
    held = max(1, len(names) // HELD_OUT)
    split_of = dict.fromkeys(names, "train")
    split_of |= dict.fromkeys(names[:held], "valid")
    split_of |= dict.fromkeys(names[held : 2 * held], "test")
    return {s: [line for line in lines if split_of[line.picture] == s] for s in SPLITS}


def load(
    place: Place, tables: dict[str, list[Line]], shape: tuple[int, int, int]
) -> Callable[[str], np.ndarray]:
    """Reads every picture of some tables once, and returns them by name.

    Raises:
      ValueError: for a picture that is missing or cannot be read, by name.
    """
    folder, found = place.folders[0], {}
    for split in tables.values():
        for line in split:
            if line.picture not in found:
                found[line.picture] = _read(folder / line.picture, shape)
    return found.__getitem__


def dataset_of(
    place: Place,
    whole: str,
    columns: Sequence[str],
    shape: Sequence[int] | None,
    make: Callable[[list[Line], Callable[[str], np.ndarray]], list[Any]],
) -> Splits:
    """Returns the splits of a folder; see `read` and `load`.

    Args:
      place, whole, columns: as in `read`.
      shape: height, width and channels that all pictures get; None for `SHAPE`.
      make: returns the examples of some lines, given the pictures by name.
    """
    shape = SHAPE if shape is None else tuple(shape)
    check_shape(shape)
    tables = read(place, whole, columns)
    picture = load(place, tables, shape)
    return {split: make(lines, picture) for split, lines in tables.items()}


def check_shape(shape: Sequence[int]) -> None:
    """Raises ValueError unless pictures can have a shape [H, W, C]."""
    if len(shape) != 3 or min(shape[:2]) < 1 or shape[2] not in (1, 3):
        raise ValueError(
            f"the shape of pictures is height, width and 1 or 3 channels, not {shape}"
        )


def _read(path: Path, shape: tuple[int, int, int]) -> np.ndarray:
    try:
        return pictures.read_whole(str(path), shape)
    except OSError as error:
        reason = error.strerror or error
        raise ValueError(f"{path}: the picture cannot be read: {reason}") from None


def _hash(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
