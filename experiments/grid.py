"""Grid LSTMs against other deep nets: parity, long addition, pictures (E25).

Kalchbrenner et al. (2016). Is the number of ones in a vector odd, where all bits enter
at the first layer, and depth is the only recurrence? What is the sum of two long
numbers, read and written digit by digit, where memories run along time and depth? Which
digit is drawn, where four grids scan the patches of its image, one from each corner?

Accuracy counts: of parities, of single digits of a sum, of images. A net is called by
its kind and depth, as in "grid_8"; several are trained side by side on the same
batches, and figures show accuracy against the length of the input and against depth.
The trivial baselines guess the most frequent answer.
"""

import functools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jax.numpy as jnp
from ml_collections import ConfigDict

from experiments.digits import ImageClassifier
from seqnets import feedforward, losses
from seqnets.data.assets import Assets
from seqnets.datasets import grid_problems
from seqnets.modules import PictureScan
from seqnets.plots import curves
from seqnets.structures.grid import GridLSTM
from seqnets.tasks.grid_task import GridTask
from seqnets.training import config as configs
from seqnets.training.comparison import Answers, Comparison
from seqnets.training.evaluation import evaluate
from seqnets.training.fields import COUNT, FRACTION, LAYERS, SOME, Field, common
from seqnets.training.task import Params, Task

SHOWN = 24  # Examples of the report.

GRIDS = "grid", "grid_untied"  # A memory along every dimension; weights of layers tied.
STACKS = "stacked", "stacked_tied"  # None along depth: LSTMs on top of each other.
PLAIN = "tanh", "relu"  # Feed-forward nets.
# The number of dimensions, depth among them, and the kinds of nets.
PROBLEMS = {
    "parity": (1, GRIDS + PLAIN),
    "addition": (2, GRIDS + STACKS),
    "images": (3, GRIDS + STACKS),
}
COLORS = {"grid": "#c03020", "grid_untied": "#e0a030", "stacked": "#2060a0"}
COLORS |= {"stacked_tied": "#60a0d0", "tanh": "#808080", "relu": "#303030"}

FIELDS = common("corpus", "length", "width") | {
    "problem": Field(str, tuple(PROBLEMS)),
    "shortest": Field(int, COUNT, optional=True),
    "growth": Field(float, FRACTION),
    "lengths": Field(int, COUNT, many=SOME),
    "eval_examples": Field(int, COUNT),
    "kinds": Field(str, GRIDS + STACKS + PLAIN, many=SOME),
    "depths": Field(int, LAYERS, many=SOME),
    "priority": Field(bool),
    "patch": Field(int, COUNT),
}


def build_net(config: ConfigDict, kind: str, depth: int) -> Any:
    """Returns the `GridLSTM`, or the hidden layers of a `FeedForward`, of a kind."""
    width, dims = config.width, PROBLEMS[config.problem][0]
    if kind in PLAIN:
        layer = feedforward.Layer(width, kind)
        deep = [feedforward.Deep(layer, depth - 1)] if depth > 1 else []
        return feedforward.Stack((layer, *deep))
    stacked, tied = kind in STACKS, kind in ("grid", "stacked_tied")
    # What a stack hands on has one memory for all directions of a picture.
    along = ("lstm",) * (dims - stacked) + ("copy",) * stacked
    priority = (dims - 1,) if config.priority and dims > 1 and not stacked else ()
    return GridLSTM(width, along, depth, tied, priority, shared=stacked)


class Generated(GridTask):
    """One net on parity or addition, asked and drawn by itself."""

    def predict(self, params: Params, lines: Iterable[str]) -> Iterator[Answers]:
        """Yields the parities of bits, as in "0110", or sums, as of "123 + 899"."""
        return SideBySide({self.name: self}).predict({self.name: params}, lines)

    def report(self, params: Params, directory: Path) -> None:
        """Writes and draws accuracy against length, and writes answers.txt."""
        SideBySide({self.name: self}).report({self.name: params}, directory)


class GridImages(ImageClassifier):
    """One grid that scans images."""

    def __init__(self, config: ConfigDict, name: str, net: GridLSTM, assets: Assets):
        super().__init__(config, assets)
        self.name, self.net = name, net
        self.criterion = losses.cross_entropy

    @functools.cached_property
    def model(self) -> PictureScan:
        c = self.config
        dtype = jnp.dtype(c.compute_dtype)
        return PictureScan(self.net, len(self.classes), c.patch, dtype)


