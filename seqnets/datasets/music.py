"""Music as piano rolls: the kind "music".

The plain format is a folder of MIDI files (.mid, .midi), or a folder of such folders,
one for each style. The files of a style are dealt out in alphabetical order, of ten one
tests and one validates; see `dataset.deal`. Or it is a file
{"train": [piece ...], "valid": ..., "test": ...} of JSON, a piece a list of frames, a
frame the list of its MIDI notes, as in [[60, 64, 67], [62], []].

Published sets (Boulanger-Lewandowski et al., 2012) are read as they were divided by
their authors: four-part chorales by Bach, and folk tunes with chords (Nottingham).
"""

import json
import logging
import os
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqnets.data import files, midi
from seqnets.data.files import Place
from seqnets.data.piano_roll import KEYS, from_pitches
from seqnets.datasets.dataset import SPLITS, Dataset, Splits, deal

CHORALE, TUNE = "chorale", "folk tune"

_ENDS = (".mid", ".midi")


class Piece(NamedTuple):
    """A piece of music.

    Attributes:
      style: one of the "styles" of the data set's info, which also has the
        "frames_per_beat" of each.
      roll: uint8 [T, 88]; see `piano_roll`.
    """

    style: str
    roll: np.ndarray


def dataset(read: Callable[[], Splits], frames_per_beat: dict[str, int]) -> Dataset:
    """Returns the data set of pieces of known styles.

    Args:
      read: returns the pieces of each split.
      frames_per_beat: of each style; a beat is a quarter note.
    """
    info = {
        "styles": list(frames_per_beat),
        "frames_per_beat": list(frames_per_beat.values()),
    }
    return Dataset(read, lambda _: info)


def read_own(place: Place, *, grid: int = 2) -> Dataset:
    """Reads MIDI files, or lists of notes, in the plain format.

    Notes that the piano's 88 keys lack are left out, and counted in a warning.

    Args:
      grid: frames of a beat.

    Raises:
      ValueError: it is no such folder, a style has fewer than three files, or as
        `midi.read`.
    """

    def read() -> dict[str, Any]:
        folder = place.path
        if folder.suffix in (".json", ".gz"):
            name = folder.name.partition(".")[0]
            info = {"styles": [name], "frames_per_beat": [grid]}
            return _read_json(folder, name) | {"info": info}
        if not folder.is_dir():
            raise ValueError(f"{folder}: expected a folder of MIDI files, or a .json")
        splits, styles = {split: [] for split in SPLITS}, _styles(folder)
        for style, paths in styles.items():
            for split, own in deal(paths).items():
                splits[split] += [Piece(style, read_midi(p, grid)) for p in own]
        frames = [grid] * len(styles)
        info = {"styles": list(styles), "frames_per_beat": frames}
        return splits | {"info": info}

    return Dataset(read)


def _styles(folder: Path) -> dict[str, list[Path]]:
    """Returns the MIDI files of each style; without folders, of the one that is."""
    inner = {p.name: p for p in sorted(folder.iterdir()) if p.is_dir()}
    found = {
        name: _files(path) for name, path in ({folder.name: folder} | inner).items()
    }
    found = {name: paths for name, paths in found.items() if paths}
    if not found:
        raise ValueError(f"{folder}: there are no files .mid or .midi in it")
    for style, paths in found.items():
        if len(paths) < 3:
            raise ValueError(
                f"{paths[0].parent}: {len(paths)} MIDI files of the style {style!r} are"
                " too few: one trains, one validates and one tests"
            )
    return found


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in _ENDS)


def read_midi(path: str | os.PathLike, grid: int) -> np.ndarray:
    """Reads a MIDI file; notes that the piano lacks are counted in a warning.

    Args:
      path: of the file.
      grid: frames of a beat.

    Returns:
      uint8 [T, 88].

    Raises:
      OSError, ValueError: as `midi.read`.
    """
    roll, outside = midi.read(path, grid)
    if outside:
        logging.getLogger(__name__).warning(
            "%s: %d notes are outside of the piano's 88 keys and were left out",
            *(path, outside),
        )
    return roll


def read_chorales(place: Place) -> Dataset:
    """Reads 382 chorales by Bach in frames of a beat (`jsb-chorales-quarter.json`)."""
    return dataset(lambda: _read_json(place.path, CHORALE), {CHORALE: 1})


def read_voices(place: Place) -> Dataset:
    """Reads the chorales in sixteenths (`Jsb16thSeparated.json`): four voices as one.

    A frame has the note of each voice, -1 where it rests.
    """
    return dataset(lambda: _read_json(place.path, CHORALE), {CHORALE: 4})


def read_tunes(place: Place) -> Dataset:
    """Reads 1,037 folk tunes in frames of half a beat (`Nottingham.npz`)."""
    return dataset(lambda: read_rolls(place.path, TUNE), {TUNE: 2})


def read_both(place: Place) -> Dataset:
    """Reads chorales and folk tunes, whose styles differ (both files of npz)."""

    def read() -> Splits:
        chorales, tunes = (place.find(name) for name in place.files)
        first, second = read_rolls(chorales, CHORALE), read_rolls(tunes, TUNE)
        return {split: [*first[split], *second[split]] for split in SPLITS}

    return dataset(read, {CHORALE: 1, TUNE: 2})


def _read_json(path: Path, style: str) -> Splits:
    """Reads {split: pieces}, a piece a list of frames, a frame a list of MIDI notes."""
    try:
        found = json.loads(files.read(path))
        splits = {split: found[split] for split in SPLITS}
        return {
            split: [Piece(style, _roll(piece)) for piece in pieces]
            for split, pieces in splits.items()
        }
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise ValueError(
            f"{path}: expected lists of MIDI notes by split, piece and frame: {error}"
        ) from None


def _roll(frames: Sequence[Sequence[int]]) -> np.ndarray:
    if not frames:
        raise ValueError("a piece has no frames")
    roll, outside = from_pitches([p for p in frame if p != -1] for frame in frames)
    if outside:
        raise ValueError(f"{outside} notes are not from 21 to 108")
    return roll


def read_rolls(path: Path, style: str) -> Splits:
    """Reads rolls of packed bits: {split}_rolls [N, 11], {split}_offsets, n_keys.

    Raises:
      ValueError: it is no such file.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
        splits = {}
        for split in SPLITS:
            packed, offsets = (found[f"{split}_{n}"] for n in ("rolls", "offsets"))
            rolls = np.unpackbits(packed, axis=1)[:, :KEYS]
            parts = np.split(rolls, offsets[1:-1])
            splits[split] = [Piece(style, roll) for roll in parts]
        return splits
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: no file of piano rolls: {error}") from None
