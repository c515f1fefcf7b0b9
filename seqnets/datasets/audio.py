"""Recordings of spoken digits: the kind "audio".

The plain format is a folder, or a tar archive, of files `digit_speaker_number.wav`,
such as `7_jackson_32.wav`. Of each digit and speaker, numbers 0 to 4 are the test
split, numbers 5 to 9 the validation split, and all others the training split.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seqnets.data import audio
from seqnets.data.files import Place, read_archive
from seqnets.datasets.dataset import SPLITS, Dataset, Splits

RATE = 8000  # Samples a second, of all recordings once they are read.
TEST, VALID = range(5), range(5, 10)  # Numbers of recordings.

_NAME = re.compile(r"(?:.*/)?(\d)_([^/_]+)_(\d+)\.wav")


class Recording(NamedTuple):
    """One digit, spoken once."""

    digit: int
    speaker: str
    number: int
    samples: np.ndarray  # float32 [N], at `RATE`.


def read_own(place: Place, *, held_out: str | int | None = None) -> Dataset:
    """Reads a folder or archive in the plain format.

    Args:
      held_out: see `dataset`.

    Raises:
      ValueError: as for `dataset` and `read`.
    """
    return dataset(lambda: read(place.path), held_out)


def dataset(
    recordings: Callable[[], list[Recording]], held_out: str | int | None = None
) -> Dataset:
    """Returns the data set of some recordings; its info has their "rate".

    Args:
      recordings: returns them, when a split is first asked for.
      held_out: a speaker, whose recordings are the test split, all of them, and are in
        no other; or a number, which is taken modulo the number of speakers. None splits
        by the numbers of recordings.

    Raises:
      ValueError: as `divide`.
    """
    return Dataset(lambda: divide(recordings(), held_out), lambda _: {"rate": RATE})


def divide(found: Sequence[Recording], held_out: str | int | None = None) -> Splits:
    """Divides recordings by number, or by speaker; see `dataset`.

    Raises:
      ValueError: for an unknown speaker, or a split without recordings.
    """
    speakers = sorted({r.speaker for r in found})
    if isinstance(held_out, int):
        held_out = speakers[held_out % len(speakers)]
    if held_out is not None and held_out not in speakers:
        raise ValueError(f"no speaker {held_out!r}: there are {', '.join(speakers)}")
    splits: Splits = {split: [] for split in SPLITS}
    for recording in found:
        if recording.speaker == held_out:
            splits["test"].append(recording)
        elif recording.number in VALID:
            splits["valid"].append(recording)
        elif recording.number not in TEST:
            splits["train"].append(recording)
        elif held_out is None:
            splits["test"].append(recording)
    for split, part in splits.items():
        if not part:
            raise ValueError(
                f"no recordings for {split}: numbers {TEST.start} to {TEST.stop - 1}"
                f" test, {VALID.start} to {VALID.stop - 1} validate, others train"
            )
    return splits


def read(path: Path) -> list[Recording]:
    """Reads the recordings of a folder or tar archive, by digit, speaker and number.

    Raises:
      ValueError: it has none, or one that is not audio.
    """
    found = []
    for name, data in _contents(path):
        match = _NAME.fullmatch(name)
        if match:
            digit, speaker, number = match.groups()
            samples = audio.decode(data, RATE, name=f"{path}: {name}")
            found.append(Recording(int(digit), speaker, int(number), samples))
    if not found:
        raise ValueError(f"{path}: has no files such as 7_jackson_32.wav")
    # The order of the files of an archive is arbitrary.
    return sorted(found, key=lambda r: r[:3])


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yields the name and the content of each file of a folder or archive."""
    if path.is_dir():
        return ((file.name, file.read_bytes()) for file in path.glob("*.wav"))
    return read_archive(path)
