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
command, --traceback shows where an error came from.
"""

import importlib
import os
import sys

from absl import flags
from ml_collections import ConfigDict

import experiments
from experiments.commands.flags import COMMANDS, given_workdir, parse, usage


def run(words: list[str]) -> None:
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
        experiments.read_config(args.workdir)
    from seqnets.training import process

    process.prepare(say=name == "train")
    module = importlib.import_module(f"experiments.commands.{command.module}")
    getattr(module, command.function or name)(args)


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
    except Exception as error:
        from seqnets.training.interruption import Interrupted

        if not isinstance(error, Interrupted):
            raise
        print(f"\n{error}", file=sys.stderr)
        return 128 + error.signal
    print(f"error: {message}", file=sys.stderr)
    return 1


def describe(error: Exception) -> str:
    """Returns what an error says, in one line."""
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.strerror}: {error.filename}"
    return " ".join(str(error).split()) or type(error).__name__


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
