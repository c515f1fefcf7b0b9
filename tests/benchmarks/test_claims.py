"""What the configs claim, beside what is measured."""

import json
import math
import re

import pytest

from benchmarks import ROOT, claims
from benchmarks.claims import Claim
from seqnets.training import process, samples

pytestmark = pytest.mark.usefixtures("quickly")

GROUPS = claims.read()
CLAIMS = GROUPS["generated"] | GROUPS["data"]
NAMES = sorted(path.stem for path in (ROOT / "configs").glob("[a-z]*.py"))


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    """Of the runs of all tests: what one has trained the next one asks."""
    return tmp_path_factory.mktemp("claims")


@pytest.fixture
def small(monkeypatch):
    """A training of seconds; "adding" is a config that is refused."""
    shipped = claims.load

    def load(name, workdir):
        config = shipped(name, workdir)
        config.steps, config.eval_every, config.log_every = 3, 3, 3
        config.length, config.lengths, config.eval_examples = 10, (10,), 16
        config.cell.dim = 0 if name == "adding" else 2
        return config

    monkeypatch.setattr(claims, "load", load)
    monkeypatch.setattr(
        samples, "write", lambda *_, **__: None
    )  # Not what is tested here.
    monkeypatch.setenv(process.KEEP_MEMORY, "0")


def claimed(monkeypatch, **rows):
    groups = {"generated": {n: [Claim(*r)] for n, r in rows.items()}, "data": {}}
    monkeypatch.setattr(claims, "read", lambda: groups)


def test_every_config_is_in_the_table_once():
    assert sorted([*GROUPS["generated"], *GROUPS["data"]]) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_what_is_claimed_stands_in_the_docstring_or_in_the_readme(name):
    text = (ROOT / "configs" / f"{name}.py").read_text(encoding="utf-8").split('"""')[1]
    text += (ROOT / "experiments" / "README.md").read_text(encoding="utf-8")
    numbers = {float(number) for number in re.findall(r"-?\d*\.?\d+", text)}
    numbers |= {abs(number) for number in numbers}  # As in a range, "93-96".
    for claim in CLAIMS[name]:
        assert claim.bound in claims.BOUNDS
        assert claim.split in ("train", "valid", "test")
        assert claim.value in numbers or round(100 * claim.value, 6) in numbers, claim


@pytest.mark.parametrize(
    "bound, below, above",
    [("about", False, False), ("at least", False, True), ("at most", True, False)],
)
def test_a_bound_holds_within_its_tolerance_and_on_its_good_side(bound, below, above):
    claim = Claim("test", "mse", 0.5, 0.25, bound)

    assert claim.holds(0.25) and claim.holds(0.5) and claim.holds(0.75)
    assert claim.holds(0.2) == below and claim.holds(0.8) == above
    assert not claim.holds(math.nan)


def test_a_complete_run_is_measured_again_and_not_trained_again(
    small, monkeypatch, workdir, capsys
):
    claimed(monkeypatch, parity=("test", "accuracy", 0.5, 0.5, "about"))
    words = ["parity", "--workdir", str(workdir)]

    assert claims.main(words) == 0
    first, folder = capsys.readouterr().out, workdir / "parity"
    lines = (folder / "metrics.jsonl").read_text()
    assert claims.main(words) == 0

    assert capsys.readouterr().out == first
    assert (folder / "metrics.jsonl").read_text() == lines
    assert json.loads((folder / claims.SECONDS).read_text()) > 0
    assert re.search(r"\| parity \| test \| accuracy \| about 0.5 ± 0.5 \|", first)
    assert first.count("\n") == 3 and "| within |" in first


def test_a_claim_that_does_not_hold_or_cannot_be_measured_is_the_exit_status(
    small, monkeypatch, workdir, capsys
):
    claimed(
        monkeypatch,
        adding=("test", "mse", 1.0, 9.0, "about"),
        parity=("test", "accuracy", 2.0, 0.1, "about"),
    )

    assert claims.main(["--workdir", str(workdir)]) == 1

    found = capsys.readouterr()
    rows = [line for line in found.out.splitlines() if "**not**" in line]
    assert len(rows) == 2 and "| - | **not** |" in rows[0]
    assert "adding: " in found.err and "dim" in found.err
    assert not (workdir / "adding").exists()


def test_a_study_is_computed_once_and_compared(monkeypatch, workdir, capsys):
    claimed(monkeypatch, sunspots_ar=("test", "rmse", 1.0, 1e3, "about"))
    shipped = claims.load

    def load(name, workdir):
        config = shipped(name, workdir)
        config.corpus = "mackey_glass"  # Which needs no file.
        return config

    monkeypatch.setattr(claims, "load", load)
    words = ["sunspots_ar", "--workdir", str(workdir)]

    assert claims.main(words) == 0
    first = capsys.readouterr().out
    assert claims.main(words) == 0

    assert capsys.readouterr().out == first and "| within |" in first


def test_real_data_is_asked_for_by_name_or_by_a_flag(capsys):
    assert not set(claims.parse([]).claims) & set(GROUPS["data"])
    assert set(claims.parse(["--data"]).claims) >= {"sst", "parity"}
    assert list(claims.parse(["sst", "parity"]).claims) == ["sst", "parity"]
    with pytest.raises(SystemExit):
        claims.parse(["paritty"])
    assert "did you mean" in capsys.readouterr().err


def test_words_of_another_run_are_those_of_the_same_workdir(tmp_path):
    config = claims.load("resume_words", tmp_path)
    assert config.segmenter == str(tmp_path / "segmentation")
