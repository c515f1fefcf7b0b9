"""Samples are whole or absent, and can be drawn again."""

import shutil

import pytest

from seqnets.training import loop, samples
from tests.training import toy


def test_samples_are_written_once_and_again_on_demand(tmp_path):
    texts = iter(["first", "second"])
    task = toy.Toy(report=lambda p, folder: (folder / "a.txt").write_text(next(texts)))
    for _ in range(2):
        folder = samples.write(task, {}, tmp_path)
    assert (folder / "a.txt").read_text() == "first"
    (folder / "old.txt").touch()
    samples.write(task, {}, tmp_path, again=True)
    assert [path.name for path in folder.iterdir()] == ["a.txt"]
    assert (folder / "a.txt").read_text() == "second"


def test_a_training_replaces_samples_that_were_drawn_on_the_way(tmp_path):
    config = toy.config(steps=2, eval_every=1)
    loop.fit(toy.Toy(), config, tmp_path)
    final = (tmp_path / "samples/w.txt").read_text()
    # As `report` leaves them in the folder of a run that has not ended.
    for path in (tmp_path / "checkpoints/latest").iterdir():
        shutil.rmtree(path)
    (tmp_path / "samples/w.txt").write_text("early")
    loop.fit(toy.Toy(), config, tmp_path)
    assert (tmp_path / "samples/w.txt").read_text() == final


def test_samples_that_were_cut_short_do_not_bear_the_name(tmp_path):
    def report(params, directory):
        (directory / "half.txt").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        samples.write(toy.Toy(report=report), {}, tmp_path)
    assert not (tmp_path / "samples").exists()
    folder = samples.write(toy.Toy(), {"w": toy.WEIGHTS}, tmp_path)
    assert [path.name for path in folder.iterdir()] == ["w.txt"]


def test_a_task_without_a_report_has_no_samples(tmp_path):
    assert not samples.write(toy.Toy(report=None), {}, tmp_path).exists()
