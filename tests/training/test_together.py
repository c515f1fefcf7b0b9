"""Several processes of one run are as one, to the end and past the death of one."""

import json
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import jax
import numpy as np
import pytest

from seqnets.training import reporting
from seqnets.training.checkpoint import Checkpoints
from seqnets.training.evaluation import restore
from tests import virtual
from tests.training import together

ROOT = Path(__file__).parents[2]
TRAIN = "train --config=small.py --workdir={}"
AFTER = (
    "evaluate --workdir=run",
    "report --workdir=run",
    "sample --workdir=run",
    "table run",
    "predict --workdir=run",  # Two lines have no answer: an error of all processes.
)
LINES = "1\n-2.5\nx\n猫\n0.5\n"


def start(folder, count, place, address, *lines, **environment):
    """Starts one of `count` processes, each with one device; or one that has two."""
    several = {
        "JAX_COORDINATOR_ADDRESS": address,
        "JAX_NUM_PROCESSES": str(count),
        "JAX_PROCESS_ID": str(place),
    }
    devices = 2 // count
    environment |= several if count > 1 else {}
    environment["PYTHONPATH"] = str(ROOT)
    # Not into pipes: one that nobody reads while it waits for another would fill up.
    said = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")  # noqa: SIM115
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.training.together", *lines],
        cwd=folder,
        env=virtual.environment(devices) | environment,
        stdin=subprocess.PIPE,
        stdout=said[0],
        stderr=said[1],
        text=True,
    )
    return process, said


def free_address():
    with socket.socket() as free:
        free.bind(("localhost", 0))
        return f"localhost:{free.getsockname()[1]}"


def pair(folder, *lines, **last):
    """Starts two processes; `last` is the environment of the second one only."""
    address = free_address()
    return [start(folder, 2, i, address, *lines, **(last if i else {})) for i in (0, 1)]


def end(started, stdin=""):
    process, said = started
    process.communicate(stdin, timeout=120)
    texts = []
    for file in said:
        with file:
            file.seek(0)
            texts.append(file.read())
    return SimpleNamespace(status=process.returncode, out=texts[0], err=texts[1])


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """What became of two processes: one killed, then both stopped, then taken up."""
    folder = tmp_path_factory.mktemp("together")
    (folder / "small.py").write_text(together.CONFIG)
    evaluate = AFTER[0].replace("run", "alone")
    alone = start(folder, 1, 0, "", TRAIN.format("alone"), evaluate)
    killed = list(map(end, pair(folder, TRAIN.format("run"), KILL_AT="15")))
    left = Checkpoints(folder / "run").meta()["progress"]["step"]
    lines = [TRAIN.format("run"), *[TRAIN.format("run"), *AFTER]]
    processes = pair(folder, *lines, STOP_AT="20")
    # Only the first one has lines to be answered.
    finished = [end(p, text) for p, text in zip(processes, (LINES, ""), strict=True)]
    return SimpleNamespace(
        folder=folder, killed=killed, left=left, finished=finished, alone=end(alone)
    )


def test_the_death_of_one_process_ends_the_other_with_one_line(story):
    first, second = story.killed
    assert second.status == -signal.SIGKILL
    assert first.status == 1 and 10 <= story.left < 20
    errors = [line for line in first.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1 and "another process of this run has ended" in errors[0]
    assert "Traceback" not in first.err


def test_processes_of_different_configs_are_refused_and_leave_no_folder(story):
    address, train = free_address(), TRAIN.format("other") + " --config.seed={}"
    different = [start(story.folder, 2, i, address, train.format(i)) for i in (0, 1)]
    for process in map(end, different):
        assert process.status == 1 and "different configs" in process.err
    assert not (story.folder / "other").exists()


def test_a_signal_to_one_process_stops_all_after_one_step(story):
    for process in story.finished:
        assert "Traceback" not in process.err
        (line,) = (x for x in process.err.splitlines() if x.startswith("stopped by"))
        assert line.startswith("stopped by SIGTERM after step 2")
    assert story.finished[0].out.splitlines()[0] == f"status {128 + signal.SIGTERM}"


def test_two_processes_end_where_one_process_with_two_devices_does(story):
    found, expected = (
        restore(together.Together(), story.folder / name) for name in ("run", "alone")
    )
    for a, b in zip(*map(jax.tree.leaves, (found, expected)), strict=True):
        np.testing.assert_array_equal(a, b)
    lines, alone = (
        [
            {name: x for name, x in record.items() if not name.endswith("_s")}
            for record in reporting.read(story.folder / name)
        ]
        for name in ("run", "alone")
    )
    assert lines == alone
    samples = (story.folder / name / "samples/answers.txt" for name in ("run", "alone"))
    np.testing.assert_array_equal(*map(np.loadtxt, samples))


def test_every_command_works_with_several_processes_and_the_first_one_prints(story):
    first, second = story.finished
    assert story.alone.status == 0 and first.status == second.status == 1
    assert second.out == "" and "2 of 5 lines have no answer" in first.err
    statuses = [x for x in first.out.splitlines() if x.startswith("status")]
    assert statuses[1:] == ["status 0"] * 5
    scores, alone = (
        json.loads(next(x for x in out.splitlines() if x.startswith("{")))
        for out in (first.out, story.alone.out)
    )
    assert scores == alone and scores["answers"] == 10
    rows = [line.split("\t") for line in first.out.splitlines() if "\t" in line]
    assert [row[0] for row in rows] == ["1", "-2.5", "-", "-", "0.5"]
    assert (
        "samples/answers.txt" in first.out and "| run | 1 | valid loss |" in first.out
    )
