"""The command that trains, and its output at the end."""

import inspect
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

from ml_collections import ConfigDict

import experiments
from experiments.commands.ask import draw_curve, metrics
from experiments.commands.config_file import load
from experiments.commands.flags import Args
from experiments.commands.show import side_by_side, table
from seqnets.training import loop, pretrained, reporting, run_folder
from seqnets.training.study import Study
from seqnets.training.task import Experiment

# How an experiment's sample after training differs from one that is asked for.
SAMPLE = {"length": 400, "stop": False}


def train(args: Args) -> None:
    """Trains a task, or goes on where the run folder left off; computes a study."""
    config = load(args.config, args.overrides)
    if args.seeds is None:
        experiment = train_seed(config, args.workdir, args.profile_steps or 0)
        print(f"\nNext:\n{next_commands(experiment, args)}")
        return
    runs = {}
    for seed in range(config.seed, config.seed + args.seeds):
        config = config.copy_and_resolve_references()
        config.seed = seed
        workdir = os.path.join(args.workdir, f"seed_{seed}")
        experiments.build(config, workdir)  # Refuses a config before the first run.
        run_folder.check(workdir, config)
        runs[workdir] = config
    for workdir, config in runs.items():
        train_seed(config, workdir, args.profile_steps or 0)
    print()
    table(Args(folders=list(runs)))


def train_seed(config: ConfigDict, workdir: str, profile_steps: int) -> Experiment:
    """Trains once, shows the result beside the baselines, and a sample."""
    experiment = experiments.build(config, workdir)
    if not Path(workdir, run_folder.CONFIG).exists():  # Later on, no run reads them.
        pretrained.check(config)
    found = loop.fit(experiment, config, workdir, profile_steps=profile_steps)
    draw_curve(experiment, workdir)
    show_result(experiment, found, workdir)
    if experiment.sample is not None:
        known = inspect.signature(experiment.sample).parameters
        options = {name: value for name, value in SAMPLE.items() if name in known}
        print(f"\nA sample:\n\n{experiment.sample(found, **options)}")
    return experiment


def show_result(experiment: Experiment, found: Any, workdir: str) -> None:
    """Prints the goal among the baselines; without a goal, all metrics."""
    baselines = experiment.baselines() if experiment.baselines else {}
    if experiment.goal is None:
        for split in shown_splits(experiment, workdir):
            print(f"\nOn the {split} split:")
            print(side_by_side(metrics(experiment, found, workdir, split)))
        for who, value in baselines.items():
            print(f"{value:12.4f}  {who}")
        return
    split, name, direction = experiment.goal
    results = {"this run": metrics(experiment, found, workdir, split)[name]} | baselines
    best = {"min": "lowest", "max": "highest"}[direction]
    print(f"\n{name} on the {split} split, the {best} is the best:")
    for who in sorted(results, key=results.get, reverse=direction == "max"):
        print(f"{results[who]:12.4f}  {who}")


def shown_splits(experiment: Experiment, workdir: str) -> list[str]:
    """Returns "valid", or the splits of which a study has metrics."""
    if not isinstance(experiment, Study):
        return ["valid"]
    return list(dict.fromkeys(r["split"] for r in reporting.read(workdir)))


def next_commands(experiment: Experiment, args: Args) -> str:
    """Returns what can be typed after a training, one indented command per line."""
    active = shutil.which("python") == sys.executable
    python = "python" if active else os.path.relpath(sys.executable)
    workdir = f"--workdir={args.workdir}"
    abilities = [n for n in ("sample", "predict", "score") if getattr(experiment, n)]
    fields = [f"--config.{name}={value}" for name, value in args.overrides.items()]
    lines = [
        ["evaluate", workdir, "--split=test"],
        *([name, workdir] for name in abilities),
        ["train", f"--config={args.config}", workdir, *fields],
    ]
    lines = [f"  {shlex.join([python, '-m', 'experiments', *line])}" for line in lines]
    study = isinstance(experiment, Study)
    again = "shows the result again" if study else "resumes, had it been interrupted"
    lines[-1] += f"  # {again}"
    curves = f"  tensorboard {shlex.quote(f'--logdir={args.workdir}')}"
    return "\n".join([*lines, f"{curves}  # `pip install tensorboard` provides it"])
