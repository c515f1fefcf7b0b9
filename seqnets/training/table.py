"""Run folders side by side, as a Markdown table."""

import dataclasses
import json
import math
import statistics
from collections.abc import Iterable
from pathlib import Path

from seqnets.training import reporting, run_folder


@dataclasses.dataclass(frozen=True)
class Run:
    """What a table says of one run.

    Attributes:
      workdir: its folder.
      config: the fields that make it comparable with others: all but the seed.
      goal: "split metric".
      best: the goal's best value; NaN before the first evaluation.
      steps: optimizer steps taken.
      elapsed_s: wall-clock of the whole run, interruptions left out.
    """

    workdir: Path
    config: str
    goal: str
    best: float
    steps: int
    elapsed_s: float


def find(workdirs: Iterable[str | Path]) -> list[Path]:
    """Returns the run folders among folders, and those directly inside of them."""
    found = []
    for workdir in map(Path, workdirs):
        inside = sorted(workdir.iterdir(), key=_by_number) if workdir.is_dir() else []
        found += [path for path in (workdir, *inside) if is_run(path)]
    return found


def is_run(workdir: Path) -> bool:
    """Tells whether a folder is one that a training made."""
    return (workdir / run_folder.CONFIG).is_file()


def read(workdir: str | Path) -> Run:
    """Reads what a run folder has recorded so far."""
    workdir = Path(workdir)
    config = json.loads((workdir / run_folder.CONFIG).read_text(encoding="utf-8"))
    config.pop("seed", None)
    split, metric, direction = run_folder.read_goal(workdir) or ("", "", "min")
    started = (workdir / reporting.METRICS).exists()
    records = reporting.read(workdir) if started else []
    values = [r[metric] for r in records if r["split"] == split and metric in r]
    values = [value for value in values if not math.isnan(value)]
    best = {"min": min, "max": max}[direction]
    return Run(
        workdir=workdir,
        config=json.dumps(config, sort_keys=True),
        goal=f"{split} {metric}".strip(),
        best=best(values, default=math.nan),
        steps=records[-1]["step"] if records else 0,
        elapsed_s=records[-1].get("elapsed_s", 0.0) if records else 0.0,
    )


def markdown(runs: Iterable[Run]) -> str:
    """Returns a row for each config: over its seeds, mean ± standard deviation.

    The deviation is the sample's, with n - 1; wall-clock is the mean of the seeds.
    """
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        groups.setdefault((run.config, run.goal), []).append(run)
    rows = [("run", "seeds", "goal", "best", "steps", "wall-clock")]
    rows.append(("---", "---:", "---", "---:", "---:", "---:"))
    rows += [_row(group) for group in groups.values()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


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
    return f"{mean} ± {statistics.stdev(known):.2g}" if len(known) > 1 else mean


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
