"""Trains configs as they are shipped, and compares their scores with what is claimed.

python -m benchmarks.claims
python -m benchmarks.claims digits parity --workdir runs/claims
python -m benchmarks.claims --data

The claims are in claims.json, of seed 0, from the docstrings of configs/ and from
experiments/README.md. Tolerances cover another seed, and other hardware.
"""

import argparse
import contextlib
import itertools
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ml_collections import ConfigDict

import experiments
from benchmarks import ROOT
from benchmarks.tables import markdown
from experiments.commands import config_file
from seqnets.checks import did_you_mean
from seqnets.training import evaluation, loop, process, reporting, study
from seqnets.training.checkpoint import Checkpoints
from seqnets.training.interruption import Interrupted
from seqnets.training.study import Study
from seqnets.training.task import Params, Task

HEADER = ["config", "split", "metric", "claim", "measured", "", "s"]
BOUNDS = {"about": "±", "at least": "-", "at most": "+"}  # And the tolerance's sign.
SECONDS = "seconds.json"  # Wall-clock of a training, over all calls that it took.


class Claim(NamedTuple):
    """That a metric of a split is about, at least or at most a value."""

    split: str
    metric: str
    value: float
    tolerance: float
    bound: str

    def __str__(self) -> str:
        sign = BOUNDS[self.bound]
        return f"{self.bound} {self.value:g} {sign} {self.tolerance:g}"

    def holds(self, measured: float | None) -> bool:
        """Whether a measurement is within the tolerance; NaN and None are not."""
        if measured is None:
            return False
        above = measured >= self.value - self.tolerance
        below = measured <= self.value + self.tolerance
        needed = {"about": above and below, "at least": above, "at most": below}
        return needed[self.bound]


# A config, a claim, what was measured (None: the run failed), and seconds.
Row = tuple[str, Claim, float | None, float]


def read(path: Path = ROOT / "benchmarks" / "claims.json") -> dict[str, Any]:
    """Returns {"generated" or "data": {config: its claims}}, short trainings first."""
    groups = json.loads(path.read_text(encoding="utf-8"))
    return {
        group: {n: [Claim(*claim) for claim in found] for n, found in table.items()}
        for group, table in groups.items()
    }


def load(name: str, workdir: Path) -> ConfigDict:
    """Returns a config as it is shipped."""
    config = config_file.load(str(ROOT / "configs" / f"{name}.py"))
    if name == "resume_words":  # Its words are those of another run.
        config.segmenter = str(workdir / "segmentation")
    return config


def train(task: Task, config: ConfigDict, folder: Path) -> tuple[Params, float]:
    """Trains what is not trained yet.

    Returns:
      The best parameters, and the wall-clock seconds of the training.
    """
    clock, start = folder / SECONDS, time.monotonic()
    seconds = json.loads(clock.read_text()) if clock.exists() else 0.0
    meta = Checkpoints(folder).meta()
    complete = meta is not None and meta["progress"]["complete"]
    try:
        params = loop.fit(task, config, folder)
    finally:
        if not complete and (folder / "config.json").exists():
            seconds = round(seconds + time.monotonic() - start, 1)
            clock.write_text(json.dumps(seconds))
    return params, seconds


def measure(task: Task, params: Params, split: str) -> dict[str, float]:
    """Returns the metrics of a split; of "train", those of one epoch."""
    if split == "train":
        epoch = itertools.islice(task.batches("train"), task.steps_per_epoch)
        return evaluation.evaluate(task, params, split, batches=epoch)
    return evaluation.evaluate(task, params, split)


def learned_starts(task: Task, params: Params) -> dict[str, float]:
    """Returns how many starts of each width answer all points of the test right."""
    x, y = task.first.dataset.test.columns
    outputs = task.outputs(params, x)
    right = {w: ((found > 0) == (y > 0)).all(1) for w, found in outputs.items()}
    return {f"learned/{w}": float(all_right.sum()) for w, all_right in right.items()}


def compute(task: Study, config: ConfigDict, folder: Path) -> dict[str, dict[str, Any]]:
    """Returns the metrics of a study by split, computed if they are not there yet."""
    study.run(task, config, folder)
    return {record["split"]: record for record in reporting.read(folder)}


# What is claimed beside the metrics of a config's task.
BESIDE: Mapping[str, Callable[..., dict[str, float]]] = {"xor": learned_starts}


def check(name: str, claims: Sequence[Claim], workdir: Path) -> list[Row]:
    """Trains a config and measures what is claimed of it; an error fails each claim."""
    start, found = time.monotonic(), {}
    try:
        config, folder = load(name, workdir), workdir / name
        task = experiments.build(config, folder)
        if isinstance(task, Study):
            found = compute(task, config, folder)
            seconds = next(iter(found.values()))["elapsed_s"]
        else:
            params, seconds = train(task, config, folder)
            for split in dict.fromkeys(claim.split for claim in claims):
                found[split] = measure(task, params, split)
                if name in BESIDE:
                    found[split] |= BESIDE[name](task, params)
    except (ValueError, OSError, FloatingPointError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        seconds = time.monotonic() - start
    measured = [found.get(claim.split, {}).get(claim.metric) for claim in claims]
    return [(name, c, x, seconds) for c, x in zip(claims, measured, strict=True)]


def table(rows: Sequence[Row]) -> str:
    """Returns the claims beside the measurements, as Markdown."""
    body = []
    for name, claim, measured, seconds in rows:
        value = "-" if measured is None else f"{measured:.4g}"
        verdict = "within" if claim.holds(measured) else "**not**"
        place = [name, claim.split, claim.metric, claim]
        body.append([*place, value, verdict, f"{seconds:.0f}"])
    return markdown(HEADER, body)


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Reads the options; `names` become those of the configs to check, in order."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.claims",
        description="Trains configs and compares their scores with the claims.",
    )
    parser.add_argument("names", nargs="*", help="configs; by default those of no data")
    parser.add_argument("--data", action="store_true", help="real data, too; hours")
    parser.add_argument(
        "--workdir", type=Path, default=ROOT / "runs" / "claims", help="of the runs"
    )
    args = parser.parse_args(words)
    groups = read()
    known = groups["generated"] | groups["data"]
    for name in args.names:
        if name not in known:
            parser.error(f"unknown config {name!r}{did_you_mean(name, known)}")
    args.names = args.names or list(known if args.data else groups["generated"])
    args.claims = {name: known[name] for name in args.names if known[name]}
    return args


def main(words: Sequence[str]) -> int:
    """Prints the table; of what was measured so far, if interrupted.

    Returns:
      The exit status: 1 if a claim does not hold, 128 + signal if interrupted.
    """
    args, rows, status = parse(words), [], 0
    process.prepare(say=False)
    try:
        for name, claims in args.claims.items():
            print(f"\n{name}, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
            with contextlib.redirect_stdout(sys.stderr):  # The table is alone there.
                rows += check(name, claims, args.workdir)
    except Interrupted as stopped:
        print(f"\n{stopped}", file=sys.stderr)
        status = 128 + stopped.signal
    print(table(rows))
    return status or int(not all(claim.holds(x) for _, claim, x, _ in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
