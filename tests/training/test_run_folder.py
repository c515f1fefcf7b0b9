"""A folder is taken if it is new or of this very config, and by one run at a time."""

import json
import os
import socket
import subprocess
import sys

import pytest

from seqnets.training import loop
from seqnets.training.run_folder import check, claim, lock, read_goal
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


def test_a_run_goes_on_when_a_new_cell_has_brought_its_options(tmp_path):
    claim(tmp_path / "run", toy.config(cell={"name": "GRU", "dim": 4}))
    later = {"name": "GRU", "dim": 4, "slots": None}
    claim(tmp_path / "run", toy.config(cell=later))
    with pytest.raises(ValueError, match="cell.slots is None there, 2 here$"):
        claim(tmp_path / "run", toy.config(cell=later | {"slots": 2}))


def test_a_task_is_trained_with_the_config_that_it_was_built_from(tmp_path):
    task = toy.Toy(config=toy.config())
    with pytest.raises(ValueError, match="another config: seed is 3 there, 4 here"):
        loop.fit(task, toy.config(seed=4), tmp_path / "run")
    assert not (tmp_path / "run").exists()


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


HOLD = """
import fcntl, os, signal, sys
file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(file, fcntl.LOCK_EX)
os.write(file, b"process 7 on elsewhere")
print("held", flush=True)
signal.pause()
"""


def test_a_folder_has_one_run_at_a_time_and_says_whose(tmp_path):
    holder = f"in use by process {os.getpid()} on {socket.gethostname()}: wait for it"
    with lock(tmp_path):
        with pytest.raises(ValueError, match=holder), lock(tmp_path):
            raise AssertionError("locked twice")
        with pytest.raises(ValueError, match=holder):
            loop.fit(toy.Toy(batches=None), toy.config(), tmp_path)
        claim(tmp_path, toy.config())
    assert sorted(os.listdir(tmp_path)) == ["config.json", "goal.json"]
    with lock(tmp_path):
        pass


def test_the_lock_of_a_dead_process_is_taken_over(tmp_path):
    command = [sys.executable, "-S", "-c", HOLD, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout.readline() == b"held\n"
            with pytest.raises(ValueError, match="in use by process 7 on elsewhere:"):
                lock(tmp_path).__enter__()
        finally:
            process.kill()  # It would wait for ever.
    with lock(tmp_path):
        check(tmp_path, toy.config())
        assert str(os.getpid()) in (tmp_path / "lock").read_text()


def test_a_folder_that_was_made_for_nothing_is_removed(tmp_path):
    with pytest.raises(ValueError, match="refused"), lock(tmp_path / "a/b/run"):
        raise ValueError("refused")
    assert os.listdir(tmp_path) == []
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="cannot use run folder"):
        lock(tmp_path / "file/run").__enter__()


@pytest.mark.parametrize("name", ["config.json", "goal.json"])
@pytest.mark.parametrize("text", [b"", b"{", b"3", b"[]", b'["valid"]', b"\xff"])
def test_a_damaged_file_is_named(tmp_path, name, text):
    claim(tmp_path, toy.config(), ("valid", "loss", "min"))
    (tmp_path / name).write_bytes(text)
    with pytest.raises(ValueError) as raised:
        check(tmp_path, toy.config())
        read_goal(tmp_path)
    assert str(raised.value).startswith(f"{tmp_path / name} is damaged: ")
    assert "\n" not in str(raised.value)
