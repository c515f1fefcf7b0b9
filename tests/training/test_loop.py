"""A run is a function of its config, whatever happens to the process on the way."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import jax
import numpy as np
import pytest

from seqnets.data.assets import Assets
from seqnets.training import devices, loop, optimizer, reporting, run_folder
from seqnets.training.checkpoint import CheckpointError, Checkpoints
from seqnets.training.evaluation import evaluate, restore
from seqnets.training.interruption import Interrupted
from seqnets.training.step import Program
from tests import virtual
from tests.training import toy

ROOT = Path(__file__).parents[2]


def lines(workdir):
    """The records of a run, but for what the wall-clock says."""
    return [
        {name: value for name, value in record.items() if not name.endswith("_s")}
        for record in reporting.read(workdir)
    ]


def latest(workdir, config=None):
    """The newest checkpoint: its arrays, and the bookkeeping beside them."""
    config = toy.config() if config is None else config
    program = Program(
        toy.Toy(),
        optimizer.build(config.optimizer, None, 1),
        seed=config.seed,
        batch=toy.batch(0),
    )
    state, meta = Checkpoints(workdir).restore_latest(program.target)
    return state, meta["progress"]


def assert_same_run(workdir, reference, exact=True):
    """The same metrics and arrays, to the bit or to rounding."""
    for found, expected in zip(lines(workdir), lines(reference), strict=True):
        assert found.pop("split") == expected.pop("split")
        assert found == (expected if exact else pytest.approx(expected, rel=1e-4))
    (found, progress), (expected, expected_progress) = map(latest, (workdir, reference))
    for a, b in zip(*map(jax.tree.leaves, (found, expected)), strict=True):
        np.testing.assert_allclose(a, b, rtol=0 if exact else 1e-4)
    if exact:
        assert progress == expected_progress


def command(workdir, *fields, devices=1, stderr=subprocess.PIPE):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.training.toy", str(workdir), *fields],
        cwd=ROOT,
        env=virtual.environment(devices),
        stderr=stderr,
        text=True,
    )


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The folder of a run that nothing interrupted."""
    workdir = tmp_path_factory.mktemp("reference") / "run"
    loop.fit(toy.Toy(), toy.config(), workdir)
    return workdir


def test_a_run_leaves_everything_in_its_folder(reference):
    assert {path.name.split(".")[0] for path in reference.iterdir()} == {
        *("config", "goal", "metrics", "checkpoints", "events", "samples")
    }
    assert (reference / "samples" / "w.txt").exists()
    train = [record for record in lines(reference) if record["split"] == "train"]
    valid = [record for record in lines(reference) if record["split"] == "valid"]
    assert [record["step"] for record in train] == [*range(7, 40, 7), 40]
    assert [record["step"] for record in valid] == [10, 20, 30, 40]
    assert list(train[0]) == ["step", "split", "loss", "learning_rate", "grad_norm"]
    assert {"rows_per_s", "elapsed_s"} < set(reporting.read(reference)[0])
    assert valid[-1]["loss"] < valid[0]["loss"] / 2
    params = restore(toy.Toy(), reference)
    again = evaluate(toy.Toy(), params, "valid")
    assert again["loss"] == pytest.approx(min(record["loss"] for record in valid))


def test_a_complete_run_is_not_run_again(reference):
    def batches(split, start):
        raise AssertionError("batches of a complete run were read")

    with pytest.raises(ValueError, match="seed is 3 there, 4 here"):
        loop.fit(toy.Toy(batches=batches), toy.config(seed=4), reference)
    before = {path: path.stat().st_mtime_ns for path in reference.rglob("*")}
    params = loop.fit(toy.Toy(batches=batches), toy.config(), reference)
    assert params["w"].shape == (3,)
    assert before == {path: path.stat().st_mtime_ns for path in reference.rglob("*")}


