"""Recordings are dealt as published, and joined to strings that lose none of them."""

import collections
import io
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from seqnets.data import download, spoken_digits
from seqnets.data.spoken_digits import RATE, Recording

_SHARED = os.environ.get("SEQNETS_DATA", Path(__file__).parents[3] / "shared" / "data")


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """No environment variable and no cache, so that tests see only what they make."""
    monkeypatch.delenv("SEQNETS_DATA", raising=False)
    monkeypatch.setattr(download, "cache_dir", lambda: tmp_path / "cache")


def recorded(speakers=("ann", "bob"), digits=range(10), numbers=range(12)):
    """Recordings whose samples tell them apart."""
    return [
        Recording(d, s, n, np.full(80 + n, 0.1 + d / 100, np.float32))
        for s in speakers
        for d in digits
        for n in numbers
    ]


def write(folder, recordings):
    folder.mkdir()
    for digit, speaker, number, samples in recordings:
        soundfile.write(folder / f"{digit}_{speaker}_{number}.wav", samples, RATE)
    return folder


def fails(kind, *words, **options):
    with pytest.raises(kind) as caught:
        spoken_digits.load(**options)
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert str(word) in message


def test_the_published_recordings_are_split_as_published():
    if not Path(_SHARED, "fsdd").exists():
        pytest.skip("needs the data set fsdd in $SEQNETS_DATA")
    splits = spoken_digits.load("fsdd", data_dir=str(_SHARED))
    sizes = {split: len(part) for split, part in splits.items()}
    assert sizes == {"train": 2400, "valid": 300, "test": 300}
    found = [r for part in splits.values() for r in part]
    assert len({r[:3] for r in found}) == 3000
    assert {r.number for r in splits["test"]} == set(range(5))
    lengths = [len(r.samples) for r in found]
    assert (min(lengths), max(lengths)) == (1148, 18262)
    theo = spoken_digits.deal(found, "theo")
    assert {split: len(part) for split, part in theo.items()} == {
        "train": 2000,
        "valid": 250,
        "test": 500,
    }


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "archive"])
def test_recordings_read_back(tmp_path, packed):
    recordings = recorded(digits=(3, 7))
    path = write(tmp_path / "mine", recordings)
    (path / "README.wav.txt").write_text("not a recording")
    if packed:
        with tarfile.open(tmp_path / "mine.tar.gz", "w:gz") as archive:
            archive.add(path, "recordings")
        path = tmp_path / "mine.tar.gz"
    splits = spoken_digits.load(str(path))
    for split, numbers in (("test", range(5)), ("valid", range(5, 10))):
        expected = [r for r in recordings if r.number in numbers]
        assert {r[:3] for r in splits[split]} == {r[:3] for r in expected}
    first = splits["train"][0]
    assert first[:3] == (3, "ann", 10)
    np.testing.assert_allclose(first.samples, np.full(90, 0.13), atol=1e-4)


def test_who_is_held_out_is_heard_in_the_test_only():
    found = recorded(speakers=("ann", "bob", "cid"))
    for held_out in ("bob", 1, 4):
        splits = spoken_digits.deal(found, held_out)
        assert {r.speaker for r in splits["test"]} == {"bob"}
        assert len(splits["test"]) == 120
        for split in ("train", "valid"):
            assert {r.speaker for r in splits[split]} == {"ann", "cid"}


def test_what_is_wrong_is_told(tmp_path):
    fails(FileNotFoundError, "fsdd", "SEQNETS_DATA", corpus="fsdd")
    fails(FileNotFoundError, "nowhere", "tones", corpus="nowhere")
    fails(ValueError, "'eve'", "phone0", corpus="tones", held_out="eve")
    folder = write(tmp_path / "few", recorded(numbers=range(5)))
    fails(ValueError, "no recordings for train", corpus=str(folder))
    (folder / "3_ann_11.wav").write_bytes(b"not sound at all")
    fails(ValueError, "3_ann_11.wav", "not an audio file", corpus=str(folder))
    (tmp_path / "a.tar.xz").write_bytes(b"nor is this an archive")
    fails(ValueError, "a.tar.xz", "no archive", corpus=str(tmp_path / "a.tar.xz"))
    (tmp_path / "empty").mkdir()
    fails(ValueError, "7_jackson_32.wav", corpus=str(tmp_path / "empty"))


