"""Notes are what a roll holds, and their sound has the pitch of their keys."""

import gc
import sys
import wave

import numpy as np
import pytest

from seqnets.data import piano_roll


def random_roll(seed=0, frames=9):
    return (np.random.default_rng(seed).random((frames, 88)) < 0.2).astype(np.uint8)


def test_notes_make_the_roll_again():
    roll, again = random_roll(), np.zeros((9, 88), np.uint8)
    for key, begin, end in piano_roll.notes(roll):
        assert begin < end and not again[begin:end, key].any()
        again[begin:end, key] = 1
    np.testing.assert_array_equal(again, roll)


def test_a_held_key_is_one_note():
    roll = np.zeros((5, 88), np.uint8)
    roll[1:4, 39] = 1
    assert piano_roll.notes(roll) == [(39, 1, 4)]
    assert piano_roll.notes(roll[:0]) == []


def test_keys_have_the_names_of_their_notes():
    assert list(map(piano_roll.name, (0, 39, 48, 87))) == ["A0", "C4", "A4", "C8"]
    roll, outside = piano_roll.from_pitches([[60, 64], [], [20, 109, 108]])
    assert (piano_roll.text(roll), outside) == ("C4 E4 | - | C8", 2)


@pytest.mark.parametrize("key", [0, 48, 87])
def test_the_strongest_tone_is_that_of_the_key(key):
    roll = np.zeros((2, 88), np.uint8)
    roll[:, key] = 1
    samples = piano_roll.synthesise(roll, 0.5)
    assert samples.dtype == np.float32 and np.abs(samples).max() <= 0.8001
    spectrum = np.abs(np.fft.rfft(samples))
    hertz = spectrum.argmax() * piano_roll.RATE / len(samples)
    assert hertz == pytest.approx(440 * 2 ** ((key - 48) / 12), abs=2)


def test_a_silent_roll_is_silence_as_long_as_it(tmp_path):
    path = tmp_path / "a.wav"
    piano_roll.write_wav(path, np.zeros((4, 88), np.uint8), 0.25)
    with wave.open(str(path)) as file:
        assert file.getnframes() >= piano_roll.RATE
        assert not any(file.readframes(file.getnframes()))


def test_a_sound_that_cannot_be_written_is_one_error(tmp_path, monkeypatch):
    found = []
    monkeypatch.setattr(sys, "unraisablehook", found.append)
    with pytest.raises(FileNotFoundError):
        piano_roll.write_wav(tmp_path / "nowhere" / "a.wav", np.zeros((2, 88)), 0.1)
    gc.collect()
    assert not found
