"""The front door: what each command does.

The commands run in this process on a small task; subprocesses would spend their time
importing JAX.
"""

import io
import json
import os
import sys
from pathlib import Path

import pytest

import experiments
from experiments import __main__ as commands
from experiments.commands import show
from experiments.commands.ask import to_json
from seqnets.training import loop
from seqnets.training.comparison import Comparison
from tests.experiments.one_number import Counted, Drawn, Small, refuse

pytestmark = pytest.mark.usefixtures("quickly")


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


def test_evaluate_prints_a_table_and_json_last(workdir, capsys):
    capsys.readouterr()
    assert commands.main(["evaluate", workdir]) == 0
    heading, *table, empty, last = capsys.readouterr().out.splitlines()
    scores = json.loads(last)
    assert scores["loss"] == pytest.approx((3.0 * 0.8**4) ** 2)
    assert heading == "run, on the test split:" and empty == ""
    shown = {name: float(value) for value, name in map(str.split, table)}
    assert shown == pytest.approx(scores, abs=1e-4)


def test_every_metric_is_in_the_table_whatever_its_name():
    metrics = {"accuracy/a": 0.5, "a_long_metric/b": 2, "loss": 1.0, "f1/PER": 0.25}
    found = show.side_by_side(metrics | {"parameters": 1234567})
    words = set(found.split())
    assert {"accuracy", "a_long_metric", "f1", "a", "b", "PER"} <= words
    assert {"0.5000", "2", "0.2500", "1.0000", "loss", "1,234,567"} <= words
    header, first = found.splitlines()[:2]
    assert header.index("accuracy") + len("accuracy") == first.index(".5000") + 5


def test_what_was_set_up_is_told_by_verbose_alone(config, capsys):
    words = ["train", config, "--workdir=run"]
    for more, told in ((), False), (("--verbose",), True):
        assert commands.main([*words, *more]) == 0
        assert ("keeping freed memory" in capsys.readouterr().out) == told


def test_sample_passes_on_the_flags_that_are_given(workdir, capsys):
    capsys.readouterr()
    assert commands.main(["sample", workdir, "--seed=7", "--length", "0"]) == 0
    assert capsys.readouterr().out == "0 symbols of seed 7\n"


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
    assert "resumes" not in capsys.readouterr().out
    assert commands.main(["evaluate", run]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"count": 3.0}
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


def test_a_later_seed_is_refused_before_the_first_is_trained(config, capsys):
    words = ["train", config, "--workdir=runs/late", "--seeds=2"]
    assert commands.main([*words, f"--config.seed={2**31 - 1}"]) == 1
    assert "seed must be at most 2147483647" in capsys.readouterr().err
    assert not os.path.exists("runs/late")


def test_seeds_are_trained_beside_each_other_and_share_a_row(
    config, capsys, monkeypatch
):
    words = ["train", config, "--workdir=runs/a", "--seeds=2", "--config.seed=3"]
    assert commands.main(words) == 0
    assert sorted(os.listdir("runs/a")) == ["seed_3", "seed_4"]
    row = capsys.readouterr().out.splitlines()[-1]
    assert row.startswith("| runs/a | 2 | valid loss |")
    assert commands.main(["evaluate", "--workdir=runs/a"]) == 0
    *lines, found = capsys.readouterr().out.splitlines()
    assert lines[0] == "runs/a, 2 seeds on the test split:"
    assert lines[1].split() == ["mean", "deviation", "seed_3", "seed_4"]
    loss = (3.0 * 0.8**4) ** 2
    found = {name: own["loss"] for name, own in json.loads(found).items()}
    each = {"mean": loss, "seed_3": loss, "seed_4": loss, "deviation": 0.0}
    assert found == pytest.approx(each)
    monkeypatch.setattr(experiments, "build", None)  # Not needed.
    assert commands.main(["table", "runs/a"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == row
    Path("runs/a/seed_3/config.json").write_text("[]")
    assert commands.main(["table", "runs/a"]) == 1
    out, line = capsys.readouterr()
    assert out.splitlines()[-1].startswith("| runs/a | 1 | valid loss |")
    assert "left out of the table: runs/a/seed_3/config.json is damaged" in line
    assert len(line.splitlines()) == 1


def test_a_finished_training_is_not_repeated(config, workdir, capsys):
    before = Path("run/metrics.jsonl").read_text()
    assert commands.main(["train", config, workdir]) == 0
    assert Path("run/metrics.jsonl").read_text() == before


def test_load_gives_a_notebook_the_task_and_its_parameters(workdir):
    task, params = experiments.load("run")
    assert loop.evaluate(task, params, "valid")["loss"] < 9.0


def test_numbers_that_are_not_finite_are_null_in_json():
    text = to_json({"mean": {"loss": float("nan"), "acc": 0.5}, "n": float("inf")})
    assert json.loads(text) == {"mean": {"loss": None, "acc": 0.5}, "n": None}
    assert "NaN" not in text and "Infinity" not in text