def test_a_run_that_is_killed_twice_ends_as_if_it_never_was(tmp_path, reference):
    moments = random.Random()
    killed = 0
    for enough in (moments.randint(0, 3), moments.randint(4, 8)):
        # Not into a pipe: nobody reads it meanwhile, and a full one stops the process.
        process = command(tmp_path / "run", stderr=subprocess.DEVNULL)
        path = tmp_path / "run" / "metrics.jsonl"
        while process.poll() is None:
            if path.exists() and path.read_bytes().count(b"\n") > enough:
                time.sleep(moments.random() / 20)
                process.kill()
                break
            time.sleep(0.005)
        killed += process.wait() == -signal.SIGKILL
    assert killed
    loop.fit(toy.Toy(), toy.config(), tmp_path / "run")
    assert_same_run(tmp_path / "run", reference)


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize("at", [2, 21])
def test_a_signal_saves_and_the_same_call_resumes(tmp_path, reference, at, capfd):
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Interrupted) as raised:
        loop.fit(toy.interrupting(at), toy.config(), tmp_path)
    step = Checkpoints(tmp_path).meta()["progress"]["step"]
    assert f"stopped by SIGTERM after step {step} of 40" in str(raised.value)
    assert "resumes it" in str(raised.value) and abs(at - step) <= 2
    assert raised.value.signal == signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is before
    loop.fit(toy.Toy(), toy.config(), tmp_path)
    assert_same_run(tmp_path, reference)
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.usefixtures("signals")
def test_lines_and_events_after_the_checkpoint_are_cut(tmp_path, reference):
    with pytest.raises(Interrupted):
        loop.fit(toy.interrupting(33), toy.config(), tmp_path)
    with open(tmp_path / "metrics.jsonl", "a") as file:
        file.write('{"step": 999, "split": "train", "loss": 1.0}\n{"step": 99')
    (tmp_path / "events.out.tfevents.1.stale").write_bytes(b"stale")
    loop.fit(toy.Toy(), toy.config(), tmp_path)
    assert_same_run(tmp_path, reference)
    (events,) = tmp_path.glob("events.out.tfevents.*")
    records = reporting.read(tmp_path)
    numbers = sum(len(record) - 2 for record in records)
    assert events.read_bytes().count(b"train/loss") == len(records) - 4
    assert sum(events.read_bytes().count(s) for s in (b"train/", b"valid/")) == numbers


@pytest.mark.usefixtures("signals")
def test_four_devices_do_the_same_and_share_checkpoints_with_one(tmp_path, reference):
    one_first, four_first = tmp_path / "one", tmp_path / "four"
    with pytest.raises(Interrupted):
        loop.fit(toy.interrupting(33), toy.config(), one_first)
    first = command(four_first, "stop_at=33", devices=4)
    then = command(one_first, devices=4)
    assert "Interrupted: stopped by SIGTERM after step" in first.communicate()[1]
    assert then.communicate()[1] and then.returncode == 0
    assert_same_run(one_first, reference, exact=False)
    loop.fit(toy.Toy(), toy.config(), four_first)
    assert_same_run(four_first, reference, exact=False)


def diverging(at):
    def batches(split, start):
        for i, batch in enumerate(toy.batches(split, start), start):
            factor = np.float32(np.nan if i == at else 1)
            yield batch | {"xs": batch["xs"] * factor}

    return toy.Toy(batches=batches)


@pytest.mark.parametrize("at, last", [(24, 24), (27, 24), (0, None)])
def test_a_run_that_diverges_stops_and_says_where(tmp_path, at, last):
    with pytest.raises(loop.TrainingDiverged) as raised:
        loop.fit(diverging(at), toy.config(), tmp_path)
    message = str(raised.value)
    assert f"diverged at step {at + 1}: loss nan, gradient norm nan" in message
    assert ("not there yet" if last is None else f"is of step {last}") in message
    saved = Checkpoints(tmp_path).meta()
    assert saved is None if last is None else saved["progress"]["step"] == last


def test_parameters_that_overflow_are_never_saved(tmp_path):
    config = toy.config(optimizer={"name": "sgd", "learning_rate": 1e38})
    config.checkpoint_every = 1
    with pytest.raises(loop.TrainingDiverged, match="not all parameters finite"):
        loop.fit(toy.Toy(), config, tmp_path)
    assert Checkpoints(tmp_path).meta() is None


def test_a_full_disk_leaves_the_last_good_checkpoint(tmp_path, monkeypatch, reference):
    def full(self, state, meta):
        if meta["progress"]["step"] == 20:
            raise CheckpointError("no space left")
        save(self, state, meta)

    save = Checkpoints.save_latest
    monkeypatch.setattr(Checkpoints, "save_latest", full)
    with pytest.raises(CheckpointError, match="no space left"):
        loop.fit(toy.Toy(), toy.config(), tmp_path)
    assert Checkpoints(tmp_path).meta()["progress"]["step"] == 18
    monkeypatch.undo()
    loop.fit(toy.Toy(), toy.config(), tmp_path)
    assert_same_run(tmp_path, reference)


