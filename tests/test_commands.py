"""The front door: one clear line for what the user can mend, and no traceback.

The commands run in this process on a small task; subprocesses would spend their time
importing JAX.
"""

import dataclasses
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from ml_collections import ConfigDict

import experiments
from experiments import __main__ as commands
from seqnets.training import loop
from seqnets.training.interruption import Interrupted
from seqnets.training.task import Task

CONFIG = """
from ml_collections import ConfigDict
from seqnets.training import optimizer

def get_config():
    config = ConfigDict()
    config.experiment = "language_model"
    config.seed = 0
    config.steps = 4
    config.epochs = None
    config.batch_size = 4
    config.log_every = 2
    config.eval_every = 2
    config.checkpoint_every = None
    config.patience = None
    config.target = 3.0
    config.optimizer = ConfigDict(optimizer.options(name="sgd", learning_rate=0.1))
    return config
"""


def build(config, workdir=None):
    """A task of one number, which is to become `config.target`."""

    def init(key):
        return {"w": jnp.zeros(())}

    def loss(params, state, batch, key):
        errors = (params["w"] - batch["targets"]) ** 2
        return errors.mean(), (state, {"loss": (errors.sum(), float(errors.size))})

    def batches(split, start):
        batch = {"targets": np.full(config.batch_size, config.target, np.float32)}
        return iter([batch]) if split != "train" else iter(lambda: batch, None)

    def sample(params, *, length=3, temperature=1.0, seed=0, stop=True):
        if temperature < 0:
            raise ValueError(f"temperature must be 0 or more, not {temperature}")
        return f"{length} symbols of seed {seed}"

    def score(params, lines):
        for line in lines:
            yield -float(len(line)), len(line)

    return Task(
        init,
        loss,
        batches,
        goal=("valid", "loss", "min"),
        baselines=lambda: {"zero": 9.0, "an oracle": 0.0},
        sample=sample,
        score=score,
    )


@pytest.fixture
def config(tmp_path, monkeypatch):
    """The path of a config of the small task, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(experiments, "build", build)
    (tmp_path / "small.py").write_text(CONFIG)
    return "--config=small.py"


@pytest.fixture
def workdir(config):
    """A run folder with a checkpoint."""
    assert commands.main(["train", config, "--workdir=run"]) == 0
    return "--workdir=run"


def refuse(capsys, *words):
    """Runs a command that fails, and returns its one line."""
    capsys.readouterr()
    assert commands.main(list(words)) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    return line


def test_training_shows_the_result_among_the_baselines_and_what_to_type(config, capsys):
    words = ["train", config, "--workdir=run", "--config.target=2", "--config.steps=5"]
    assert commands.main(words) == 0
    out = capsys.readouterr().out
    assert out.index("an oracle") < out.index("this run") < out.index("zero")
    assert "400 symbols" in out
    for command in ("evaluate", "sample", "score"):
        assert f"-m experiments {command} --workdir=run" in out
    assert "predict" not in out
    assert "-m experiments " + " ".join(words) in out.replace("2.0", "2")
    assert "tensorboard --logdir=run" in out


def test_evaluate_prints_json_last(workdir, capsys):
    assert commands.main(["evaluate", workdir]) == 0
    scores = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert scores["loss"] == pytest.approx((3.0 * 0.8**4) ** 2)


def test_sample_passes_on_the_flags_that_are_given(workdir, capsys):
    capsys.readouterr()
    assert commands.main(["sample", workdir, "--seed=7", "--length", "0"]) == 0
    assert capsys.readouterr().out == "0 symbols of seed 7\n"


def test_sample_passes_every_flag_to_a_task_that_takes_any(
    workdir, capsys, monkeypatch
):
    def build_open(config, workdir=None):
        def sample(params, **options):
            return json.dumps(options, sort_keys=True)

        return dataclasses.replace(build(config), sample=sample)

    monkeypatch.setattr(experiments, "build", build_open)
    capsys.readouterr()
    assert commands.main(["sample", workdir, "--top_p=0.5", "--temperature=0"]) == 0
    assert json.loads(capsys.readouterr().out) == {"temperature": 0, "top_p": 0.5}


def test_score_prints_log_probability_perplexity_and_sentence(
    workdir, capsys, monkeypatch
):
    monkeypatch.setattr(sys, "stdin", io.StringIO("ab c\n\n猫\r\nlast"))
    capsys.readouterr()
    assert commands.main(["score", workdir]) == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [row[2] for row in rows] == ["ab c", "", "猫", "last"]
    assert rows[0][:2] == ["-4.0000", f"{np.e:.4f}"]


def test_seeds_are_trained_beside_each_other_and_share_a_row(config, capsys):
    words = ["train", config, "--workdir=runs/a", "--seeds=2", "--config.seed=3"]
    assert commands.main(words) == 0
    assert sorted(os.listdir("runs/a")) == ["seed_3", "seed_4"]
    row = capsys.readouterr().out.splitlines()[-1]
    assert row.startswith("| runs/a | 2 | valid loss |")
    assert commands.main(["table", "runs/a"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == row


def test_a_finished_training_is_not_repeated(config, workdir, capsys):
    before = Path("run/metrics.jsonl").read_text()
    assert commands.main(["train", config, workdir]) == 0
    assert Path("run/metrics.jsonl").read_text() == before


def test_load_gives_a_notebook_the_task_and_its_parameters(workdir):
    task, params = experiments.load("run")
    assert loop.evaluate(task, params, "valid")["loss"] < 9.0


@pytest.mark.parametrize(
    "words, message",
    [
        (["trian"], "unknown command 'trian'; did you mean 'train'"),
        (["train", "--workdir=run"], "train needs --config"),
        (["train", "--config=small.py"], "train needs --workdir"),
        (["train", "--config=none.py", "--workdir=run"], "no config file none.py"),
        (["train", "--seedz=1"], "'seedz'. Did you mean: seeds"),
        (["train", "--seeds=0"], "--seeds=0"),
        (["train", "--seeds=many"], "--seeds=many"),
        (["train", "--config.steps", "3"], "--config.steps a value"),
        (["train", "again"], "does not know what to do with 'again'"),
        (["evaluate"], "evaluate needs --workdir"),
        (["evaluate", "--workdir=run", "--split=train"], "--split=train"),
        (["evaluate", "--workdir=run", "--length=3"], "'length'"),
        (["evaluate", "--workdir=nowhere"], "nowhere is not a run folder"),
        (["sample", "--workdir=nowhere"], "nowhere is not a run folder"),
        (["score", "--workdir=nowhere"], "nowhere is not a run folder"),
        (["table"], "no run folders in nothing"),
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
        ("optimizer.name=adamm", "adam"),
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


def test_help_lists_the_flags_of_a_command(capsys):
    assert commands.main([]) == 0
    assert "python -m experiments train" in capsys.readouterr().out
    assert commands.main(["sample", "--help"]) == 0
    assert "--temperature" in capsys.readouterr().out


def test_help_and_errors_of_the_command_line_do_not_wait_for_jax():
    code = """
import sys
from experiments import __main__ as commands
commands.main(["train", "--help"])
commands.main(["evaluate", "--workdir=/"])
sys.exit("jax" in sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
