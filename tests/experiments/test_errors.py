"""The front door: one clear line for what the user can mend, and no traceback."""

import io
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from ml_collections import ConfigDict

import experiments
from experiments import __main__ as commands
from experiments.commands import errors
from seqnets.training import loop
from seqnets.training.interruption import Interrupted
from tests.experiments.one_number import Probability, Small, refuse

pytestmark = pytest.mark.usefixtures("quickly")


def test_a_bad_line_is_told_and_the_others_are_answered(workdir, capsys, monkeypatch):
    def score(self, params, lines):
        for line in lines:
            if not line.isascii():
                raise ValueError(f"{line}: not ASCII")
            yield Probability(-1.0, line)

    monkeypatch.setattr(Small, "score", score)
    monkeypatch.setattr(sys, "stdin", io.StringIO("a\n猫\nb\n"))
    capsys.readouterr()
    assert commands.main(["score", workdir]) == 1
    captured = capsys.readouterr()
    assert captured.out.splitlines() == ["-1.0000\ta", "-\t-\t", "-1.0000\tb"]
    assert captured.err.splitlines() == [
        "line 2: 猫: not ASCII",
        "error: 1 of 3 lines have no answer",
    ]


def test_an_error_that_repeats_a_long_line_is_short(workdir, capsys, monkeypatch):
    def score(self, params, lines):
        for line in lines:
            raise ValueError(f"begin {line!r} is no bit")
            yield

    monkeypatch.setattr(Small, "score", score)
    monkeypatch.setattr(sys, "stdin", io.StringIO("x" * 8000))
    capsys.readouterr()
    assert commands.main(["score", workdir]) == 1
    told, _ = capsys.readouterr().err.splitlines()
    assert told.startswith("line 1: begin 'xxx") and told.endswith("' is no bit")
    assert len(told) < 500


def test_vectors_that_are_not_there_are_refused_before_anything_is_read(
    config, capsys, monkeypatch
):
    with open("small.py", "a") as file:
        file.write("\nwhole = get_config\n")
        file.write("def get_config():\n    c = whole()\n    c.vectors = 'none.txt'\n")
        file.write("    return c\n")
    monkeypatch.setattr(loop, "fit", raising(TypeError("it began")))
    line = refuse(capsys, "train", config, "--workdir=run")
    assert line == "error: config.vectors: no file none.txt"
    Path("none.txt").touch()
    with pytest.raises(TypeError, match="it began"):
        commands.main(["train", config, "--workdir=run"])
    os.remove("none.txt")
    os.mkdir("run")  # A run that has begun does not read them again.
    Path("run/config.json").touch()
    with pytest.raises(TypeError, match="it began"):
        commands.main(["train", config, "--workdir=run"])


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_output_that_cannot_be_written_is_one_line():
    code = (
        "import sys; from experiments import __main__ as m; sys.exit(m.main(['list']))"
    )
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-c", code], stdout=full, stderr=-1)
    assert done.stderr.decode() == "error: No space left on device\n"
    assert done.returncode == 1


@pytest.mark.parametrize(
    "words, message",
    [
        (["trian"], "unknown command 'trian'; did you mean 'train'"),
        (["train", "--workdir=run"], "train needs --config"),
        (["train", "--config=small.py"], "train needs --workdir"),
        (["train", "--config=none.py", "--workdir=run"], "no config file none.py"),
        (["train", "--seedz=1"], "'seedz'. Did you mean: seeds"),
        (["train", "--seeds=0"], "--seeds=0: it takes a whole number of 1 or more"),
        (["train", "--seeds=many"], "--seeds=many: it takes a whole number"),
        (["train", "--seeds=99999999999"], "--seeds=99999999999: it takes"),
        (["train", "--config.steps", "3"], "--config.steps a value"),
        (["train", "again"], "does not know what to do with 'again'"),
        (["evaluate"], "evaluate needs --workdir"),
        (["evaluate", "--workdir=run", "--split=train"], "it takes valid or test"),
        (["sample", "--length=3"], "sample needs --workdir"),
        (["list", "more"], "does not know what to do with 'more'"),
        (["evaluate", "--workdir=run", "--length=3"], "'length'"),
        (["evaluate", "--workdir=nowhere"], "nowhere is not a run folder"),
        (["sample", "--workdir=nowhere"], "nowhere is not a run folder"),
        (["score", "--workdir=nowhere"], "nowhere is not a run folder"),
        (["table"], "table needs folders of runs"),
        (["table", "nowhere"], "no run folders in nowhere"),
    ],
    ids=" ".join,
)
def test_a_bad_command_line_is_one_line(config, capsys, words, message):
    assert message in refuse(capsys, *words)


@pytest.mark.parametrize(
    "change, message",
    [
        ("stepz=3", "unknown config field 'stepz'; did you mean 'steps'"),
        ("optimizer.learning_rat=3", "did you mean 'optimizer.learning_rate'"),
        ("steps=soon", "'steps' takes int, not 'soon'"),
        ("steps=0", "0"),
        ("optimizer.name=adamm", "optimizer.name cannot be 'adamm'; did you mean"),
        ("batch_size=0", "batch_size must be at least 1, not 0"),
    ],
)
def test_a_bad_config_is_one_line(config, capsys, change, message):
    line = refuse(capsys, "train", config, "--workdir=run", f"--config.{change}")
    assert message in line


