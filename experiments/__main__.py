"""The command line of the experiments: trains, evaluates, samples, predicts.

    python -m experiments train    --config=configs/char_lm.py --workdir=runs/char_lm
    python -m experiments evaluate --workdir=runs/char_lm --split=test
    python -m experiments sample   --workdir=runs/char_lm --prompt="def " --length=400
    python -m experiments predict  --workdir=runs/sentiment < sentences.txt
    python -m experiments score    --workdir=runs/char_lm < sentences.txt
    python -m experiments report   --workdir=runs/sentiment
    python -m experiments table    runs/*
    python -m experiments list

`python -m experiments COMMAND --help` lists the flags of a command. Those of `sample`,
`predict` and `score` are the experiment's own: they are listed where --workdir is given
as well. Any field of the config is a flag of `train`, as in --config.cell.name=GRU, and
the same `train` command typed again resumes a run that was interrupted. After any
command, --traceback shows where an error came from, and --verbose what was set up.

Several processes that are given the same command, one file system, and the variables
JAX_COORDINATOR_ADDRESS=HOST:PORT, JAX_NUM_PROCESSES and JAX_PROCESS_ID are one run, on
the devices of all. SEQNETS_MODEL_DEVICES=M cuts the embedding and the softmax of a
language model among groups of M devices.
"""

import importlib
import logging
import os
import sys
import types

import experiments
from experiments.commands.errors import message
from experiments.commands.flags import COMMANDS, given_workdir, parse, usage


def run(words: list[str], *, verbose: bool = False) -> None:
    """Does what the words of a command line ask for."""
    name, *words = words or ["--help"]
    if name in ("help", "--help", "-h"):
        print(__doc__)
        return
    if name not in COMMANDS:
        from seqnets.checks import did_you_mean

        raise ValueError(f"unknown command {name!r}{did_you_mean(name, COMMANDS)}")
    command, asked = COMMANDS[name], {"--help", "-h"} & set(words)
    words = [word for word in words if word not in ("--help", "-h")]
    more = None
    if command.ability and (workdir := given_workdir(name, words)):
        experiments.read_config(workdir)  # Or it is no run folder: JAX can wait.
        from experiments.commands import ask

        more = ask.flags_of(name, workdir)
    if asked:
        print(usage(name, more))
        return
    args = parse(name, words, more or {})
    if "config" not in command.required and "workdir" in command.required:
        seeds = experiments.seeds(args.workdir) if name == "evaluate" else []
        for workdir in seeds or [args.workdir]:
            experiments.read_config(workdir)
    from seqnets.training import process

    process.prepare(say=verbose)
    module = importlib.import_module(f"experiments.commands.{command.module}")
    getattr(module, command.function or name)(args)


def main(words: list[str]) -> int:
    """Runs a command; what the user can mend becomes one line, without traceback.

    Returns:
      The exit status: 0, 1 for an error, 128 + signal for an interruption.
    """
    logging.basicConfig(format="%(message)s")
    general = {"--traceback", "--verbose"} & set(words)
    words = [word for word in words if word not in general]
    try:
        run(words, verbose="--verbose" in general)
        if sys.stdout is not None:
            sys.stdout.flush()
        return 0
    except BrokenPipeError:  # The reader of our output, as `head`, has had enough.
        _drop_output()
        return _leave(0)
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return _leave(130)
    except Exception as error:
        process = _of_several()
        line = process.lost(error) if process else None
        line = message(error) if line is None else line
        if line is None:
            from seqnets.training.interruption import Interrupted

            if isinstance(error, Interrupted):
                print(f"\n{error}", file=sys.stderr)
                return 128 + error.signal
        if line is None or "--traceback" in general:
            raise
    print(f"error: {line}", file=sys.stderr)
    _drop_output()
    return _leave(1)


def _leave(status: int) -> int:
    """Returns the status; one of several processes of a run ends at once instead."""
    process = _of_several()
    return process.leave(status) if process else status


def _of_several() -> types.ModuleType | None:
    """Returns the module that joins several processes, if it has been needed."""
    return sys.modules.get("seqnets.training.process")


def _drop_output() -> None:
    """Drops output that cannot be written: Python would fail again at its exit."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
