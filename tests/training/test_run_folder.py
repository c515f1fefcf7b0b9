"""A folder is taken if it is new or of this very config, else left alone."""

import json
import os

import pytest

from seqnets.training.run_folder import check, claim, read_goal
from tests.training import toy


def test_a_folder_of_another_config_is_refused(tmp_path):
    claim(tmp_path / "run", toy.config())
    claim(tmp_path / "run", toy.config())
    config = toy.config(seed=4, optimizer={"learning_rate": 0.1}, more=None)
    with pytest.raises(ValueError) as raised:
        claim(tmp_path / "run", config)
    assert "seed is 3 there, 4 here" in str(raised.value)
    assert "optimizer.learning_rate is 0.05 there, 0.1 here" in str(raised.value)
    assert "more is 'absent' there, None here" in str(raised.value)
    assert "momentum" not in str(raised.value)


def test_a_folder_that_is_no_run_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(ValueError, match="is not a run folder"):
        claim(tmp_path, toy.config())
    assert os.listdir(tmp_path) == ["thesis.tex"]
    with pytest.raises(ValueError, match="cannot use run folder .*thesis.tex"):
        claim(tmp_path / "thesis.tex", toy.config())


def test_a_folder_that_cannot_be_written_is_refused(tmp_path, monkeypatch):
    claim(tmp_path, toy.config())
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(ValueError, match="cannot write in run folder"):
        claim(tmp_path, toy.config())


def test_a_folder_whose_making_was_cut_short_is_taken(tmp_path):
    (tmp_path / "config.json.unfinished").write_text('{"se')
    (tmp_path / "goal.json").write_text('["va')
    claim(tmp_path, toy.config(steps=2))
    assert sorted(os.listdir(tmp_path)) == ["config.json", "goal.json"]
    assert json.loads((tmp_path / "config.json").read_text())["steps"] == 2


def test_the_goal_is_recorded_also_in_a_folder_that_lacks_it(tmp_path):
    goal = ("valid", "loss", "min")
    claim(tmp_path, toy.config())
    assert read_goal(tmp_path) is None
    claim(tmp_path / "b", toy.config(), goal)
    assert read_goal(tmp_path / "b") == goal
    (tmp_path / "b" / "goal.json").unlink()
    assert read_goal(tmp_path / "b") is None
    claim(tmp_path / "b", toy.config(), goal)
    assert read_goal(tmp_path / "b") == goal


def test_checking_makes_nothing(tmp_path):
    check(tmp_path / "run", toy.config())
    check(tmp_path, toy.config())
    assert os.listdir(tmp_path) == []
