"""The music experiment: what it plays."""

import wave

import jax
import numpy as np
import pytest
from matplotlib.image import imread

from experiments import music
from seqnets.data import midi
from tests.experiments import small

pytestmark = pytest.mark.usefixtures("quickly")


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    return music.build(small.config("music", tmp_path_factory.mktemp("music")))


@pytest.fixture(scope="module")
def params(task):
    return jax.jit(task.init)(jax.random.key(0))


def test_a_sample_is_drawn_by_its_seed_and_style(task, params):
    first, same, other = (task.sample(params, length=3, seed=s) for s in (0, 0, 1))
    np.testing.assert_array_equal(first.roll, same.roll)
    assert (first.roll != other.roll).any() and first.roll.shape == (3, 88)
    for wrong, words in (
        ({"style": "jazz"}, "style"),
        ({"temperature": 0.0}, "temperature must be above 0"),
        ({"temperature": np.inf}, "temperature must be .*finite, not inf"),
        ({"tempo": 3.0}, "tempo must be 4 to 1000"),
        ({"length": 0}, "length must be 1 or more, not 0"),
        ({"begin": -1}, "begin must be 1 or more, not -1"),
    ):
        with pytest.raises(ValueError, match=words):
            task.sample(params, **wrong)


def test_a_beginning_is_continued_and_all_files_are_written(task, params, tmp_path):
    pytest.importorskip("mido")
    beginning = np.eye(88, dtype=np.uint8)[30:36]
    midi.write(tmp_path / "begin.mid", beginning, 2, 90)
    options = {"beginning": str(tmp_path / "begin.mid"), "begin": 4, "length": 3}
    tune = task.sample(params, **options, output=str(tmp_path / "my.tune"))
    assert [path.name for path in tune.files] == [
        "my.tune.mid", "my.tune.wav", "my.tune.png", "my.tune.txt"
    ]  # fmt: skip
    np.testing.assert_array_equal(tune.roll[:4], beginning[:4])
    assert tune.begun == 4 and tune.roll.shape == (7, 88)
    found, _ = midi.read(tune.files[0], tune.frames_per_beat)
    np.testing.assert_array_equal(found, tune.roll[: len(found)])
    with wave.open(str(tune.files[1])) as file:
        seconds = file.getnframes() / file.getframerate()
    assert seconds == pytest.approx(7 / tune.frames_per_beat * 60 / 90, abs=0.2)
    assert imread(tune.files[2]).std() > 0
    assert str(tune).splitlines()[0] == tune.files[3].read_text().strip()


def test_notes_of_a_beginning_that_the_piano_lacks_are_counted(
    task, params, tmp_path, caplog
):
    mido = pytest.importorskip("mido")
    track = mido.MidiTrack()
    for note in (5, 60, 127, 64):
        track.append(mido.Message("note_on", note=note, velocity=80, time=0))
        track.append(mido.Message("note_off", note=note, time=480))
    mido.MidiFile(ticks_per_beat=480, tracks=[track]).save(tmp_path / "begin.mid")
    task.sample(params, beginning=str(tmp_path / "begin.mid"), length=3)
    assert "begin.mid: 2 notes are outside of the piano's 88 keys" in caplog.text


def test_without_mido_the_other_files_are_written(task, params, tmp_path, monkeypatch):
    monkeypatch.setattr(midi, "is_there", lambda: False)
    tune = task.sample(params, length=3, output=str(tmp_path / "tune"))
    assert {path.suffix for path in tune.files} == {".wav", ".png", ".txt"}
