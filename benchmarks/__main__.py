"""Races seqnets against its peers: see benchmarks/README.md.

python -m benchmarks
python -m benchmarks --cells LSTM --shapes 0,3 --only training
python -m benchmarks --quick
"""

import argparse
import datetime
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import ROOT, cases, report
from benchmarks.contenders import CONTENDERS, OURS
from benchmarks.race import MODES
from benchmarks.worker import Kept

RESULTS = ROOT / "benchmarks" / "RESULTS.md"
SECTIONS = ("race", "startup", "compiling", "memory")
ROUNDS, QUICK_ROUNDS = 15, 3


def among(choices: list[str] | tuple[str, ...]) -> Callable[[str], list[str]]:
    """Returns a parser of comma-separated names, given back in their own order."""

    def parse(text: str) -> list[str]:
        names = [name.strip() for name in text.split(",")]
        for name in names:
            if name not in choices:
                raise argparse.ArgumentTypeError(
                    f"{name!r} is none of {', '.join(choices)}"
                )
        return [choice for choice in choices if choice in names]

    return parse


def parse(words: list[str]) -> argparse.Namespace:
    """Reads the options of a race; by default everything is measured."""
    indices = [str(i) for i in range(len(cases.SHAPES))]
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Lists are separated by commas."
    )
    lists = {
        "cells": list(cases.FORMS),
        "forms": [form for forms in cases.FORMS.values() for form in forms if form],
        "shapes": indices,
        "variants": cases.VARIANTS,
        "dtypes": cases.DTYPES,
        "only": MODES,
        "contenders": list(CONTENDERS),
        "sections": SECTIONS,
    }
    for name, choices in lists.items():
        parser.add_argument(
            f"--{name}",
            type=among(choices),
            default=list(choices),
            help=f"of {', '.join(choices)}",
        )
    parser.add_argument("--rounds", type=int, help=f"turns of each (default {ROUNDS})")
    parser.add_argument("--quick", action="store_true", help="tiny shapes, few rounds")
    parser.add_argument(
        "--keep-memory",
        action="store_true",
        help="lets every contender keep freed memory, as `experiments` does",
    )
    parser.add_argument(
        "--resume",
        type=Path,
        help="file that keeps what was measured, and is gone on from",
    )
    parser.add_argument("--output", type=Path, help="file for the tables")
    args = parser.parse_args(words)
    if args.rounds is not None and args.rounds < 1:
        parser.error(f"--rounds must be positive, not {args.rounds}")
    whole = all(getattr(args, n) == list(choices) for n, choices in lists.items())
    if args.output is None and whole and not args.quick:
        args.output = RESULTS  # A part of a race is no result for all to read.
    args.rounds = args.rounds or (QUICK_ROUNDS if args.quick else ROUNDS)
    chosen = [cases.SHAPES[int(index)] for index in args.shapes]
    args.shapes = list(cases.QUICK_SHAPES) if args.quick else chosen
    args.contenders = [OURS, *(n for n in args.contenders if n != OURS)]
    return args


def main(words: list[str]) -> int:
    """Measures, prints the report and writes it; a part of it if interrupted.

    Returns:
      The exit status: 1 if a measurement failed, 130 if interrupted.
    """
    args = parse(words)
    command = shlex.join(["python", "-m", "benchmarks", *words])
    date = datetime.date.today().isoformat()
    found = report.Report(args.contenders, command, date, Kept(args.resume))
    status = 0
    try:
        found.measure(args)
    except KeyboardInterrupt:
        print("\ninterrupted; what was measured so far:\n", file=sys.stderr)
        status = 130
    text = found.text()
    print(text)
    if args.output is not None and not status:
        args.output.write_text(text + "\n", encoding="utf-8")
    return status or int(bool(found.failures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