def test_a_config_without_a_field_that_is_needed_is_one_line(config, capsys):
    with open("small.py", "a") as file:
        file.write("\nwhole = get_config\n")
        file.write(
            "def get_config():\n    c = whole()\n    del c.target\n    return c\n"
        )
    line = refuse(capsys, "train", config, "--workdir=run")
    assert "the config has no field 'target'" in line


def test_another_config_in_the_same_folder_names_the_difference(
    config, workdir, capsys
):
    line = refuse(capsys, "train", config, workdir, "--config.steps=5")
    assert "steps" in line and "4" in line and "5" in line


def test_a_folder_without_a_checkpoint_is_one_line(workdir, capsys):
    os.rename("run/checkpoints", "run/elsewhere")
    assert "no checkpoint" in refuse(capsys, "evaluate", workdir)


def test_what_the_experiment_does_not_do_is_one_line(workdir, capsys):
    assert "has no predict" in refuse(capsys, "predict", workdir)
    assert "takes no --top_k" in refuse(capsys, "sample", workdir, "--top_k=3")
    assert "0 or more, not -1" in refuse(capsys, "sample", workdir, "--temperature=-1")
    for given, takes in (
        ("--seed=1180591620717411303424", "a whole number of up to 2147483647"),
        ("--length=2.5", "a whole number of up to 2147483647"),
        ("--temperature=nan", "a finite number"),
        ("--temperature=1e999", "a finite number"),
        ("--temperature=hot", "a finite number"),
    ):
        line = refuse(capsys, "sample", workdir, given)
        assert line == f"error: wrong value {given}: it takes {takes}"


def test_an_unknown_experiment_has_a_nearest_one(capsys):
    with pytest.raises(ValueError, match="'langage_model'; .*'language_model'"):
        experiments.build(ConfigDict({"experiment": "langage_model"}))


def test_a_diverging_training_is_one_line(config, capsys):
    rate = "--config.optimizer.learning_rate=1e30"
    line = refuse(capsys, "train", config, "--workdir=run", rate)
    assert "diverged at step" in line


def test_a_folder_that_cannot_be_made_is_one_line(config, capsys):
    Path("file").touch()
    refuse(capsys, "train", config, "--workdir=file/run")


def raising(error):
    def fit(*args, **kwargs):
        raise error

    return fit


@pytest.mark.parametrize(
    "error, message",
    [
        (OSError(28, "No space left on device", "run/x"), "No space left on device"),
        (OSError("cannot save:\n  disk full"), "cannot save: disk full"),
        (loop.TrainingDiverged("diverged at step 3"), "diverged at step 3"),
        (ValueError(), "ValueError"),
        (
            ModuleNotFoundError("No module", name="matplotlib.pyplot"),
            "no module 'matplotlib': pip install -e '.[experiments]' provides it",
        ),
        (MemoryError("for an array"), "out of memory: for an array; a smaller batch"),
        (RuntimeError("RESOURCE_EXHAUSTED: 9 GiB"), "9 GiB; a smaller batch_size"),
        (
            RuntimeError("INTERNAL: Out of memory"),
            "Out of memory; a smaller batch_size",
        ),
    ],
    ids=repr,
)
def test_what_goes_wrong_while_training_is_one_line(
    config, capsys, monkeypatch, error, message
):
    monkeypatch.setattr(loop, "fit", raising(error))
    assert message in refuse(capsys, "train", config, "--workdir=run")


def test_an_error_of_the_program_keeps_its_traceback(config, monkeypatch):
    monkeypatch.setattr(loop, "fit", raising(TypeError("a bug")))
    with pytest.raises(TypeError, match="a bug"):
        commands.main(["train", config, "--workdir=run"])


def test_a_module_that_the_extra_lacks_is_an_error_of_the_program(config, monkeypatch):
    error = ModuleNotFoundError("No module named 'my_own'", name="my_own")
    monkeypatch.setattr(loop, "fit", raising(error))
    with pytest.raises(ModuleNotFoundError, match="my_own"):
        commands.main(["train", config, "--workdir=run"])


def test_all_modules_of_the_extra_are_known():
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    extra = project["project"]["optional-dependencies"]["experiments"]
    modules = {"absl-py": "absl", "pillow": "PIL"}
    names = (name.split(">")[0] for name in extra)
    assert {modules.get(n, n.replace("-", "_")) for n in names} == set(errors.EXTRA)


def test_any_error_keeps_its_traceback_when_asked_to(config):
    with pytest.raises(ValueError, match="not a run folder"):
        commands.main(["evaluate", "--workdir=nowhere", "--traceback"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_says_how_to_resume(config, capsys, monkeypatch, number):
    error = Interrupted("stopped; the same call resumes it", number)
    monkeypatch.setattr(loop, "fit", raising(error))
    status = commands.main(["train", config, "--workdir=run"])
    captured = capsys.readouterr()
    assert status == 128 + number
    assert "resumes it" in captured.err and "Traceback" not in captured.err
