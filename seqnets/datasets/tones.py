"""Generated recordings of telephone keys, two tones each, in noise (ITU-T Q.23)."""

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets import audio
from seqnets.datasets.audio import RATE, Recording
from seqnets.datasets.dataset import Dataset

_LOW, _HIGH = (697, 770, 852, 941), (1209, 1336, 1477)  # Hz, of rows and columns.
_KEYS = ("123", "456", "789", " 0 ")


def read(place: Place, *, held_out: str | int | None = None) -> Dataset:
    """Generates recordings of four telephones, which stand in for speakers.

    Args:
      held_out: as in `audio.dataset`; telephones are called "phone0" to "phone3".

    Raises:
      ValueError: for an unknown telephone.
    """
    del place
    return audio.dataset(draw, held_out)


def draw(
    count: int = 40,
    phones: int = 4,
    *,
    seed: int = 0,
    noise: tuple[float, float] = (0.1, 0.5),
) -> list[Recording]:
    """Draws recordings of every digit on telephones that are out of tune, in noise.

    Args:
      count: number of recordings of each digit and telephone.
      phones: number of telephones, each with pitch, loudness and noise of its own.
      seed: seed of all that is random.
      noise: range of the noise of a telephone, as a part of its loudness.
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
