"""The table says what the run folders recorded, seeds of one config in one row."""

import json
import math
import shutil
import statistics

import pytest

from seqnets.training import table

GOAL = ("valid", "bits", "min")


def make_run(folder, values, *, goal=GOAL, seed=0, dim=8, elapsed_s=61.0):
    """Writes what a training leaves: an evaluation every 10 steps."""
    folder.mkdir(parents=True)
    config = {"experiment": "language_model", "seed": seed, "cell": {"dim": dim}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "goal.json").write_text(json.dumps(goal))
    records = []
    for i, value in enumerate(values, 1):
        times = {"elapsed_s": elapsed_s * i / len(values)}
        records.append({"step": 10 * i, "split": "train", "bits": 9.0} | times)
        records.append({"step": 10 * i, "split": "valid", "bits": value} | times)
    lines = "".join(json.dumps(record) + "\n" for record in records)
    (folder / "metrics.jsonl").write_text(lines)
    return folder


def cells(text):
    """Returns the rows below the head, as lists of words between bars."""
    lines = text.splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_a_run_shows_its_best_steps_and_wall_clock(tmp_path):
    run = make_run(tmp_path / "lstm", [3.0, 1.5, 2.0])
    assert cells(table.markdown([table.read(run)])) == [
        [str(run), "1", "valid bits", "1.5", "30", "0:01:01"]
    ]


def test_the_direction_of_the_goal_says_which_is_best(tmp_path):
    goals = {("valid", "max"): 3.0, ("valid", "min"): 1.5, ("train", "min"): 9.0}
    for i, ((split, direction), best) in enumerate(goals.items()):
        goal = (split, "bits", direction)
        run = make_run(tmp_path / f"{i}", [3.0, 1.5, math.nan], goal=goal)
        assert table.read(run).best == best


def test_seeds_of_one_config_share_a_row(tmp_path):
    bests = [1.5, 1.75, 2.25]
    for seed, best in enumerate(bests):
        make_run(tmp_path / "lstm" / f"seed_{seed}", [best], seed=seed, dim=8)
    make_run(tmp_path / "wide", [1.0], dim=16)
    runs = [table.read(path) for path in table.find(sorted(tmp_path.iterdir()))]
    lstm, wide = cells(table.markdown(runs))
    spread = f"{statistics.mean(bests):.5g} ± {statistics.stdev(bests):.2g}"
    assert lstm[:4] == [str(tmp_path / "lstm"), "3", "valid bits", spread]
    assert wide[:4] == [str(tmp_path / "wide"), "1", "valid bits", "1"]


def test_different_goals_are_never_averaged(tmp_path):
    bits = table.read(make_run(tmp_path / "a", [1.0]))
    loss = table.read(make_run(tmp_path / "b", [1.0], goal=("valid", "loss", "min")))
    assert len(cells(table.markdown([bits, loss]))) == 2


def test_a_copy_of_a_run_is_no_other_seed(tmp_path):
    bests = [1.5, 2.5]
    for seed, best in enumerate(bests):
        make_run(tmp_path / "lstm" / f"seed_{seed}", [best, best], seed=seed)
    shutil.copytree(tmp_path / "lstm/seed_1", tmp_path / "lstm/seed_7")
    make_run(tmp_path / "short", [0.1], seed=0)
    folders = [tmp_path / "short", tmp_path / "lstm", tmp_path / "lstm/seed_0"]
    text = table.markdown(map(table.read, table.find(folders)))
    row, *rest = cells(text)
    assert row[:4] == [str(tmp_path / "lstm"), "2", "valid bits", "2 ± 0.71"]
    assert [line for (line,) in rest[1:]] == [
        f"Not counted: {tmp_path / copy}, of the same config and seed as"
        f" {tmp_path / 'lstm' / run}"
        for copy, run in (("short", "seed_0"), ("lstm/seed_7", "seed_1"))
    ]


def test_metrics_over_seeds_are_those_that_all_have():
    found = table.over_seeds([{"a": 1.0, "b": 2}, {"a": 2.0}, {"a": 6.0, "c": 1}])
    assert found["mean"] == {"a": 3.0}
    assert found["deviation"] == {"a": pytest.approx(math.sqrt(7.0))}
    assert table.over_seeds([{"a": 1.0}])["deviation"] == {"a": None}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_has_no_deviation(tmp_path, value):
    found = table.over_seeds([{"a": 1.0, "b": 1.0}, {"a": value, "b": 1.0}])
    assert found["mean"] == pytest.approx({"a": value, "b": 1.0}, nan_ok=True)
    deviation = {"a": math.nan, "b": 0.0}
    assert found["deviation"] == pytest.approx(deviation, nan_ok=True)
    runs = [make_run(tmp_path / f"{x}", [x], seed=x) for x in (1.0, value)]
    (row,) = cells(table.markdown(map(table.read, runs)))
    # A NaN is no evaluation.
    assert row[3] == ("1" if math.isnan(value) else f"{value} ± nan")


@pytest.mark.parametrize("name", ["config.json", "goal.json", "metrics.jsonl"])
def test_a_damaged_file_is_named(tmp_path, name):
    run = make_run(tmp_path / "run", [1.0])
    (run / name).write_bytes(b"[1]\n")
    with pytest.raises(ValueError, match=f"^{run / name}.*"):
        table.read(run)


def test_unequal_lengths_show_as_a_range(tmp_path):
    runs = [
        table.read(make_run(tmp_path / "a", [1.0] * 100)),
        table.read(make_run(tmp_path / "b", [1.0] * 200, seed=1)),
    ]
    (row,) = cells(table.markdown(runs))
    assert row[4] == "1,000 to 2,000"
    assert row[0] == f"{tmp_path / 'a'}, {tmp_path / 'b'}"


@pytest.mark.parametrize("left", ["checkpoints/latest/1", "found.npz"])
def test_a_run_that_lost_its_metrics_has_no_row(tmp_path, left):
    run = make_run(tmp_path / "run", [1.0])
    (run / left).mkdir(parents=True)
    (run / "metrics.jsonl").unlink()
    with pytest.raises(ValueError, match=f"^{run}/metrics.jsonl is missing: put"):
        table.read(run)


@pytest.mark.parametrize("goal", [GOAL, None])
def test_a_run_that_has_just_begun_has_a_row(tmp_path, goal):
    run = make_run(tmp_path / "new", [], goal=goal)
    (run / "metrics.jsonl").unlink()
    (row,) = cells(table.markdown([table.read(run)]))
    assert row[1:] == ["1", "valid bits" if goal else "-", "-", "0", "0:00:00"]


def test_a_run_that_recorded_no_goal_is_shown_all_the_same(tmp_path):
    run = make_run(tmp_path / "old", [1.0, 2.0])
    (run / "goal.json").unlink()
    (row,) = cells(table.markdown([table.read(run)]))
    assert row[1:] == ["1", "-", "-", "20", "0:01:01"]


def test_folders_that_are_no_runs_are_passed_over(tmp_path):
    for seed in (2, 10, 1):
        make_run(tmp_path / "lstm" / f"seed_{seed}", [1.0], seed=seed)
    (tmp_path / "notes").mkdir()
    (tmp_path / "readme.txt").write_text("")
    found = table.find([*sorted(tmp_path.iterdir()), tmp_path / "gone"])
    assert [path.name for path in found] == ["seed_1", "seed_2", "seed_10"]
