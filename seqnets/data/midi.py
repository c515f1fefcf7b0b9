"""MIDI files to piano rolls and back, by mido."""

import importlib.util
import os
import types
from pathlib import Path

import numpy as np

from seqnets.data.piano_roll import KEYS, LOWEST, notes

_TICKS = 480  # Of a beat, in what is written.
_PERCUSSION = 9  # The channel whose notes are drums.
_LONGEST = 100_000  # Frames; a delta time that is damaged can be of many days.


def is_there() -> bool:
    """Whether mido is installed."""
    return importlib.util.find_spec("mido") is not None


def _mido() -> types.ModuleType:
    if not is_there():
        raise ValueError("MIDI files are read and written by mido: pip install mido")
    return importlib.import_module("mido")


def read(path: str | os.PathLike, frames_per_beat: int) -> tuple[np.ndarray, int]:
    """Reads a MIDI file; all its tracks and channels but the drums are one roll.

    A note is on from the frame whose beginning is nearest to its own, for one frame or
    more; changes of tempo are left out, as a frame is a part of a beat.

    Args:
      path: of the file.
      frames_per_beat: how many frames a beat, a quarter note, has.

    Returns:
      The roll, uint8 [T, 88], and the number of notes outside of its range.

    Raises:
      OSError: there is no such file.
      ValueError: it is not a MIDI file, is cut or damaged, or has no notes in the
        range; or mido is not installed.
    """
    mido, data = _mido(), Path(path)
    with data.open("rb") as file:
        try:
            found = mido.MidiFile(file=file)
        except EOFError:
            raise ValueError(f"{path}: the MIDI file is cut off") from None
        except Exception as error:  # Of whatever kind the parser meets.
            reason = str(error) or type(error).__name__
            raise ValueError(f"{path}: not a MIDI file, or damaged: {reason}") from None
    if found.ticks_per_beat <= 0 or found.ticks_per_beat >= 2**15:
        raise ValueError(f"{path}: its time is not counted in beats; convert it")
    scale = frames_per_beat / found.ticks_per_beat
    spans, outside = [], 0
    for track in found.tracks:
        own, missed = _notes(track)
        spans += own
        outside += missed
    if not spans:
        where = f" but {outside} outside of the piano's 88 keys" if outside else ""
        raise ValueError(f"{path}: there are no notes in it{where}")
    frames = [(key, round(a * scale), round(b * scale)) for key, a, b in spans]
    length = max(max(b, a + 1) for _, a, b in frames)
    if length > _LONGEST:
        raise ValueError(f"{path}: damaged: its notes end after {length} frames")
    roll = np.zeros((length, KEYS), np.uint8)
    for key, a, b in frames:
        roll[a : max(b, a + 1), key] = 1
    return roll, outside


def _notes(track) -> tuple[list[tuple[int, int, int]], int]:
    """Returns (key, begin, end) in ticks of the notes of a track; how many have no key.

    A note that never ends lasts until its track does.
    """
    time, outside, found = 0, 0, []
    begun: dict[tuple[int, int], int] = {}
    for message in track:
        time += message.time
        if message.type not in ("note_on", "note_off"):
            continue
        if message.channel == _PERCUSSION:
            continue
        key = message.note - LOWEST
        starts = message.type == "note_on" and message.velocity > 0
        if not 0 <= key < KEYS:
            outside += starts
            continue
        place = message.channel, key
        if place in begun:
            found.append((key, begun.pop(place), time))
        if starts:
            begun[place] = time
    found += [(key, begin, time) for (_, key), begin in begun.items()]
    return found, outside


def write(
    path: str | os.PathLike, roll: np.ndarray, frames_per_beat: int, tempo: float
) -> None:
    """Writes a roll [T, 88] as a MIDI file of one track, a piano's.

    Args:
      path: of the file.
      roll: [T, 88]; a key that is on in frames in a row is one note.
      frames_per_beat: how many frames a beat, a quarter note, has.
      tempo: beats a minute.

    Raises:
      ValueError: mido is not installed.
    """
    mido = _mido()
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo)))
    events = []
    for key, begin, end in notes(roll):
        # At one time, keys are released before others are struck.
        events += [(begin, 1, "note_on", key), (end, 0, "note_off", key)]
    before = 0
    for frame, _, kind, key in sorted(events):
        time = round(frame * _TICKS / frames_per_beat)
        message = {"note": key + LOWEST, "velocity": 80, "time": time - before}
        track.append(mido.Message(kind, **message))
        before = time
    end = round(len(roll) * _TICKS / frames_per_beat)
    track.append(mido.MetaMessage("end_of_track", time=end - before))
    file = mido.MidiFile(ticks_per_beat=_TICKS)
    file.tracks.append(track)
    file.save(str(path))
