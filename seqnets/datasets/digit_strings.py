"""Strings of digits: recordings of one speaker, joined with gaps between them."""

import collections
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqnets.datasets.audio import RATE, Recording


class DigitString(NamedTuple):
    """Digits spoken one after the other."""

    digits: tuple[int, ...]
    samples: np.ndarray  # float32 [N], at `RATE`.

    @property
    def text(self) -> str:
        """The digits as they are written, such as "314"."""
        return "".join(map(str, self.digits))


def check(
    passes: int, digits: Sequence[int], gap: Sequence[float], stretch: float
) -> None:
    """Raises ValueError for options that `join` cannot take."""
    (fewest, most), (shortest, longest) = digits, gap
    if passes < 1:
        raise ValueError(f"passes must be positive, not {passes}")
    if not 1 <= fewest <= most:
        raise ValueError(f"digits: no string has {fewest} to {most} digits")
    if not 0 <= shortest <= longest:
        raise ValueError(f"gap: none lasts {shortest} to {longest} seconds")
    if not 0 <= stretch < 1:
        raise ValueError(f"stretch must be in [0, 1), not {stretch}")


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
    by_speaker = collections.defaultdict(list)
    for recording in recordings:
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
