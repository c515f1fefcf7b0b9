"""Pieces of music are read whole, divided by file, and refused by name."""

import json
import logging

import numpy as np
import pytest

from seqnets import datasets
from seqnets.baselines import piano_keys
from seqnets.data import midi

mido_is_there = pytest.mark.skipif(not midi.is_there(), reason="needs mido")


def refused(path, *words):
    with pytest.raises(ValueError) as caught:
        _ = datasets.load(path, "music").train
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def files(folder, count, roll=None):
    folder.mkdir(parents=True)
    roll = np.eye(88, dtype=np.uint8)[:5] if roll is None else roll
    for i in range(count):
        midi.write(folder / f"{i:02}.mid", roll[: 2 + i % 3], 2, 90)


@mido_is_there
def test_each_style_has_a_folder_and_is_in_every_split(tmp_path):
    files(tmp_path / "own" / "jig", 21)
    files(tmp_path / "own" / "reel", 3)
    found = datasets.load(tmp_path / "own", "music", grid=2)
    assert found.info == {"styles": ["jig", "reel"], "frames_per_beat": [2, 2]}
    counts = [[p.style for p in found[s]].count("jig") for s in datasets.SPLITS]
    assert counts == [17, 2, 2]
    assert [len(found[s]) for s in datasets.SPLITS] == [18, 3, 3]
    first = found.train[0].roll
    np.testing.assert_array_equal(first, np.eye(88, dtype=np.uint8)[:2])


@mido_is_there
def test_files_without_folders_are_one_style_and_few_are_refused(tmp_path):
    files(tmp_path / "tunes", 4)
    assert datasets.load(tmp_path / "tunes", "music").info["styles"] == ["tunes"]
    files(tmp_path / "few", 2)
    refused(tmp_path / "few", "few: 2 MIDI files", "too few")
    (tmp_path / "none").mkdir()
    refused(tmp_path / "none", "no files .mid")


@mido_is_there
def test_a_cut_file_is_named_and_notes_outside_are_counted(tmp_path, caplog):
    import mido

    files(tmp_path / "own", 3)
    path = tmp_path / "own" / "01.mid"
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    refused(tmp_path / "own", "01.mid", "cut off")
    file = mido.MidiFile()
    notes = [mido.Message("note_on", note=n, time=9) for n in (5, 60, 127)]
    file.tracks.append(mido.MidiTrack(notes))
    file.save(path)
    with caplog.at_level(logging.WARNING):
        _ = datasets.load(tmp_path / "own", "music").train
    assert "01.mid: 2 notes are outside" in caplog.text


def test_lists_of_notes_are_read(tmp_path):
    piece = [[60, 64], [], [62]]
    path = tmp_path / "songs.json"
    path.write_text(json.dumps(dict.fromkeys(datasets.SPLITS, [piece])))
    found = datasets.load(path, "music", grid=4)
    assert found.info == {"styles": ["songs"], "frames_per_beat": [4]}
    assert np.argwhere(found.test[0].roll).tolist() == [[0, 39], [0, 43], [2, 41]]


@pytest.mark.parametrize(
    "text, word",
    [
        ("[]", "expected lists of MIDI notes"),
        ('{"train": [[[60]]]}', "valid"),
        ('{"train": [[["x"]]], "valid": [], "test": []}', "songs.json"),
        ('{"train": [[[60.5]]], "valid": [], "test": []}', "songs.json"),
        ('{"train": [[[12]]], "valid": [], "test": []}', "1 notes are not from 21"),
        ('{"train": [[]], "valid": [], "test": []}', "a piece has no frames"),
    ],
)
def test_other_json_is_refused(tmp_path, text, word):
    (tmp_path / "songs.json").write_text(text)
    refused(tmp_path / "songs.json", "songs.json", word)


def test_damaged_rolls_are_named(tmp_path):
    folder = tmp_path / "poly_music"
    folder.mkdir()
    for data in (b"", b"PK\x03\x04", b"text"):
        (folder / "Nottingham.npz").write_bytes(data)
        with pytest.raises(ValueError, match="Nottingham.npz: no file of piano rolls"):
            _ = datasets.load("nottingham", "music", str(tmp_path)).train


def test_published_sets_have_their_sizes_and_baselines(shared):
    """Nats a frame as measured for this project from the original matrices."""
    shared("poly_music")
    folder = shared("jsb")
    measured = {"jsb": (229, 76, 77, 11.09, 10.49)}
    measured["nottingham"] = (694, 173, 170, 10.26, 5.15)
    for name, (*sizes, independent, markov) in measured.items():
        found = datasets.load(name, "music", folder)
        assert [len(found[s]) for s in datasets.SPLITS] == sizes
        rolls = [[piece.roll for piece in found[s]] for s in ("train", "test")]
        assert piano_keys.independent(*rolls) == pytest.approx(independent, abs=0.006)
        assert piano_keys.markov(*rolls) == pytest.approx(markov, abs=0.006)
    both = datasets.load("poly_music", "music", folder)
    one = datasets.load("jsb", "music", folder)
    for piece, same in zip(both.test, one.test, strict=False):
        np.testing.assert_array_equal(piece.roll, same.roll)
