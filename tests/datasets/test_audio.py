"""Recordings are read back, and split as published or by speaker."""

import io
import tarfile

import numpy as np
import pytest
import soundfile

from seqnets import datasets
from seqnets.datasets import audio
from seqnets.datasets.audio import RATE, Recording


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


def fails(kind, *words, corpus, **options):
    with pytest.raises(kind) as caught:
        _ = datasets.load(corpus, "audio", **options).train
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert str(word) in message


def test_the_published_recordings_are_split_as_published(shared):
    folder = shared("fsdd")
    dataset = datasets.load("fsdd", "audio", folder)
    sizes = {split: len(dataset[split]) for split in datasets.SPLITS}
    assert sizes == {"train": 2400, "valid": 300, "test": 300}
    found = [r for split in datasets.SPLITS for r in dataset[split]]
    assert len({r[:3] for r in found}) == 3000
    assert {r.number for r in dataset.test} == set(range(5))
    lengths = [len(r.samples) for r in found]
    assert (min(lengths), max(lengths)) == (1148, 18262)
    theo = audio.divide(found, "theo")
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
    dataset = datasets.load(path, "audio")
    assert dataset.info == {"rate": RATE}
    for split, numbers in (("test", range(5)), ("valid", range(5, 10))):
        expected = [r for r in recordings if r.number in numbers]
        assert {r[:3] for r in dataset[split]} == {r[:3] for r in expected}
    first = dataset.train[0]
    assert first[:3] == (3, "ann", 10)
    np.testing.assert_allclose(first.samples, np.full(90, 0.13), atol=1e-4)


def test_a_speaker_held_out_is_in_the_test_split_only():
    found = recorded(speakers=("ann", "bob", "cid"))
    for held_out in ("bob", 1, 4):
        splits = audio.divide(found, held_out)
        assert {r.speaker for r in splits["test"]} == {"bob"}
        assert len(splits["test"]) == 120
        for split in ("train", "valid"):
            assert {r.speaker for r in splits[split]} == {"ann", "cid"}


def test_the_first_speaker_can_be_held_out_by_number():
    dataset = datasets.load("tones", "audio", held_out=0)
    assert {r.speaker for r in dataset.test} == {"phone0"}


def test_errors_name_what_is_wrong(tmp_path):
    fails(FileNotFoundError, "fsdd", "SEQNETS_DATA", corpus="fsdd")
    fails(ValueError, "nowhere", "tones", corpus="nowhere")
    fails(ValueError, "'eve'", "phone0", corpus="tones", held_out="eve")
    folder = write(tmp_path / "few", recorded(numbers=range(5)))
    fails(ValueError, "no recordings for train", corpus=str(folder))
    (folder / "3_ann_11.wav").write_bytes(b"not sound at all")
    fails(ValueError, "3_ann_11.wav", "not an audio file", corpus=str(folder))
    (tmp_path / "a.tar.xz").write_bytes(b"nor is this an archive")
    fails(ValueError, "a.tar.xz", "no archive", corpus=str(tmp_path / "a.tar.xz"))
    (tmp_path / "empty").mkdir()
    fails(ValueError, "7_jackson_32.wav", corpus=str(tmp_path / "empty"))


def test_a_truncated_archive_is_refused(tmp_path):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:xz") as archive:
        archive.add(write(tmp_path / "mine", recorded()), "recordings")
    (tmp_path / "a.tar.xz").write_bytes(content.getvalue()[:-500])
    fails(ValueError, "no archive", corpus=str(tmp_path / "a.tar.xz"))
