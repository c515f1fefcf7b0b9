"""Commands on a finished run: its metrics, samples, answers and figures."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import experiments
from experiments.commands.flags import Args, Flag, of
from seqnets.plots import learning_curve
from seqnets.training import loop, reporting, samples
from seqnets.training.study import Study
from seqnets.training.task import Experiment


def evaluate(args: Args) -> None:
    """Prints the metrics of a run on a split, as JSON on the last line."""
    experiment, found = experiments.load(args.workdir)
    print(json.dumps(metrics(experiment, found, args.workdir, args.split or "test")))


def sample(args: Args) -> None:
    """Prints a sample; a seed gives the same one every time."""
    experiment, found = experiments.load(args.workdir)
    draw = require(experiment, "sample", args.workdir)
    print(draw(found, **given(args, draw)))


def predict(args: Args) -> None:
    """Reads lines from standard input, and prints the answer to each."""
    _answer(args, "predict")


def score(args: Args) -> None:
    """Reads lines from standard input, and prints how probable each is."""
    _answer(args, "score")


def report(args: Args) -> None:
    """Draws the figures and samples of a run again, and prints their paths."""
    experiment, found = experiments.load(args.workdir)
    if isinstance(experiment, Study):
        require(experiment, "report", args.workdir)
    folder = samples.write(experiment, found, args.workdir, again=True)
    draw_curve(experiment, args.workdir)
    for path in sorted(folder.iterdir()):
        print(path)


def _answer(args: Args, ability: str) -> None:
    experiment, found = experiments.load(args.workdir)
    ask = require(experiment, ability, args.workdir)
    for record in ask(found, read_lines(), **given(args, ask)):
        print(record, flush=True)


def flags_of(ability: str, workdir: str) -> dict[str, Flag]:
    """Returns the flags of an ability of the experiment of a run.

    Raises:
      ValueError: if it lacks the ability.
    """
    experiment = experiments.build(experiments.read_config(workdir), workdir)
    return of(require(experiment, ability, workdir))


def given(args: Args, function: Callable[..., Any]) -> dict[str, Any]:
    """Returns the flags of a function that were given."""
    values = {name: getattr(args, name, None) for name in of(function)}
    return {name: value for name, value in values.items() if value is not None}


def require(experiment: Experiment, ability: str, workdir: str) -> Callable[..., Any]:
    """Returns what a command calls, which not every experiment offers."""
    method = getattr(experiment, ability)
    if method is None:
        raise ValueError(f"the experiment of {workdir} has no {ability}")
    return method


def metrics(
    experiment: Experiment, found: Any, workdir: str, split: str
) -> dict[str, float]:
    """Returns the metrics of a split: of a task now, of a study as it recorded them.

    Raises:
      ValueError: if the study has none of the split.
    """
    if not isinstance(experiment, Study):
        return loop.evaluate(experiment, found, split)
    records = {record["split"]: record for record in reporting.read(workdir)}
    if split not in records:
        raise ValueError(
            f"the study of {workdir} has no metrics of split {split!r}: it has"
            f" {', '.join(map(repr, records)) or 'none'}"
        )
    rest = {"step", "split", "elapsed_s"}
    return {name: x for name, x in records[split].items() if name not in rest}


def draw_curve(experiment: Experiment, workdir: str) -> None:
    """Draws the learning curve of a training beside its samples."""
    if isinstance(experiment, Study):
        return
    folder = Path(workdir) / samples.SAMPLES
    folder.mkdir(exist_ok=True)
    path = folder / "learning_curve.png"
    learning_curve.draw(path, reporting.read(workdir), experiment.goal)


def read_lines() -> Iterator[str]:
    """Yields the lines of standard input without their ends."""
    if sys.stdin.isatty():
        print("One per line, Ctrl-D to end:", file=sys.stderr)
    for line in sys.stdin:
        yield line.rstrip("\r\n")
