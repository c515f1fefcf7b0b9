"""Movements, frame by frame: the kind "motions".

{"label": "wave", "frames": [[[0, 1, 0], [1, 1, 0]], [[0, 2, 0], [1, 1, 0]]]}    a line

A frame is a table of numbers: the joints of a skeleton, x, y, z each, or the lines of a
picture, 0 to 255. In the place of "label" there may be "labels", one for each frame.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets import json_lines
from seqnets.datasets.dataset import SPLITS, Dataset, Splits

EXPECTED = 'a JSON object with "frames", and "label" or "labels"'


class Motion(NamedTuple):
    """Frames of a movement, and what it is."""

    frames: np.ndarray  # [T, J, 3] float32 of joints, or [T, H, W] of pictures.
    labels: tuple[str, ...]  # One for all frames, or one for each.


def read_own(place: Place) -> Dataset:
    """Reads movements in the plain format; see `json_lines.read` for the files.

    Raises:
      ValueError: for a line that is no movement, or with frames of another shape than
        the first, with file and line; or a class that no training example has.
    """

    def read() -> Splits:
        splits = json_lines.read(place, parser())
        check(splits, str(place.path))
        return splits

    return Dataset(read, info)


def check(splits: Splits, name: str) -> None:
    """Raises ValueError for labels that cannot be learnt; `name` is of the data."""
    known = {label for motion in splits["train"] for label in motion.labels}
    if len(known) < 2:
        raise ValueError(f"{name}: all training movements have one label")
    for split in SPLITS:
        for number, motion in enumerate(splits[split], 1):
            for label in motion.labels or [""]:
                if label not in known or not label:
                    raise ValueError(
                        f"{name}: example {number} of {split} has the label {label!r},"
                        " which is of no training example"
                        if label
                        else f"{name}: example {number} of {split} has no label"
                    )


def info(dataset: Dataset) -> dict[str, Any]:
    """Returns {"classes": names, "shape": of a frame} of the training examples."""
    train = dataset.train
    classes = sorted({label for motion in train for label in motion.labels})
    return {"classes": classes, "shape": list(train[0].frames.shape[1:])}


def parser(shape: tuple[int, ...] | None = None) -> Callable[[str], Motion]:
    """Returns a function that reads lines of the plain format.

    Args:
      shape: of every frame; None: that of the first line.
    """
    known = shape and tuple(shape)

    def parse(line: str) -> Motion:
        """Reads a line; without a label it has none.

        Raises:
          ValueError: it is something else, or its frames are of another shape.
        """
        nonlocal known
        found = json_lines.fields(line, EXPECTED, ["frames"])
        what = 'the "frames" must be tables of numbers, rank 3 in all'
        frames = json_lines.numbers(found["frames"], 3, what)
        known = frames.shape[1:] if known is None else known
        if frames.shape[1:] != known:
            sizes = (" x ".join(map(str, s)) for s in (frames.shape[1:], known))
            raise ValueError(
                "frames of {} numbers, where the first example, or the model, has {}:"
                " every skeleton must have the same joints".format(*sizes)
            )
        return Motion(frames, _labels(found, len(frames)))

    return parse


def _labels(fields: dict[str, Any], length: int) -> tuple[str, ...]:
    one, many = fields.get("label"), fields.get("labels")
    if many is None:
        if one is not None and not isinstance(one, str):
            raise ValueError('the "label" must be a text')
        return (one,) if one else ()
    if not isinstance(many, list) or not all(isinstance(own, str) for own in many):
        raise ValueError('the "labels" must be a list of texts')
    if len(many) != length:
        raise ValueError(f'{len(many)} "labels" for {length} frames')
    return tuple(many)
