"""Piano rolls: which of 88 keys sound in each frame, and what follows from a roll.

A roll is uint8 [T, 88]; key 0 is MIDI note 21 (A0), key 87 is note 108 (C8). Frames are
of equal length, such as a beat. A key that is on in two frames in a row is one note
that is held: a roll does not tell it from a note that is struck again.
"""

import wave
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

KEYS = 88
LOWEST = 21  # The MIDI note of the first key.
RATE = 22050  # Samples a second of what is synthesised.

_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_HARMONICS = 6
_ATTACK, _RELEASE, _DECAY = 0.01, 0.08, 1.5  # Seconds; nats a second.


class Note(NamedTuple):
    """A key that is on in the frames from `begin` to before `end`."""

    key: int
    begin: int
    end: int


def from_pitches(frames: Iterable[Iterable[int]]) -> tuple[np.ndarray, int]:
    """Returns the roll of frames that are given as MIDI notes.

    Args:
      frames: the notes of each frame.

    Returns:
      uint8 [T, 88], and how many notes no key has; those are left out.
    """
    frames = [list(frame) for frame in frames]
    roll, outside = np.zeros((len(frames), KEYS), np.uint8), 0
    for t, pitches in enumerate(frames):
        for pitch in pitches:
            if 0 <= pitch - LOWEST < KEYS:
                roll[t, pitch - LOWEST] = 1
            else:
                outside += 1
    return roll, outside


def notes(roll: np.ndarray) -> list[Note]:
    """Returns the notes of a roll [T, 88], in the order in which they begin."""
    edges = np.diff(np.pad(roll.astype(np.int8), ((1, 1), (0, 0))), axis=0)
    found = []
    for key in np.flatnonzero(roll.any(0)).tolist():
        begins = np.flatnonzero(edges[:, key] > 0).tolist()
        ends = np.flatnonzero(edges[:, key] < 0).tolist()
        found += [Note(key, *pair) for pair in zip(begins, ends, strict=True)]
    return sorted(found, key=lambda note: (note.begin, note.key))


def text(roll: np.ndarray) -> str:
    """Returns the names of the keys of each frame, as in "C4 E4 G4 | -"."""
    frames = [" ".join(map(name, np.flatnonzero(frame))) or "-" for frame in roll]
    return " | ".join(frames)


def name(key: int) -> str:
    """Returns the name of a key: that of key 39, MIDI note 60, is "C4"."""
    octave, place = divmod(int(key) + LOWEST, 12)
    return f"{_NAMES[place]}{octave - 1}"


def synthesise(roll: np.ndarray, seconds: float) -> np.ndarray:
    """Returns the sound of a roll: decaying harmonics of each note.

    x(s) = Σ_notes e^(-d s) Σ_h sin(2π h f s) / h²,  f = 440 · 2^((note - 69) / 12) Hz,
    with s the seconds since the note began.

    Args:
      roll: [T, 88].
      seconds: of a frame.

    Returns:
      float32 [N] at `RATE` samples a second, in [-0.8, 0.8].
    """
    found = np.zeros(round(RATE * (len(roll) * seconds + _RELEASE)) + 1)
    for key, begin, end in notes(roll):
        start = round(RATE * begin * seconds)
        held = (end - begin) * seconds
        time = np.arange(round(RATE * (held + _RELEASE))) / RATE
        fade = np.minimum(time / _ATTACK, (held + _RELEASE - time) / _RELEASE)
        loud = np.exp(-_DECAY * time) * np.clip(fade, 0.0, 1.0)
        frequency = 440.0 * 2.0 ** ((key + LOWEST - 69) / 12)
        tones = np.arange(1, _HARMONICS + 1)
        tones = tones[tones * frequency < RATE / 2]  # Others would be heard as lower.
        sound = (
            np.sin(2 * np.pi * frequency * np.outer(tones, time)) / tones[:, None] ** 2
        )
        found[start : start + len(time)] += (loud * sound.sum(0))[: len(found) - start]
    loudest = max(float(np.abs(found).max()), 1e-9)
    return (0.8 / loudest * found).astype(np.float32)


def write_wav(path: Path, roll: np.ndarray, seconds: float) -> None:
    """Writes the sound of a roll as 16-bit WAV; see `synthesise`."""
    samples = np.round(32767 * synthesise(roll, seconds)).astype("<i2")
    # Were wave to open it, a path that cannot be made would leave a traceback as well.
    with path.open("wb") as raw, wave.open(raw, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
