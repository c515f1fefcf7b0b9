"""Commands on a finished run: its metrics, samples, answers and figures."""

import functools
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import experiments
from experiments.commands import errors, lines
from experiments.commands.flags import STREAM, Args, Flag, of
from experiments.commands.show import side_by_side
from seqnets.plots import learning_curve
from seqnets.training import devices, loop, reporting, run_folder, samples
from seqnets.training import table as tables
from seqnets.training.study import Study
from seqnets.training.task import Experiment


def evaluate(args: Args) -> None:
    """Prints the metrics of a run on a split; the last line has them as JSON.

    A folder of several seeds gives their mean, deviation, and the metrics of each.
    """
    split = args.split or "test"
    if folders := experiments.seeds(args.workdir):
        return _evaluate_seeds(folders, split)
    experiment, found = experiments.load(args.workdir)
    values = metrics(experiment, found, args.workdir, split)
    print(f"{args.workdir}, on the {split} split:\n{side_by_side(values)}\n")
    print(to_json(values))


def _evaluate_seeds(folders: list[Path], split: str) -> None:
    by_seed: dict[Any, Path] = {}
    first = experiments.read_config(folders[0]).to_dict()
    for folder in folders:
        config = experiments.read_config(folder).to_dict()
        seed = config.get("seed")
        if different := run_folder.differences(first | {"seed": seed}, config):
            raise ValueError(
                f"{folders[0]} and {folder} are not seeds of one config:"
                f" {'; '.join(different)}"
            )
        if by_seed.setdefault(seed, folder) is not folder:
            print(f"Not counted: {folder}, of the same seed as {by_seed[seed]}")
    values = {}
    for folder in by_seed.values():
        experiment, found = experiments.load(folder)
        values[folder.name] = metrics(experiment, found, str(folder), split)
    values = tables.over_seeds(list(values.values())) | values
    columns = [name for name in values if values[name]]
    print(f"{folders[0].parent}, {len(by_seed)} seeds on the {split} split:")
    flat = {f"{c}/{m}": values[c][m] for m in values["mean"] for c in columns}
    print(f"{side_by_side({n: x for n, x in flat.items() if x is not None})}\n")
    print(to_json(values))


def to_json(values: Any) -> str:
    """Returns values in JSON, which has no number that is not finite: null is."""

    def finite(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: finite(own) for name, own in value.items()}
        if isinstance(value, list | tuple):
            return [finite(own) for own in value]
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return json.dumps(finite(values))


def sample(args: Args) -> None:
    """Prints a sample; a seed gives the same one every time."""
    experiment, found = experiments.load(args.workdir)
    draw = require(experiment, "sample", args.workdir)
    print(draw(found, **given(args, draw)))


def predict(args: Args) -> None:
    """Reads lines from standard input, and prints the answer to each.

    With --stream, it prints each part of an answer as soon as it is final, and an empty
    line behind the last one.
    """
    _answer(args, "predict")


def score(args: Args) -> None:
    """Reads lines from standard input, and prints how probable each is."""
    _answer(args, "score")


def report(args: Args) -> None:
    """Draws the figures and samples of a run again, and prints their paths."""
    experiment, found = experiments.load(args.workdir)
    if isinstance(experiment, Study):
        require(experiment, "report", args.workdir)
    with run_folder.lock(args.workdir):
        folder = samples.write(experiment, found, args.workdir, again=True)
    draw_curve(experiment, args.workdir)
    for path in sorted(folder.iterdir()):
        print(path)


def _answer(args: Args, ability: str) -> None:
    experiment, found = experiments.load(args.workdir)
    method = require(experiment, ability, args.workdir)
    streams = bool(getattr(args, "stream", None))
    if ability == "predict" and experiment.stream is not None:
        other = experiment.stream
        method, other = (other, method) if streams else (method, other)
        _refuse_others(args, method, other, streams)
    ask = functools.partial(method, found, **given(args, method))
    if lines.are_typed() and not experiment.in_turn and not streams:
        ask = lines.one_by_one(ask)
    answers = lines.streamed if streams else lines.answers
    count = unanswered = 0
    for record in answers(ask, devices.lines_of_first(lines.read())):
        count += not streams or record == ""
        print(record, flush=True)
        if isinstance(record, lines.Unanswered):
            unanswered += 1
            said = errors.of_line(record.error)
            print(f"line {record.number}: {said}", file=sys.stderr)
    if unanswered:
        raise ValueError(f"{unanswered} of {count} lines have no answer")


def flags_of(ability: str, workdir: str) -> dict[str, Flag]:
    """Returns the flags of an ability of the experiment of a run.

    Raises:
      ValueError: if it lacks the ability.
    """
    experiment = experiments.rebuild(workdir)
    found = of(require(experiment, ability, workdir))
    if ability == "predict" and experiment.stream is not None:
        found |= {"stream": STREAM} | of(experiment.stream)
    return found


def _refuse_others(
    args: Args, own: Callable[..., Any], other: Callable[..., Any], streams: bool
) -> None:
    """Raises ValueError for flags of `predict` or of `predict --stream` alone."""
    for name in of(other).keys() - of(own).keys():
        if getattr(args, name, None) is not None:
            why = "does not go with" if streams else "needs"
            raise ValueError(f"--{name} {why} --stream")


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
    if isinstance(experiment, Study) or not devices.is_first_process():
        return
    folder = Path(workdir) / samples.SAMPLES
    folder.mkdir(exist_ok=True)
    path = folder / "learning_curve.png"
    learning_curve.draw(path, reporting.read(workdir), experiment.goal)
