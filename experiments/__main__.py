"""The front door: trains, evaluates and asks the experiments of this folder.

    python -m experiments train    --config=configs/char_lm.py --workdir=runs/char_lm
    python -m experiments evaluate --workdir=runs/char_lm --split=test
    python -m experiments sample   --workdir=runs/char_lm --prompt="def " --length=400
    python -m experiments predict  --workdir=runs/sentiment < sentences.txt
    python -m experiments score    --workdir=runs/char_lm < sentences.txt
    python -m experiments table    runs/*

`python -m experiments COMMAND --help` lists the flags of a command. Any field of the
config is a flag of `train`, as in --config.cell.name=GRU, and the same `train` command
typed again resumes a run that was interrupted. After any command, --traceback shows
where an error came from.
"""

import functools
import inspect
import itertools
import json
import math
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from absl import flags
from ml_collections import ConfigDict

# JAX takes seconds to import: whatever brings it in is imported by the command that
# needs it, once its flags are known to be right.
import experiments
from seqnets.naming import nearest
from seqnets.training import config as configs
from seqnets.training import process
from seqnets.training.interruption import Interrupted

Args = SimpleNamespace  # Flags by name, None if not given; `overrides`; `folders`.

SAMPLE_LENGTH = 400  # Symbols shown after training.

text, real, whole = flags.DEFINE_string, flags.DEFINE_float, flags.DEFINE_integer
positive = functools.partial(whole, lower_bound=1)
split = functools.partial(flags.DEFINE_enum, enum_values=["valid", "test"])

FLAGS = {
    "config": (text, "Python file that says what to train"),
    "workdir": (text, "folder of the run"),
    "seeds": (positive, "trains N seeds, the config's first, in WORKDIR/seed_*"),
    "profile_steps": (positive, "traces N steps into WORKDIR/profile"),
    "split": (split, "valid or test (default: test)"),
    "prompt": (text, "what to go on from"),
    "length": (whole, "how many symbols"),
    "temperature": (real, "0 is greedy, 1 the model's own probabilities"),
    "top_k": (whole, "draws from the k most probable symbols"),
    "top_p": (real, "draws from the smallest set that is so probable"),
    "seed": (whole, "another seed draws another sample"),
    "lexicon": (text, "other words for a model that reads a lexicon"),
}
PREDICT_FLAGS = ("lexicon",)
SAMPLE_FLAGS = ("prompt", "length", "temperature", "top_k", "top_p", "seed")


def train(args: Args) -> None:
    """Trains a task, or goes on where the run folder left off."""
    config = configs.load(args.config, args.overrides)
    if args.seeds is None:
        task = train_seed(config, args.workdir, args.profile_steps or 0)
        print(f"\nNext:\n{next_commands(task, args)}")
        return
    workdirs = []
    for seed in range(config.seed, config.seed + args.seeds):
        config = config.copy_and_resolve_references()
        config.seed = seed
        workdirs.append(os.path.join(args.workdir, f"seed_{seed}"))
        train_seed(config, workdirs[-1], args.profile_steps or 0)
    print()
    table(Args(folders=workdirs))


def train_seed(config: ConfigDict, workdir: str, profile_steps: int) -> Any:
    """Trains once, shows the result beside the baselines, and a sample."""
    from seqnets.training import loop

    task = experiments.build(config, workdir)
    params = loop.fit(task, config, workdir, profile_steps=profile_steps)
    if task.goal is not None:
        split, name, direction = task.goal
        results = {"this run": loop.evaluate(task, params, split)[name]}
        results |= task.baselines() if task.baselines else {}
        best = {"min": "lowest", "max": "highest"}[direction]
        print(f"\n{name} on the {split} split, the {best} is the best:")
        for who in sorted(results, key=results.get, reverse=direction == "max"):
            print(f"{results[who]:12.4f}  {who}")
    if task.sample is not None:
        text = task.sample(params, length=SAMPLE_LENGTH, stop=False)
        print(f"\nA sample:\n\n{text}")
    return task


def next_commands(task: Any, args: Args) -> str:
    """Returns what can be typed after a training, one indented command per line."""
    active = shutil.which("python") == sys.executable
    python = "python" if active else os.path.relpath(sys.executable)
    workdir = f"--workdir={args.workdir}"
    asking = [name for name in ("sample", "predict", "score") if getattr(task, name)]
    fields = [f"--config.{name}={value}" for name, value in args.overrides.items()]
    lines = [
        ["evaluate", workdir, "--split=test"],
        *([name, workdir] for name in asking),
        ["train", f"--config={args.config}", workdir, *fields],
    ]
    lines = [f"  {shlex.join([python, '-m', 'experiments', *line])}" for line in lines]
    lines[-1] += "  # resumes, had it been interrupted"
    curves = f"  tensorboard {shlex.quote(f'--logdir={args.workdir}')}"
    return "\n".join([*lines, f"{curves}  # `pip install tensorboard` provides it"])


def evaluate(args: Args) -> None:
    """Prints the scores of a run on a split, as JSON on the last line."""
    task, params = experiments.load(args.workdir)
    from seqnets.training import loop

    print(json.dumps(loop.evaluate(task, params, args.split or "test")))


def sample(args: Args) -> None:
    """Prints a sample; a seed gives the same one every time."""
    task, params = experiments.load(args.workdir)
    draw = require(task, "sample", args.workdir)
    print(draw(params, **options(args, SAMPLE_FLAGS, draw)))


def predict(args: Args) -> None:
    """Reads lines from standard input, and prints the answer to each."""
    task, params = experiments.load(args.workdir)
    ask = require(task, "predict", args.workdir)
    for answer in ask(params, read_lines(), **options(args, PREDICT_FLAGS, ask)):
        print(answer, flush=True)


