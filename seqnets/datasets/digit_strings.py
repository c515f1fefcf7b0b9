"""Strings of digits: recordings of one speaker, joined with gaps between them.

They are random, or telephone numbers, of which a language model knows something: an
area code of three digits, an exchange of two, of which each area has few, and two more.
"""

import collections
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqnets.datasets.audio import RATE, Recording

AREAS, EXCHANGES = 8, 4  # Of an area, as drawn by `telephones`.


class DigitString(NamedTuple):
    """Digits spoken one after the other."""

    digits: tuple[int, ...]
    samples: np.ndarray  # float32 [N], at `RATE`.

    @property
    def text(self) -> str:
        """The digits as they are written, such as "314"."""
        return "".join(map(str, self.digits))


def join(
    recordings: Sequence[Recording],
    passes: int,
    *,
    seed: int = 0,
    digits: tuple[int, int] = (1, 7),
    gap: tuple[float, float] = (0.05, 0.4),
    stretch: float = 0.0,
) -> list[DigitString]:
    """Joins recordings to strings.

    Every recording is in one string of each pass. Before, between and after them are
    gaps, with noise as loud as the quietest tenth of the recordings.

    Args:
      recordings: of any speakers.
      passes: number of strings that each recording is in.
      seed: seed of all that is random.
      digits: least and greatest number of digits of a string; the remainder of a
        speaker's recordings at the end of a pass may be shorter.
      gap: least and greatest duration of a gap, in seconds.
      stretch: the range of speeds of a string is 1 ± `stretch`; a slower string is
        also lower.

    Returns:
      Strings, those of a pass and a speaker together.
    """
    rng, strings = np.random.default_rng(seed), []
    for _ in range(passes):
        for own in _by_speaker(recordings).values():
            order = [own[i] for i in rng.permutation(len(own))]
            while order:
                size = rng.integers(digits[0], digits[1] + 1)
                chosen, order = order[:size], order[size:]
                strings.append(_joined(chosen, rng, gap, stretch))
    return strings


def dial(
    recordings: Sequence[Recording],
    passes: int,
    *,
    seed: int = 0,
    gap: tuple[float, float] = (0.05, 0.4),
    stretch: float = 0.0,
) -> list[DigitString]:
    """Joins recordings to telephone numbers; a digit is any recording of it.

    Args:
      recordings, seed, gap, stretch: as in `join`.
      passes: how many times a recording is used, on the average.

    Returns:
      Strings of seven digits, those of a pass and a speaker together.

    Raises:
      ValueError: a speaker has no recording of some digit.
    """
    rng, strings, prefixes = np.random.default_rng(seed), [], telephones()
    for _ in range(passes):
        for speaker, own in _by_speaker(recordings).items():
            spoken = [[r for r in own if r.digit == digit] for digit in range(10)]
            if not all(spoken):
                missing = spoken.index([])
                raise ValueError(f"{speaker} has no recording of the digit {missing}")
            for _ in range(len(own) // 7):
                prefix = prefixes[rng.integers(len(prefixes))]
                number = (*prefix, *rng.integers(0, 10, 2).tolist())
                chosen = [spoken[d][rng.integers(len(spoken[d]))] for d in number]
                strings.append(_joined(chosen, rng, gap, stretch))
    return strings


def telephones() -> list[tuple[int, ...]]:
    """Returns all pairs of an area code and an exchange, five digits each."""
    rng = np.random.default_rng(1876)
    areas = [(0, *divmod(int(n), 10)) for n in rng.choice(100, AREAS, replace=False)]
    found = []
    for area in areas:
        for exchange in rng.choice(100, EXCHANGES, replace=False):
            found.append((*area, *divmod(int(exchange), 10)))
    return found


def _by_speaker(recordings: Sequence[Recording]) -> dict[str, list[Recording]]:
    found = collections.defaultdict(list)
    for recording in recordings:
        found[recording.speaker].append(recording)
    return found


def _joined(
    chosen: list[Recording],
    rng: np.random.Generator,
    gap: tuple[float, float],
    stretch: float,
) -> DigitString:
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
    return DigitString(digits, samples.astype(np.float32))
