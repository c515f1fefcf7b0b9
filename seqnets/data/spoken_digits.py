"""Digits that were spoken, or dialled, and strings of them joined together.

The free spoken digit dataset (Jackson et al., 2018) has 3,000 recordings at 8 kHz, of
six speakers who say each digit fifty times; its files are called
`digit_speaker_number.wav`. Without it there are the tones of a telephone's keys, two at
a time (ITU-T Q.23).
"""

import collections
import lzma
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seqnets.data import audio, files

RATE = 8000
KNOWN = ("tones", "fsdd")

# Of the fifty, those that test and validate; the others train.
TEST, VALID = range(5), range(5, 10)

_NAME = re.compile(r"(?:.*/)?(\d)_([^/_]+)_(\d+)\.wav")
_LOW, _HIGH = (697, 770, 852, 941), (1209, 1336, 1477)
_KEYS = ("123", "456", "789", " 0 ")


class Recording(NamedTuple):
    digit: int
    speaker: str
    number: int
    samples: np.ndarray  # float32 [N], at 8 kHz.


class Spoken(NamedTuple):
    digits: tuple[int, ...]
    samples: np.ndarray  # float32 [N], at 8 kHz.


Splits = dict[str, list[Recording]]


def load(
    corpus: str, *, held_out: str | int | None = None, data_dir: str | None = None
) -> Splits:
    """Reads the recordings of "train", "valid" and "test".

    Args:
      corpus: "tones" (generated), "fsdd", or a folder or tar archive of files that are
        named as above.
      held_out: a speaker, whose recordings are the test, all of them and nobody else's;
        or a number, which counts speakers over and over. None is the official split:
        everybody's first five of each digit are the test.
      data_dir: as in `files.find`.

    Raises:
      FileNotFoundError: there is no such corpus.
      ValueError: it holds other files, or too few, or nobody of that name.
    """
    if corpus == "tones":
        found = tones()
    elif corpus == "fsdd":
        found = read(files.find("fsdd", "recordings.tar.xz", data_dir))
    elif Path(corpus).exists():
        found = read(Path(corpus))
    else:
        raise FileNotFoundError(
            f"no corpus {corpus!r}: not a folder or archive, nor {' or '.join(KNOWN)}"
        )
    return deal(found, held_out)


def read(path: Path) -> list[Recording]:
    """Reads a folder, or a tar archive, of recordings.

    Raises:
      ValueError: it holds none, or one that is not audio.
    """
    found = []
    for name, data in _contents(path):
        match = _NAME.fullmatch(name)
        if match:
            digit, speaker, number = match.groups()
            samples = audio.decode(data, RATE, name=f"{path}: {name}")
            found.append(Recording(int(digit), speaker, int(number), samples))
    if not found:
        raise ValueError(f"{path}: holds no files such as 7_jackson_32.wav")
    # An archive has no order to rely on.
    return sorted(found, key=lambda r: r[:3])


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yields the name and the content of each file of a folder or archive."""
    if path.is_dir():
        for file in path.glob("*.wav"):
            yield file.name, file.read_bytes()
        return
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile():
                    yield member.name, archive.extractfile(member).read()
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError) as error:
        reason = str(error).partition("\n")[0].rstrip(":")
        raise ValueError(f"{path}: no archive that can be read: {reason}") from None


def deal(found: list[Recording], held_out: str | int | None = None) -> Splits:
    """Parts recordings by their number, or by their speaker; see `load`.

    Raises:
      ValueError: for a speaker there is not, or a part without recordings.
    """
    speakers = sorted({r.speaker for r in found})
    if isinstance(held_out, int):
        held_out = speakers[held_out % len(speakers)]
    if held_out is not None and held_out not in speakers:
        raise ValueError(f"no speaker {held_out!r}: there are {', '.join(speakers)}")
    splits: Splits = {"train": [], "valid": [], "test": []}
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


def tones(
    count: int = 40,
    phones: int = 4,
    *,
    seed: int = 0,
    noise: tuple[float, float] = (0.1, 0.5),
) -> list[Recording]:
    """Dials every digit on telephones that are out of tune, in noise.

    Args:
      count: how often each digit is dialled on each telephone.
      phones: how many there are, each with pitch, loudness and noise of its own.
      seed: of all that is random.
      noise: the least and the most that a telephone has, as a part of its loudness.
    """
    rng = np.random.default_rng(seed)
    pairs = {
        int(key): (low, high)
        for low, row in zip(_LOW, _KEYS, strict=True)
        for high, key in zip(_HIGH, row, strict=True)
        if key != " "
    }
    found = []
    for phone in range(phones):
        tune, loud = rng.uniform(0.985, 1.015), rng.uniform(0.05, 0.5)
        noisy = loud * rng.uniform(*noise)
        for digit, number in np.ndindex(10, count):
            size = int(RATE * rng.uniform(0.08, 0.2))
            seconds = np.arange(size) / RATE
            turns = np.outer(pairs[digit], tune * seconds) + rng.uniform(size=(2, 1))
            fade = np.minimum(1.0, np.minimum(seconds, seconds[::-1]) / 0.01)
            samples = loud * fade * np.sin(2 * np.pi * turns).mean(0)
            samples = samples + noisy * rng.standard_normal(size)
            recording = samples.astype(np.float32)
            found.append(Recording(digit, f"phone{phone}", number, recording))
    return found


def join(
    found: list[Recording],
    passes: int,
    *,
    seed: int = 0,
    digits: tuple[int, int] = (1, 7),
    gap: tuple[float, float] = (0.05, 0.4),
    stretch: float = 0.0,
) -> list[Spoken]:
    """Joins recordings to strings, each of one speaker.

    Every recording is in one string of each pass. Before, between and after them are
    gaps, with noise as loud as the quietest tenth of the recordings.

    Args:
      found: the recordings.
      passes: how often each is used.
      seed: of all that is random.
      digits: the fewest and the most of a string; what is left of a speaker's
        recordings at the end of a pass may be fewer.
      gap: the shortest and the longest, in seconds.
      stretch: how much slower or faster, and so lower or higher, a string may become;
        0.1 is up to a tenth either way.

    Returns:
      Strings, those of a pass and a speaker together.
    """
    by_speaker = collections.defaultdict(list)
    for recording in found:
        by_speaker[recording.speaker].append(recording)
    rng, strings = np.random.default_rng(seed), []
    for _ in range(passes):
        for own in by_speaker.values():
            order = [own[i] for i in rng.permutation(len(own))]
            while order:
                size = rng.integers(digits[0], digits[1] + 1)
                chosen, order = order[:size], order[size:]
                strings.append(_joined(chosen, rng, gap, stretch))
    return strings


def _joined(
    chosen: list[Recording],
    rng: np.random.Generator,
    gap: tuple[float, float],
    stretch: float,
) -> Spoken:
    spoken = np.concatenate([r.samples for r in chosen])
    quiet = np.quantile(np.abs(spoken), 0.1)

    def silence() -> np.ndarray:
        size = round(RATE * rng.uniform(*gap))
        return quiet * rng.standard_normal(size, np.float32)

    parts = [silence()]
    for recording in chosen:
        parts += [recording.samples, silence()]
    samples = np.concatenate(parts)
    if stretch:
        speed = rng.uniform(1 - stretch, 1 + stretch)
        places = np.arange(0, len(samples) - 1, speed)
        samples = np.interp(places, np.arange(len(samples)), samples)
    digits = tuple(recording.digit for recording in chosen)
    return Spoken(digits, samples.astype(np.float32))