def test_an_archive_that_breaks_off_is_told(tmp_path):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:xz") as archive:
        archive.add(write(tmp_path / "mine", recorded()), "recordings")
    (tmp_path / "a.tar.xz").write_bytes(content.getvalue()[:-500])
    fails(ValueError, "no archive", corpus=str(tmp_path / "a.tar.xz"))


def test_tones_are_the_two_of_each_key():
    found = spoken_digits.tones(12, 2)
    assert len(found) == 240
    pairs = {1: (697, 1209), 5: (770, 1336), 9: (852, 1477), 0: (941, 1336)}
    for recording in found:
        if recording.digit in pairs:
            spectrum = np.abs(np.fft.rfft(recording.samples, RATE))
            low, high = spectrum[650:1050].argmax() + 650, spectrum[1150:1550].argmax()
            wanted = pairs[recording.digit]
            assert abs(low / wanted[0] - 1) < 0.025
            assert abs((high + 1150) / wanted[1] - 1) < 0.025
    same = spoken_digits.tones(12, 2)
    np.testing.assert_array_equal(found[7].samples, same[7].samples)


def test_every_recording_is_in_one_string_of_each_pass():
    found = recorded()
    strings = spoken_digits.join(found, 3, digits=(2, 5))
    said = collections.Counter(digit for s in strings for digit in s.digits)
    assert said == dict.fromkeys(range(10), 3 * 24)
    sizes = collections.Counter(len(s.digits) for s in strings)
    assert max(sizes) == 5 and min(sizes.most_common(4))[0] >= 2
    assert sum(sizes[n] for n in sizes if n < 2) <= 3 * 2


def test_strings_are_recordings_in_order_with_gaps_between():
    found = recorded(speakers=("ann",), digits=(1, 4, 8))
    options = {"digits": (3, 3), "gap": (0.05, 0.1)}
    for digits, samples in spoken_digits.join(found, 2, **options):
        levels = np.round(100 * samples - 10).astype(int)
        order = [digit for digit in levels if digit in (1, 4, 8)]
        # Noise may look like a digit for a sample or two.
        runs = [d for i, d in enumerate(order) if order[i : i + 9] == [d] * 9]
        assert tuple(dict.fromkeys(runs)) == tuple(dict.fromkeys(digits))
        spoken = 3 * 85
        assert 4 * 400 + spoken - 20 <= len(samples) <= 4 * 800 + spoken + 20


def test_a_string_is_of_one_speaker():
    found = [r._replace(digit=0 if r.speaker == "ann" else 1) for r in recorded()]
    for digits, _ in spoken_digits.join(found, 1):
        assert len(set(digits)) == 1


def test_strings_are_a_function_of_the_seed():
    found = recorded()
    one, same, other = (
        [s.digits for s in spoken_digits.join(found, 1, seed=s)] for s in (0, 0, 1)
    )
    assert one == same != other


def test_stretching_changes_length_and_pitch():
    tone = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE).astype(np.float32)
    found = [Recording(5, "ann", n, tone) for n in range(12)]
    options = {"digits": (1, 1), "gap": (0.0, 0.0), "stretch": 0.2}
    for _, samples in spoken_digits.join(found, 1, **options):
        factor = RATE / len(samples)
        hertz = np.abs(np.fft.rfft(samples, 4 * RATE)).argmax() / 4
        assert 0.79 < factor < 1.21
        assert hertz == pytest.approx(1000 * factor, rel=0.01)
