"""What is written as MIDI is read again, and what is no MIDI file is refused."""

import numpy as np
import pytest

from seqnets.data import midi

mido = pytest.importorskip("mido")


def random_roll(frames=12):
    roll = (np.random.default_rng(3).random((frames, 88)) < 0.1).astype(np.uint8)
    roll[-1, 0] = 1  # Silence at the end is not read again.
    return roll


@pytest.mark.parametrize("frames_per_beat", [1, 2, 4])
def test_a_roll_goes_through_a_file(frames_per_beat, tmp_path):
    path, roll = tmp_path / "a.mid", random_roll()
    midi.write(path, roll, frames_per_beat, 90)
    found, outside = midi.read(path, frames_per_beat)
    np.testing.assert_array_equal(found, roll)
    assert outside == 0


def written(path, *messages, ticks=480):
    file = mido.MidiFile(ticks_per_beat=ticks)
    file.tracks.append(mido.MidiTrack(messages))
    file.save(path)
    return path


def on(note, time=0, channel=0, velocity=64):
    options = {"note": note, "time": time, "channel": channel, "velocity": velocity}
    return mido.Message("note_on", **options)


def test_other_notes_are_counted_and_drums_are_left_out(tmp_path):
    messages = on(10), on(60), on(40, channel=9), on(60, 480, velocity=0), on(120)
    found, outside = midi.read(written(tmp_path / "a.mid", *messages), 2)
    assert outside == 2
    assert found.shape == (2, 88) and found.sum() == 2 and found[:, 39].all()


def test_a_short_note_has_a_frame_and_an_endless_one_lasts_to_the_end(tmp_path):
    end = mido.MetaMessage("end_of_track", time=960)
    messages = on(60), on(60, 10, velocity=0), on(62, 470), end
    found, _ = midi.read(written(tmp_path / "a.mid", *messages), 1)
    assert np.argwhere(found).tolist() == [[0, 39], [1, 41], [2, 41]]


def test_a_cut_file_is_refused_wherever_it_is_cut(tmp_path):
    path = tmp_path / "a.mid"
    midi.write(path, random_roll(), 2, 90)
    whole, cut = path.read_bytes(), tmp_path / "cut.mid"
    for size in (0, 3, 10, 20, len(whole) // 2, len(whole) - 1):
        cut.write_bytes(whole[:size])
        with pytest.raises(ValueError, match="cut.mid: ") as caught:
            midi.read(cut, 2)
        assert "\n" not in str(caught.value)


def test_what_has_no_notes_is_refused(tmp_path):
    path = tmp_path / "a.mid"
    path.write_text("no music")
    with pytest.raises(ValueError, match="not a MIDI file"):
        midi.read(path, 2)
    with pytest.raises(ValueError, match="no notes in it$"):
        midi.read(written(path), 2)
    with pytest.raises(ValueError, match="but 1 outside of the piano's 88 keys"):
        midi.read(written(path, on(5)), 2)


def test_without_mido_it_is_asked_for(monkeypatch, tmp_path):
    monkeypatch.setattr(midi.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match="pip install mido"):
        midi.read(tmp_path / "a.mid", 2)
