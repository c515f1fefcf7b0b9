"""Series with a class each, in the format of the UEA archive (kind "motions").

Lines that begin with # or @ tell about the data; below `@data` a line is an example,
its dimensions parted by colons, their values by commas, and the class at the end.
"""

from pathlib import Path

import numpy as np

from seqnets.data import files
from seqnets.data.files import Place, unexpected
from seqnets.datasets.dataset import Dataset, Splits
from seqnets.datasets.motions import Motion, check, info

VOWELS = ("JapaneseVowels_TRAIN.ts", "JapaneseVowels_TEST.ts")
HELD_OUT = 6  # Of each speaker, one training utterance in so many validates.


def read_vowels(place: Place) -> Dataset:
    """Reads the Japanese vowels (Kudo et al., 1999): which of nine speakers?

    An utterance is 7 to 29 frames of twelve coefficients of linear prediction. Every
    sixth of a speaker's 30 training utterances validates.
    """

    def splits() -> Splits:
        train, test = (read_ts(place.find(name)) for name in VOWELS)
        counts: dict[str, int] = {}
        found: Splits = {"train": [], "valid": [], "test": test}
        for motion in train:
            (label,) = motion.labels
            counts[label] = counts.get(label, 0) + 1
            held = counts[label] % HELD_OUT == 0
            found["valid" if held else "train"].append(motion)
        check(found, place.name)
        return found

    return Dataset(splits, info)


def read_ts(path: Path) -> list[Motion]:
    """Reads a file; frames are [T, D, 1].

    Raises:
      ValueError: for a line that is no example, with file and line.
    """
    found, begun, wide = [], False, 0
    for number, line in enumerate(files.read_lines(path), 1):
        if not begun or not line.strip():
            begun = begun or line.strip().lower() == "@data"
            continue
        try:
            motion = parse(line)
            wide = wide or motion.frames.shape[1]
            if motion.frames.shape[1] != wide:
                raise ValueError(
                    f"{motion.frames.shape[1]} dimensions, where the first example has"
                    f" {wide}"
                )
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from None
        found.append(motion)
    if not found:
        raise ValueError(f"{path}: no examples below a line @data")
    return found


def parse(line: str) -> Motion:
    """Reads an example.

    Raises:
      ValueError: it is something else, or its dimensions differ in length.
    """
    *dimensions, label = line.strip().split(":")
    try:
        columns = [np.array(own.split(","), np.float32) for own in dimensions]
    except ValueError:
        columns = []
    if not columns or not label or not all(np.isfinite(c).all() for c in columns):
        raise unexpected(line, "dimensions of numbers and a class, parted by colons")
    lengths = sorted({len(column) for column in columns})
    if len(lengths) > 1:
        raise ValueError(f"dimensions of {lengths[0]} and of {lengths[-1]} values")
    return Motion(np.stack(columns, 1)[..., None], (label,))
