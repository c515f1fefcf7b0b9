"""A race that was interrupted goes on from what it kept."""

import pytest

from benchmarks import worker
from benchmarks.worker import Kept


@pytest.fixture
def asked(monkeypatch):
    """What was measured in a process."""
    asked = []
    monkeypatch.setattr(
        worker, "call", lambda job, **arguments: asked.append(job) or arguments
    )
    return asked


def test_nothing_is_measured_twice(asked, tmp_path):
    path = tmp_path / "folder" / "race.jsonl"
    first = Kept(path).call("race", rounds=3, case={"a": 1})
    again = Kept(path)
    assert again.call("race", case={"a": 1}, rounds=3) == first
    assert again.call("race", case={"a": 2}, rounds=3) != first
    assert asked == ["race", "race"]


def test_without_a_file_nothing_outlasts_the_race(asked):
    for _ in range(2):
        Kept(None).call("race")
    assert asked == ["race", "race"]


def test_a_line_that_was_cut_is_named(tmp_path):
    path = tmp_path / "race.jsonl"
    path.write_text('["a", 1]\n["b"')
    with pytest.raises(ValueError, match="line 2: not a measurement"):
        Kept(path)
