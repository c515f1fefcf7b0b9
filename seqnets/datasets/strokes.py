"""Drawings by pen: the kind "strokes".

{"text": "T", "strokes": [[[0, 0], [8, 0]], [[4, 0], [4, 9]]]}       a line, a drawing

A stroke is a list of points x, y, of which y grows downwards, while the pen is down;
the text, which may be left out, is what is written. Published sets have the offset from
point to point, and whether the pen lifts after it (Ha & Eck, 2017).
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets import json_lines
from seqnets.datasets.dataset import SPLITS, Dataset, Splits

EXPECTED = 'a JSON object with "strokes", and "text" where something is written'
FARTHEST = 1e6  # No coordinate is beyond: float32 is exact to a tenth there.


class Drawing(NamedTuple):
    """The way of a pen from its first point on, and what it writes."""

    text: str
    points: np.ndarray  # float32 [N, 3]: dx, dy, and 1 where the pen lifts after it.


def read_own(place: Place) -> Dataset:
    """Reads drawings in the plain format; see `json_lines.read` for the files.

    Raises:
      ValueError: for a line that is no drawing, with file and line; or one whose text
        has a symbol that no text of the training has.
    """

    def read() -> Splits:
        splits = json_lines.read(place, parse)
        known = {symbol for drawing in splits["train"] for symbol in drawing.text}
        for split in ("valid", "test"):
            for number, drawing in enumerate(splits[split], 1):
                for symbol in drawing.text:
                    if symbol not in known:
                        raise ValueError(
                            f"{place.path}: example {number} of {split} has the symbol"
                            f" {symbol!r}, which is in no text of train"
                        )
        return splits

    return Dataset(read, info)


def read_published(place: Place) -> Dataset:
    """Reads a set of Ha & Eck (2017), converted: points and offsets of each split.

    Raises:
      ValueError: the file is something else.
    """

    def read() -> Splits:
        try:
            with np.load(place.path, allow_pickle=False) as arrays:
                parts = {
                    s: (arrays[f"{s}_points"], arrays[f"{s}_offsets"]) for s in SPLITS
                }
        except (OSError, ValueError, KeyError) as error:
            raise ValueError(f"{place.path}: cannot be read: {error}") from None
        return {
            split: [Drawing("", p) for p in np.split(points.astype("f4"), ends[1:-1])]
            for split, (points, ends) in parts.items()
        }

    return Dataset(read, info)


def info(dataset: Dataset) -> dict[str, Any]:
    """Returns facts of the training drawings.

    Returns:
      "symbols" of their texts; "scale", the root mean square of dx and dy, by which
      offsets are divided to be normalised; and "range", the least and the greatest dx
      and dy, [[dx, dy], [dx, dy]].
    """
    train = dataset.train
    offsets = np.concatenate([drawing.points[:, :2] for drawing in train])
    scale = float(np.sqrt(np.square(offsets, dtype=np.float64).mean()))
    return {
        "symbols": sorted({symbol for drawing in train for symbol in drawing.text}),
        "scale": scale or 1.0,
        "range": [offsets.min(0).tolist(), offsets.max(0).tolist()],
    }


def parse(line: str) -> Drawing:
    """Reads a line of the plain format.

    Raises:
      ValueError: it is something else, or has a number that is not finite.
    """
    found = json_lines.fields(line, EXPECTED, ["strokes"])
    text, given = found.get("text", ""), found["strokes"]
    if not isinstance(text, str):
        raise ValueError('the "text" must be a text')
    if not isinstance(given, list) or not given:
        raise ValueError('the "strokes" must be a list of strokes')
    strokes = []
    for number, stroke in enumerate(given, 1):
        what = f"stroke {number} must be a list of points [x, y]"
        points = json_lines.numbers(stroke, 2, what)
        if points.shape[1] != 2:
            raise ValueError(f"{what}, not of {points.shape[1]} numbers each")
        if np.abs(points).max() > FARTHEST:
            raise ValueError(f"stroke {number}: a coordinate is beyond {FARTHEST:,.0f}")
        strokes.append(points)
    drawing = Drawing(text, from_strokes(strokes))
    return drawing


def to_json(text: str, strokes: Sequence[np.ndarray]) -> str:
    """Writes a line of the plain format."""
    rounded = [np.round(stroke.astype(float), 3).tolist() for stroke in strokes]
    return json.dumps({"text": text, "strokes": rounded})


def from_strokes(strokes: Sequence[np.ndarray]) -> np.ndarray:
    """Returns points [N, 3] of strokes, [n, 2] each; a stroke of one point is a dot."""
    strokes = [np.repeat(s, 2, 0) if len(s) == 1 else s for s in strokes]
    places = np.concatenate(strokes)
    lifts = np.zeros(len(places), np.float32)
    lifts[np.cumsum([len(stroke) for stroke in strokes]) - 1] = 1
    offsets = np.diff(places, axis=0)
    return np.column_stack([offsets, lifts[1:]]).astype(np.float32)


def to_strokes(points: np.ndarray) -> list[np.ndarray]:
    """Returns the strokes [n, 2] of points [N, 3]; the first one begins at 0, 0."""
    places = np.vstack([np.zeros(2), np.cumsum(points[:, :2].astype(float), 0)])
    ends = np.flatnonzero(points[:, 2] > 0.5) + 2
    return [stroke for stroke in np.split(places, ends) if len(stroke)]