def test_without_a_goal_the_newest_is_the_best(tmp_path):
    config = toy.config(steps=4, eval_every=2, optimizer={"average": None})
    assets = Assets()
    assets.keep("classes.json", lambda: ["a", "b"])
    task = toy.Toy(goal=None, assets=assets)
    params = loop.fit(task, config, tmp_path)
    assert (tmp_path / "classes.json").exists()
    assert Checkpoints(tmp_path).meta("best")["step"] == 4
    np.testing.assert_array_equal(params["w"], latest(tmp_path, config)[0].params["w"])
    with pytest.raises(ValueError, match="need a task with a goal"):
        loop.fit(task, toy.config(patience=2), tmp_path / "2")


@pytest.mark.parametrize(
    "fields, functions, message",
    [
        ({"steps": None}, {}, "give steps or epochs"),
        ({"steps": 10, "epochs": 1}, {}, "give steps or epochs"),
        ({"steps": 0}, {}, "at least 1 step, not 0"),
        ({"steps": None, "epochs": 1}, {"steps_per_epoch": None}, "no epochs"),
        ({}, {"goal": ("valid", "bleu", "max")}, r"'bleu' is not among \['loss'\]"),
        ({}, {"goal": ("none", "loss", "min")}, "split 'none' has no batches"),
    ],
)
def test_what_cannot_be_run_is_refused(tmp_path, fields, functions, message):
    def batches(split, start):
        return iter(()) if split == "none" else toy.batches(split, start)

    task = toy.Toy(**({"batches": batches} | functions))
    with pytest.raises(ValueError, match=message):
        loop.fit(task, toy.config(**fields), tmp_path)


def test_a_folder_in_use_is_evaluated_but_not_trained_in(reference):
    with run_folder.lock(reference):
        params = restore(toy.Toy(), reference)
        assert evaluate(toy.Toy(), params, "valid")["loss"] > 0
        with pytest.raises(ValueError, match=f"{reference} is in use by process"):
            loop.fit(toy.Toy(), toy.config(), reference)


def test_rows_that_the_devices_do_not_divide_leave_no_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(
        devices,
        "by_rows",
        lambda: SimpleNamespace(num_devices=3, is_fully_addressable=1),
    )
    with pytest.raises(ValueError, match="cannot be cut by rows among 3 devices"):
        loop.fit(toy.Toy(), toy.config(), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_batch_that_has_its_rows_needs_no_batch_size(tmp_path):
    config = toy.config(steps=1)
    del config.batch_size
    loop.fit(toy.Toy(), config, tmp_path)
    assert latest(tmp_path, config)[0].carry["s"].shape == (8,)


def test_what_compiles_is_off_the_clock(tmp_path, monkeypatch):
    def batches(split, start=0):
        for i, batch in enumerate(toy.batches(split, start), start):
            yield batch | {"more": np.zeros((8, 1 + i % 2))}

    paused = []

    class Clock(reporting.Clock):
        def paused(self):
            paused.append(self)
            return super().paused()

    monkeypatch.setattr(reporting, "Clock", Clock)
    config = toy.config(steps=5, eval_every=5, log_every=5, checkpoint_every=None)
    loop.fit(toy.Toy(batches=batches), config, tmp_path)
    assert len(paused) == 2 + 2  # Two shapes, an evaluation and a checkpoint.


def test_steps_are_profiled_on_demand(tmp_path):
    loop.fit(toy.Toy(), toy.config(steps=6), tmp_path, profile_steps=2)
    assert list((tmp_path / "profile").rglob("*.xplane.pb"))


def test_a_training_does_not_go_on_with_other_data(tmp_path):
    assets = Assets()
    assets.changed.append("corpus (train)")
    with pytest.raises(ValueError, match=r"cannot resume .*corpus \(train\)"):
        loop.fit(toy.Toy(assets=assets), toy.config(), tmp_path / "run")
    assert not (tmp_path / "run" / "config.json").exists()