class SideBySide(Comparison):
    """Several nets on one problem, in one figure."""

    def __init__(self, tasks: Mapping[str, Task]):
        super().__init__(tasks)
        self.config = self._first.config
        if self.config.problem == "images":
            self.predict = None

    def predict(self, params: Params, lines: Iterable[str]) -> Iterator[Answers]:
        """Yields the answers of all nets to each line."""
        c = self.config
        for line in lines:
            if not line.strip():
                yield Answers({}, line)
                continue
            # In a shape of the training, where it fits.
            batch = self._first.problem.read(line, c.length, max(c.length, *c.lengths))
            tasks = self.tasks.items()
            yield Answers({n: task.ask(params[n], batch) for n, task in tasks}, line)

    def report(self, params: Params, directory: Path) -> None:
        """Writes and draws accuracy against length and depth; writes answers.txt.

        The files are length.csv and length.png, depth.csv and depth.png; pictures have
        no length.
        """
        if self.config.problem == "images":
            found = evaluate(self, params, "test")
            whole = {name: found[f"accuracy/{name}"] for name in self.tasks}
        else:
            whole = self.report_lengths(params, directory)
            text = "".join(f"{line}\n" for line in self.examples(params))
            (directory / "answers.txt").write_text(text, encoding="utf-8")
        self.report_depths(whole, directory)

    def report_lengths(self, params: Params, directory: Path) -> dict[str, float]:
        """Returns the accuracy of each net at the length of the training."""
        c, first = self.config, self._first
        lengths = sorted({*c.lengths, c.length})
        columns: dict[str, list[float]] = {}
        for length in lengths:
            batches = first.make_batches("test", (length, length)).batches(0, 1)
            found = evaluate(self, params, "test", batches=batches)
            scores = {name: found[f"accuracy/{name}"] for name in self.tasks}
            scores |= first.problem.baselines(length, length)
            for name, score in scores.items():
                columns.setdefault(name, []).append(score)
        write_csv(directory / "length.csv", {"length": lengths} | columns)
        shown = [f"{kind}_{c.depths[-1]}" for kind in c.kinds]
        curves.draw(
            directory / "length.png",
            lengths,
            {name: columns[name] for name in shown},
            title=f"{c.problem}: accuracy against length",
            xlabel=first.problem.unit,
            ylabel="accuracy",
            baselines={n: own for n, own in columns.items() if n not in self.tasks},
            colors={f"{kind}_{c.depths[-1]}": color for kind, color in COLORS.items()},
            limits=(-0.02, 1.02),
        )
        at = lengths.index(c.length)
        return {name: columns[name][at] for name in self.tasks}

    def report_depths(self, whole: Mapping[str, float], directory: Path) -> None:
        """Writes and draws accuracies by kind and depth."""
        c = self.config
        by_kind = {k: [whole[f"{k}_{d}"] for d in c.depths] for k in c.kinds}
        write_csv(directory / "depth.csv", {"depth": c.depths} | by_kind)
        curves.draw(
            directory / "depth.png",
            c.depths,
            by_kind,
            title=f"{c.problem}: accuracy against depth",
            xlabel="layers",
            ylabel="accuracy",
            colors=COLORS,
            limits=(None, 1.02),
        )

    def examples(self, params: Params) -> Iterator[str]:
        """Yields answers to some rows of the test split, and what is right."""
        batch, problem = next(self._first.batches("test")), self._first.problem
        for row in range(min(SHOWN, int(batch["rows"].sum()))):
            line = grid_problems.write(batch["inputs"][row])
            right = problem.say(batch["targets"][row][batch["asked"][row]])
            (said,) = self.predict(params, [line])
            answers = ", ".join(
                f"{name}: {answer}{'' if answer == right else ' (wrong)'}"
                for name, (answer, _) in said.answers.items()
            )
            yield f"{line} is {right}; {answers}"


def write_csv(path: Path, columns: Mapping[str, Any]) -> None:
    """Writes columns [N] by name, numbers with four digits."""
    lines = [",".join(columns)]
    for values in zip(*columns.values(), strict=True):
        lines.append(",".join(f"{value:.4g}" for value in values))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def build(config: ConfigDict, workdir: str | Path | None = None) -> Task:
    """Builds the task of one net, or of several a `SideBySide`.

    Every field is in `configs/grid.py`; see `experiments.build`.

    Raises:
      ValueError: for options out of range, or that do not go together.
    """
    configs.check(config, FIELDS)
    check(config)
    assets = Assets(workdir)
    tasks: dict[str, Task] = {}
    for kind in config.kinds:
        for depth in config.depths:
            name, net = f"{kind}_{depth}", build_net(config, kind, depth)
            if config.problem == "images":
                tasks[name] = GridImages(config, name, net, assets)
            else:
                tasks[name] = Generated(config, name, net)
    return SideBySide(tasks) if len(tasks) > 1 else tasks[name]


def check(config: ConfigDict) -> None:
    """Raises ValueError for options that do not go together."""
    _, kinds = PROBLEMS[config.problem]
    for kind in config.kinds:
        if kind not in kinds:
            raise ValueError(
                f"kinds of nets for problem={config.problem} are {', '.join(kinds)},"
                f" not {kind}"
            )
    if config.problem == "images":
        return
    problem, longest = grid_problems.PROBLEMS[config.problem], config.length
    shortest = longest if config.shortest is None else config.shortest
    problem.check(shortest, longest, config.lengths)
    if config.problem == "parity" and max(config.lengths) > longest:
        raise ValueError(
            f"a net for vectors of length {longest} reads no longer ones: lengths"
            f" {tuple(config.lengths)} must be at most that"
        )