def score(args: Args) -> None:
    """Reads sentences from standard input; prints ln p, perplexity and sentence."""
    task, params = experiments.load(args.workdir)
    lines, read = itertools.tee(read_lines())
    scores = require(task, "score", args.workdir)(params, read)
    for (log_prob, tokens), line in zip(scores, lines, strict=False):
        nats = -log_prob / max(tokens, 1)
        perplexity = math.exp(nats) if nats < 700 else math.inf
        print(f"{log_prob:.4f}\t{perplexity:.4f}\t{line}", flush=True)


def table(args: Args) -> None:
    """Prints a Markdown table of runs; seeds of one config share a row."""
    from seqnets.training import table as tables

    folders = tables.find(args.folders)
    if not folders:
        raise ValueError(f"no run folders in {' '.join(args.folders) or 'nothing'}")
    goals = [experiments.build(experiments.read_config(f), f).goal for f in folders]
    print(tables.markdown(map(tables.read, folders, goals)))


def require(task: Any, ability: str, workdir: str) -> Callable:
    """Returns what a command calls, which not every task offers."""
    if getattr(task, ability) is None:
        raise ValueError(f"the experiment of {workdir} has no {ability}")
    return getattr(task, ability)


def options(args: Args, names: tuple[str, ...], function: Callable) -> dict[str, Any]:
    """Returns the flags that were given, which the function must take by name."""
    given = {n: value for n in names if (value := getattr(args, n)) is not None}
    known = inspect.signature(function).parameters
    if not any(p.kind is p.VAR_KEYWORD for p in known.values()):
        for name in given.keys() - known.keys():
            raise ValueError(f"the experiment of {args.workdir} takes no --{name}")
    return given


def read_lines() -> Iterator[str]:
    """Yields the lines of standard input without their ends."""
    if sys.stdin.isatty():
        print("One per line, Ctrl-D to end:", file=sys.stderr)
    for line in sys.stdin:
        yield line.rstrip("\r\n")


# What each command must be given, and what it may be.
COMMANDS = {
    "train": (train, ("config", "workdir"), ("seeds", "profile_steps")),
    "evaluate": (evaluate, ("workdir",), ("split",)),
    "sample": (sample, ("workdir",), SAMPLE_FLAGS),
    "predict": (predict, ("workdir",), PREDICT_FLAGS),
    "score": (score, ("workdir",), ()),
    "table": (table, (), ()),
}


def parse(command: str, words: list[str]) -> Args:
    """Reads the flags of a command.

    Raises:
      ValueError, flags.Error: for flags that the command does not have or lacks.
    """
    _, required, optional = COMMANDS[command]
    values = flags.FlagValues()
    values.set_gnu_getopt(True)
    for name in (*required, *optional):
        define, meaning = FLAGS[name]
        define(name=name, default=None, help=meaning, flag_values=values)
    overrides = {}
    if "config" in required:
        changes = [word for word in words if word.startswith("--config.")]
        words = [word for word in words if word not in changes]
        for change in changes:
            name, equals, value = change.removeprefix("--config.").partition("=")
            if not equals:
                raise ValueError(f"give {change} a value: {change}=VALUE")
            overrides[name] = value
    _, *folders = values([command, *words])
    if folders and command != "table":
        raise ValueError(f"{command} does not know what to do with {folders[0]!r}")
    for name in required:
        if not values[name].value:
            raise ValueError(f"{command} needs --{name}, the {FLAGS[name][1]}")
    return Args(**values.flag_values_dict(), overrides=overrides, folders=folders)


def usage(command: str) -> str:
    """Returns the help of a command."""
    function, required, optional = COMMANDS[command]
    lines = [function.__doc__, "", "Flags (* must be given):"]
    for name in (*required, *optional):
        mark = "*" if name in required else " "
        lines.append(f" {mark} --{name:15}{FLAGS[name][1]}")
    if "config" in required:
        lines.append(f"   --{'config.FIELD':15}changes a field of the config")
    return "\n".join(lines if required else lines[:1])


def run(words: list[str]) -> None:
    """Does what the words of a command line say."""
    command, *words = words or ["--help"]
    if command in ("help", "--help", "-h"):
        print(__doc__)
    elif command not in COMMANDS:
        hint = nearest(command, list(COMMANDS))
        raise ValueError(f"unknown command {command!r}{hint}")
    elif {"--help", "-h"} & set(words):
        print(usage(command))
    else:
        args = parse(command, words)
        process.prepare(say=command == "train")
        COMMANDS[command][0](args)


def main(words: list[str]) -> int:
    """Runs a command; what the user can mend becomes one line, without traceback.

    Returns:
      The exit status: 0, 1 for an error, 128 + signal for an interruption.
    """
    quiet = "--traceback" not in words
    try:
        run([word for word in words if word != "--traceback"])
        sys.stdout.flush()
        return 0
    except BrokenPipeError:  # The reader of our output, as `head`, has had enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Interrupted as error:
        print(f"\n{error}", file=sys.stderr)
        return 128 + error.signal
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130
    except (ValueError, OSError, FloatingPointError, flags.Error) as error:
        if not quiet:
            raise
        message = describe(error)
    except AttributeError as error:
        if not (quiet and isinstance(error.obj, ConfigDict)):
            raise
        message = f"the config has no field {error.name!r}, which is needed"
    print(f"error: {message}", file=sys.stderr)
    return 1


def describe(error: Exception) -> str:
    """Returns what an error says, in one line."""
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.strerror}: {error.filename}"
    return " ".join(str(error).split()) or type(error).__name__


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
