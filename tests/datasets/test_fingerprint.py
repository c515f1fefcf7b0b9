"""A fingerprint is of the examples alone, and any change of them changes it."""

import numpy as np

from seqnets import datasets
from seqnets.data.assets import Assets
from seqnets.datasets import fingerprint
from seqnets.datasets.dataset import Rows
from seqnets.datasets.labelled import Labelled
from seqnets.datasets.points import Point

TEXTS = [Labelled("good", ("a", "b")), Labelled("bad", ("c",))]
KNOWN = "8f79d5fd683e15e1b19d5a86a4060b37371d80e2d0fce00ee2c9c5d786035456"


def rows(*, last=3.0, dtype=np.float32):
    y = np.array([1, 2, last], dtype)
    return Rows(Point(y[:, None], y))


def test_equal_examples_have_the_same_one_wherever_they_are_read():
    assert fingerprint.of(TEXTS) == fingerprint.of([tuple(e) for e in TEXTS]) == KNOWN
    assert fingerprint.of(rows()) == fingerprint.of(rows(dtype=">f4"))
    twice = np.arange(6)[::2]
    assert fingerprint.of([twice]) == fingerprint.of([twice.copy()])


def test_every_change_changes_it():
    others = [
        TEXTS[::-1],
        TEXTS[:1],
        [Labelled("good", ("ab",)), TEXTS[1]],
        [Labelled("good", ("a", "B")), TEXTS[1]],
        ["a\ud800"],
        rows(),
        rows(last=4.0),
        rows(dtype=np.float64),
        [np.zeros((2, 3))],
        [np.zeros((3, 2))],
    ]
    assert len({fingerprint.of(other) for other in [TEXTS, *others]}) == 11


def test_a_run_folder_records_what_was_read_and_sees_a_change(tmp_path, caplog):
    text, run = tmp_path / "my.txt", tmp_path / "run"
    text.write_text("one two three\n" * 40)
    run.mkdir()

    def load():
        assets = Assets(run)
        datasets.load(text, "text", assets=assets).train  # noqa: B018
        return assets

    load().save(run)
    assert load().changed == []
    text.write_text("one two three\n" * 39 + "one two four!\n")
    assert load().changed == [f"{text} (test)"]
    assert len(caplog.records) == 1


def test_what_differs_among_processors_is_not_recorded(tmp_path):
    assets = Assets()
    datasets.load("waves", "points", assets=assets).train  # noqa: B018
    assets.save(tmp_path)
    assert "sha256" not in (tmp_path / "data.json").read_text()
