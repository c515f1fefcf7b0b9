"""The front door: one clear line for what the user can mend, and no traceback.

The commands run in this process on a small task; subprocesses would spend their time
importing JAX.
"""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import pytest
from ml_collections import ConfigDict

import experiments
from experiments import __main__ as commands
from experiments.commands import flags
from seqnets.training import loop
from seqnets.training.comparison import Comparison
from seqnets.training.config import check
from seqnets.training.interruption import Interrupted
from seqnets.training.study import Study
from seqnets.training.task import Task

pytestmark = pytest.mark.usefixtures("quickly")

CONFIG = """
from seqnets.training.config import shared

def get_config(target="3"):
    config = shared(
        "language_model",
        steps=4,
        batch_size=4,
        log_every=2,
        eval_every=2,
        optimizer=dict(name="sgd", learning_rate=0.1),
    )
    config.target = float(target)
    return config
"""


class Probability(NamedTuple):
    """A record of `score`."""

    log_prob: float
    text: str

    def __str__(self):
        return f"{self.log_prob:.4f}\t{self.text}"


class Small(Task):
    """A task of one number, which is to become `config.target`."""

    goal = ("valid", "loss", "min")

    def __init__(self, config):
        check(config)
        self.config = config

    def init(self, key):
        return {"w": jnp.zeros(())}

    def loss(self, params, state, batch, key):
        errors = (params["w"] - batch["targets"]) ** 2
        return errors.mean(), (state, {"loss": (errors.sum(), float(errors.size))})

    def batches(self, split, start=0):
        rows = self.config.batch_size
        targets = np.full(rows, self.config.target, np.float32)
        batch = {"targets": targets, "rows": np.ones(rows, bool)}
        return iter([batch]) if split != "train" else iter(lambda: batch, None)

    @property
    def steps_per_epoch(self):
        return None

    def baselines(self):
        return {"zero": 9.0, "an oracle": 0.0}

    def sample(self, params, *, length=3, temperature: float | None = None, seed=0):
        """Draws a sample.

        Args:
          params: the number.
          length: how many symbols; a meaning
            on two lines.
          temperature: 0 is greedy.
          seed: another one draws another sample.

        Raises:
          ValueError: for a negative temperature.
        """
        if temperature is not None and temperature < 0:
            raise ValueError(f"temperature must be 0 or more, not {temperature}")
        return f"{length} symbols of seed {seed}"

    def score(self, params, lines):
        for line in lines:
            yield Probability(-float(len(line)), line)


class Drawn(Small):
    """Without a goal, and with a report."""

    goal = None

    def report(self, params, directory):
        (directory / "w.txt").write_text(f"{params['w']:.4f}")


class Counted(Study):
    """Counts to `config.target`."""

    goal = ("test", "count", "max")

    def __init__(self, config):
        self.config = config

    def compute(self):
        numbers = np.arange(self.config.target)
        return {"numbers": numbers}, {"test": {"count": len(numbers)}}

    def report(self, found, directory):
        (directory / "sum.txt").write_text(f"{found['numbers'].sum():.0f}")

    def sample(self, found, *, seed: int = 0):
        return found["numbers"][seed]


def build(config, workdir=None):
    return Small(config)


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
    assert "400 symbols" in out and Path("run/samples/learning_curve.png").exists()
    for command in ("evaluate", "sample", "score"):
        assert f"-m experiments {command} --workdir=run" in out
    assert "predict" not in out
    assert "-m experiments " + " ".join(words) in out
    assert "tensorboard --logdir=run" in out


def test_evaluate_prints_json_last(workdir, capsys):
    assert commands.main(["evaluate", workdir]) == 0
    scores = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert scores["loss"] == pytest.approx((3.0 * 0.8**4) ** 2)


def test_sample_passes_on_the_flags_that_are_given(workdir, capsys):
    capsys.readouterr()
    assert commands.main(["sample", workdir, "--seed=7", "--length", "0"]) == 0
    assert capsys.readouterr().out == "0 symbols of seed 7\n"


def test_the_flags_of_an_ability_are_the_keyword_arguments_of_its_method():
    found = flags.of(Small.sample)
    assert {name: flag.meaning for name, flag in found.items()} == {
        "length": "how many symbols; a meaning on two lines.",
        "temperature": "0 is greedy.",
        "seed": "another one draws another sample.",
    }
    values = flags.define(found)
    values(["sample", "--temperature=0", "--length=2"])
    assert (values.temperature, values.length, values.seed) == (0.0, 2, None)
    assert isinstance(values.temperature, float)

    def ask(params, lines, *, exact: bool = False, words: str | None = None): ...

    values = flags.define(flags.of(ask))
    values(["predict", "--exact", "--words=a"])
    assert (values.exact, values.words) == (True, "a")
    assert flags.of(Small.score) == {}


def test_score_prints_the_record_of_each_line(workdir, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("ab c\n\n猫\r\nlast"))
    capsys.readouterr()
    assert commands.main(["score", workdir]) == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert rows == [["-4.0000", "ab c"], ["-0.0000", ""], ["-1.0000", "猫"]] + [
        ["-4.0000", "last"]
    ]


