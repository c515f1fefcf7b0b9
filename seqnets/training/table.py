"""Run folders side by side, as a Markdown table."""

import dataclasses
import json
import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from seqnets.training import reporting, run_folder, study


@dataclasses.dataclass(frozen=True)
class Run:
    """What a table says of one run.

    Attributes:
      workdir: its folder.
      config: the fields that make it comparable with others: all but the seed.
      seed: runs of one config and one seed are copies.
      goal: "split metric".
      best: the goal's best value; NaN before the first evaluation.
      steps: batches taken; with `optimizer.accumulate` = k there is one update in k.
      elapsed_s: wall-clock of the whole run, interruptions left out.
    """

    workdir: Path
    config: str
    seed: Any
    goal: str
    best: float
    steps: int
    elapsed_s: float


def find(workdirs: Iterable[str | Path]) -> list[Path]:
    """Returns the run folders among folders, and those directly inside of them.

    One that is named twice is returned once.
    """
    found = {}
    for workdir in map(Path, workdirs):
        inside = sorted(workdir.iterdir(), key=_by_number) if workdir.is_dir() else []
        for path in filter(is_run, (workdir, *inside)):
            found.setdefault(path.resolve(), path)
    return list(found.values())


def is_run(workdir: Path) -> bool:
    """Tells whether a folder is one that a training made."""
    return (workdir / run_folder.CONFIG).is_file()


def read(workdir: str | Path) -> Run:
    """Reads what a run folder has recorded so far.

    Raises:
      ValueError: if a file of it is damaged, or its metrics are missing, naming the
        file.
    """
    workdir = Path(workdir)
    config = run_folder.read_config(workdir)
    seed = config.pop("seed", None)
    split, metric, direction = run_folder.read_goal(workdir) or ("", "", "min")
    # What a run leaves has metrics beside it.
    files = (reporting.METRICS, "checkpoints/latest", study.FOUND)
    started = any((workdir / name).exists() for name in files)
    records = reporting.read(workdir) if started else []
    values = [r[metric] for r in records if r["split"] == split and metric in r]
    values = [value for value in values if not math.isnan(value)]
    best = {"min": min, "max": max}[direction]
    return Run(
        workdir=workdir,
        config=json.dumps(config, sort_keys=True),
        seed=seed,
        goal=f"{split} {metric}".strip(),
        best=best(values, default=math.nan),
        steps=records[-1]["step"] if records else 0,
        elapsed_s=records[-1].get("elapsed_s", 0.0) if records else 0.0,
    )


def markdown(runs: Iterable[Run]) -> str:
    """Returns a row for each config: over its seeds, mean ± standard deviation.

    The deviation is the sample's, with n - 1; wall-clock is the mean of the seeds. Of
    runs of one seed the one that went furthest counts; the others are named below.
    """
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        groups.setdefault((run.config, run.goal), []).append(run)
    rows = [("run", "seeds", "goal", "best", "steps", "wall-clock")]
    rows.append(("---", "---:", "---", "---:", "---:", "---:"))
    copies = []
    for group in groups.values():
        runs, left_out = _one_of_each_seed(group)
        rows.append(_row(runs))
        copies += left_out
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([*lines, *([""] if copies else []), *copies])


def _one_of_each_seed(runs: list[Run]) -> tuple[list[Run], list[str]]:
    """Returns the runs that count, and a line about each that does not."""
    kept: dict[Any, Run] = {}
    for run in runs:
        other = kept.setdefault(run.seed, run)
        if run.steps > other.steps:
            kept[run.seed] = run
    lines = [
        f"Not counted: {run.workdir}, of the same config and seed as"
        f" {kept[run.seed].workdir}"
        for run in runs
        if run is not kept[run.seed]
    ]
    return list(kept.values()), lines


def over_seeds(metrics: Sequence[Mapping[str, float]]) -> dict[str, dict[str, Any]]:
    """Returns {"mean": {name: value}, "deviation": {name: value}} of several runs.

    The deviation is the sample's, with n - 1; None of a single run, and NaN where a
    value is not finite.

    Args:
      metrics: of each run; those that all of them have are returned.
    """
    names = [name for name in metrics[0] if all(name in own for own in metrics)]
    columns = {name: [own[name] for own in metrics] for name in names}
    several = len(metrics) > 1
    return {
        "mean": {name: statistics.mean(c) for name, c in columns.items()},
        "deviation": {
            name: _deviation(c) if several else None for name, c in columns.items()
        },
    }


def _row(runs: list[Run]) -> tuple[str, ...]:
    names = dict.fromkeys(str(_named_after(run.workdir)) for run in runs)
    steps = sorted({run.steps for run in runs})
    return (
        ", ".join(names),
        str(len(runs)),
        runs[0].goal or "-",
        _spread([run.best for run in runs]),
        f"{steps[0]:,}" if len(steps) == 1 else f"{steps[0]:,} to {steps[-1]:,}",
        _duration(statistics.mean(run.elapsed_s for run in runs)),
    )


def _spread(values: list[float]) -> str:
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return "-"
    mean = f"{statistics.mean(known):.5g}"
    return f"{mean} ± {_deviation(known):.2g}" if len(known) > 1 else mean


def _deviation(values: list[float]) -> float:
    """Returns the sample's standard deviation; NaN where a value is not finite."""
    finite = all(map(math.isfinite, values))
    return statistics.stdev(values) if finite else math.nan


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


def _named_after(workdir: Path) -> Path:
    """A seed's folder shows under the name of the one it stands in."""
    return workdir.parent if workdir.name.startswith("seed_") else workdir


def _by_number(path: Path) -> tuple[str, int]:
    """Sorts seed_2 before seed_10."""
    head, _, number = path.name.rpartition("_")
    return (head, int(number)) if number.isdecimal() else (path.name, -1)
