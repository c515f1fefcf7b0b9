"""Races the forms of cells whose recurrence is linear in the state: see README.md.

python -m benchmarks.linear_cells
python -m benchmarks.linear_cells --length 1000 --rows 1 16 --rounds 9
"""

import argparse
import functools
import sys
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax import Array

from benchmarks import agreement, hardware
from benchmarks.tables import markdown
from benchmarks.timing import interleave, ratio, summarise
from seqnets import cells
from seqnets.cells.cell import Cell
from seqnets.plan import Plan
from seqnets.training import process
from seqnets.unroll import unroll

DIM = 128  # Width of inputs and states.
NAMES = ("MinGRU", "MinLSTM", "LRU")
PLAIN, SCAN, PARALLEL = "plain scan", 'Plan(time="scan")', 'Plan(time="parallel")'
Run = Callable[[Any, Array], Any]


def forms(cell: Cell) -> dict[str, Run]:
    """Returns what is raced; a bare wrapper has no form but that of its steps."""

    def form(cell: Cell, time: str | None) -> Run:
        return lambda params, xs: unroll(cell, params, xs, plan=Plan(time=time))

    return {
        PLAIN: form(cells.Wrapper(cell), None),
        SCAN: form(cell, "scan"),
        PARALLEL: form(cell, "parallel"),
    }


def training(run: Run) -> Run:
    """Returns the gradient of a loss by parameters and inputs."""

    def loss(params: Any, xs: Array) -> Array:
        return (run(params, xs)[1] ** 2).mean()

    return jax.grad(loss, (0, 1))


def race(cell: Cell, length: int, rows: int, rounds: int) -> list[str]:
    """Checks that all forms agree, and times them.

    Returns:
      Of each form the times in ms, forward / training, and those of the plain scan
      over them.

    Raises:
      Disagreement: a form computes something else.
    """
    params = cell.init(jax.random.key(0), DIM)
    xs = jax.random.normal(jax.random.key(1), (rows, length, DIM))
    found: dict[str, list[str]] = {name: [] for name in forms(cell)}
    for made in (lambda run: run, training):
        runs = {name: jax.jit(made(run)) for name, run in forms(cell).items()}
        results = {
            name: [np.asarray(leaf) for leaf in jax.tree.leaves(run(params, xs))]
            for name, run in runs.items()
        }
        for own in results.values():
            agreement.check(own, results[PLAIN], agreement.TOLERANCES["float32"])
        calls = {
            name: functools.partial(
                lambda run: jax.block_until_ready(run(params, xs)), r
            )
            for name, r in runs.items()
        }
        seconds = interleave(calls, rounds)
        for name, own in seconds.items():
            gain = ratio(seconds[PLAIN], own)
            found[name].append(f"{1e3 * summarise(own).median:.3g} ({gain:.2f}x)")
    return [" / ".join(both) for both in found.values()]


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.linear_cells")
    parser.add_argument("--length", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--rounds", type=int, default=7, help="turns of each")
    args = parser.parse_args(words)
    if min(args.rounds, *args.length, *args.rows) < 1:
        parser.error("--length, --rows and --rounds must be positive")
    process.keep_memory()
    body = [
        [name, str(length), str(rows), *race(cell, length, rows, args.rounds)]
        for name, cell in ((name, cells.CELLS[name](DIM)) for name in NAMES)
        for length in args.length
        for rows in args.rows
    ]
    lines = [f"- {name}: {value}" for name, value in hardware.describe().items()]
    lines.append(
        f"- {DIM} inputs and units, float32; ms forward / training (x: faster)"
    )
    header = ["cell", "T", "B", PLAIN, SCAN, PARALLEL]
    print("\n\n".join(["# Linear cells", "\n".join(lines), markdown(header, body)]))


if __name__ == "__main__":
    main(sys.argv[1:])