def test_report_draws_again(config, monkeypatch, capsys):
    monkeypatch.setattr(
        experiments, "build", lambda config, workdir=None: Drawn(config)
    )
    assert commands.main(["train", config, "--workdir=run"]) == 0
    assert (
        "loss" not in capsys.readouterr().out.partition("Next:")[0].partition("\n")[0]
    )
    samples = Path("run/samples")
    expected = {"w.txt", "learning_curve.png"}
    assert {path.name for path in samples.iterdir()} == expected
    (samples / "w.txt").write_text("")
    (samples / "learning_curve.png").unlink()
    assert commands.main(["report", "--workdir=run"]) == 0
    assert {path.name for path in samples.iterdir()} == expected
    assert (samples / "w.txt").read_text() == f"{3.0 * (1 - 0.8**4):.4f}"
    assert "run/samples/w.txt" in capsys.readouterr().out
    assert commands.main(["table", "run"]) == 0
    assert (
        capsys.readouterr().out.splitlines()[-1].startswith("| run | 1 | - | - | 4 |")
    )


def test_a_comparison_is_shown_by_name(config, monkeypatch, capsys):
    def build(config, workdir=None):
        return Comparison({"one": Small(config), "two": Small(config)})

    monkeypatch.setattr(experiments, "build", build)
    assert commands.main(["train", config, "--workdir=run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    row = f"{(3.0 * 0.8**4) ** 2:>12.4f}{'-':>12}"
    place = next(i for i, line in enumerate(lines) if line.endswith("  one"))
    assert lines[place - 1].split() == ["loss", "parameters"]
    assert [line.split()[::2] for line in lines[place : place + 2]] == [
        [row.split()[0], "one"],
        [row.split()[0], "two"],
    ]


def test_a_study_has_the_same_commands_and_folder(config, monkeypatch, capsys):
    monkeypatch.setattr(
        experiments, "build", lambda config, workdir=None: Counted(config)
    )
    words = ["train", config, "--workdir=runs/a", "--seeds=2"]
    assert commands.main(words) == 0
    out = capsys.readouterr().out
    assert "3.0000  this run" in out and "| runs/a | 2 | test count | 3" in out
    folder = Path("runs/a/seed_1")
    assert {path.name.split(".")[0] for path in folder.iterdir()} == {
        *("config", "goal", "metrics", "events", "found", "samples")
    }
    assert (folder / "samples/sum.txt").read_text() == "3"
    run = "--workdir=runs/a/seed_1"
    before = (folder / "metrics.jsonl").read_text()
    assert commands.main(["train", config, run, "--config.seed=1"]) == 0
    assert (folder / "metrics.jsonl").read_text() == before
    capsys.readouterr()
    assert commands.main(["evaluate", run]) == 0
    assert json.loads(capsys.readouterr().out) == {"count": 3.0}
    assert commands.main(["sample", run, "--seed=2"]) == 0
    assert capsys.readouterr().out == "2.0\n"
    assert commands.main(["report", run]) == 0
    assert "sum.txt" in capsys.readouterr().out
    study, found = experiments.load("runs/a/seed_1")
    assert isinstance(study, Counted) and found["numbers"].tolist() == [0, 1, 2]
    assert "no metrics of split 'valid'" in refuse(
        capsys, "evaluate", run, "--split=valid"
    )
    assert "another config" in refuse(capsys, "train", config, run)
    (folder / "found.npz").unlink()
    assert "no found.npz yet" in refuse(capsys, "evaluate", run)


def test_the_argument_of_a_config_reaches_get_config(config, capsys):
    assert commands.main(["train", f"{config}:2", "--workdir=run"]) == 0
    assert experiments.read_config("run").target == 2.0


def test_list_shows_experiments_and_configs_by_their_first_lines(capsys):
    assert commands.main(["list"]) == 0
    out = capsys.readouterr().out
    assert "\n  sentiment   " in out and "\n  configs/sentiment.py   " in out
    assert "commands" not in out and "None" not in out


def test_seeds_are_trained_beside_each_other_and_share_a_row(
    config, capsys, monkeypatch
):
    words = ["train", config, "--workdir=runs/a", "--seeds=2", "--config.seed=3"]
    assert commands.main(words) == 0
    assert sorted(os.listdir("runs/a")) == ["seed_3", "seed_4"]
    row = capsys.readouterr().out.splitlines()[-1]
    assert row.startswith("| runs/a | 2 | valid loss |")
    monkeypatch.setattr(experiments, "build", None)  # Not needed.
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
        ("optimizer.name=adamm", "optimizer.name cannot be 'adamm'; did you mean"),
        ("batch_size=0", "batch_size is at least 1, not 0"),
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
    assert "sample --workdir=WORKDIR --help" in capsys.readouterr().out


def test_help_lists_the_flags_of_the_experiment_of_a_run(workdir, capsys):
    capsys.readouterr()
    assert commands.main(["sample", workdir, "--help"]) == 0
    assert "--temperature    0 is greedy." in capsys.readouterr().out


def test_help_and_errors_of_the_command_line_do_not_wait_for_jax():
    code = """
import sys
from experiments import __main__ as commands
commands.main(["train", "--help"])
commands.main(["evaluate", "--workdir=/"])
sys.exit("jax" in sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
