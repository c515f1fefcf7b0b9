"""Races Newton iterations over time against a scan: see README.md.

python -m benchmarks.newton
python -m benchmarks.newton --training --rounds 5 --length 1000 --output newton.md
"""

import argparse
import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from benchmarks import hardware
from benchmarks.tables import markdown
from benchmarks.timing import interleave, ratio, summarise
from seqnets import cells, unroll
from seqnets.analysis import convergence
from seqnets.kernels.newton import Method
from seqnets.training import process

SCAN = "scan"
FORMS = {"dense": Method("dense"), "units": Method("units")}
UNDAMPED = {name: method._replace(damped=False) for name, method in FORMS.items()}


class Case(NamedTuple):
    """A cell, its rows, how much its W_h is enlarged, and how large inputs are."""

    cell: cells.Cell
    rows: int
    scale: float = 1.0
    inputs: float = 1.0


SMALL, WIDE = 16, 64
CASES = [
    Case(cells.SRN(SMALL), 1),
    Case(cells.SRN(WIDE), 1),
    Case(cells.SRN(WIDE), 16),
    Case(cells.LSTM(SMALL), 1),
    Case(cells.LSTM(WIDE), 16),
    Case(cells.GRU(SMALL), 1),
    Case(cells.GRU(SMALL, reset="after"), 1),
    Case(cells.GRU(WIDE), 16),
    Case(cells.LSTM(WIDE, recurrence="diagonal"), 16),
    Case(cells.GRU(WIDE, recurrence="diagonal"), 16),
    Case(cells.SRN(SMALL), 1, 1.5),
    Case(cells.SRN(SMALL), 1, 1.5, 0.1),
    Case(cells.LSTM(SMALL), 1, 3.0),
    Case(cells.GRU(SMALL), 1, 3.0),
]
DENSE_ROWS = 1  # Beyond, whole Jacobians of 64 take a GiB and minutes.


class Run(NamedTuple):
    """The inputs of a case, and its cell over them."""

    cell: cells.Cell
    params: Any
    xs: Any

    def by_scan(self) -> Callable[..., Any]:
        return functools.partial(unroll, self.cell)

    def by_newton(self, method: Method) -> Callable[..., convergence.Solution]:
        return functools.partial(convergence.solve, self.cell, method=method)

    def forward(self, call: Callable[..., Any]) -> Callable[[], Any]:
        return self._compiled(call)

    def gradient(self, call: Callable[..., Any]) -> Callable[[], Any]:
        """Returns the gradient of a mean square of outputs, by all weights."""

        def loss(params, xs):
            return (call(params, xs)[1] ** 2).mean()

        return self._compiled(jax.grad(loss))

    def _compiled(self, f: Callable) -> Callable[[], Any]:
        f = jax.jit(f)
        return lambda: jax.block_until_ready(f(self.params, self.xs))


def draw(case: Case, length: int) -> Run:
    """Draws weights as they begin, but for W_h, and inputs of unit variance."""
    width = case.cell.out_dim
    keys = jax.random.split(jax.random.key(0))
    params = case.cell.init(keys[0], width)
    params = params._replace(w_h=case.scale * params.w_h)
    xs = case.inputs * jax.random.normal(keys[1], (case.rows, length, width))
    return Run(case.cell, params, xs)


def measure(case: Case, length: int, rounds: int, training=False) -> list[list[str]]:
    """Returns a row of the table for each form and damping."""
    run = draw(case, length)
    timed = run.gradient if training else run.forward
    calls, rows = {SCAN: timed(run.by_scan())}, []
    _, expected = run.forward(run.by_scan())()
    for damping, methods in (("no", UNDAMPED), ("yes", FORMS)):
        for form, method in methods.items():
            if form == "dense" and case.rows > DENSE_ROWS:
                continue
            if damping == "no" and case.scale == 1.0:  # There is nothing to damp.
                continue
            found = run.forward(run.by_newton(method))()
            distance = float(np.abs(found.ys - expected).max())
            taken = str(found.report.sweeps) if found.report.converged else "scan"
            rows.append([_name(case), form, damping, taken, f"{distance:.0e}"])
            if damping == "yes":
                calls[form] = timed(run.by_newton(method))
    seconds = interleave(calls, rounds)
    for row in rows:
        raced = row[2] == "yes"
        own = ratio(seconds[row[1]], seconds[SCAN]) if raced else None
        row += [f"{own:.1f}" if raced else "", f"{_ms(seconds[SCAN])}"]
    return rows


def _name(case: Case) -> str:
    cell = case.cell
    options = [getattr(cell, "reset", ""), getattr(cell, "recurrence", "")]
    kind = " ".join(
        [type(cell).__name__, *(o for o in options if o not in ("", "dense"))]
    )
    return (
        f"{kind}, H {cell.dim}, B {case.rows},"
        f" W_h x {case.scale:g}, x x {case.inputs:g}"
    )


def _ms(seconds: list[float]) -> str:
    return f"{1e3 * summarise(seconds).median:.2f}"


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.newton")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each")
    parser.add_argument("--length", type=int, default=1000, help="steps")
    parser.add_argument("--training", action="store_true", help="times the gradient")
    parser.add_argument("--cases", type=int, nargs="*", help="their numbers; all")
    parser.add_argument("--output", type=Path, help="file for the table")
    args = parser.parse_args(words)
    if min(args.rounds, args.length) < 1:
        parser.error("--rounds and --length must be positive")
    process.keep_memory()
    header = ["cell", "A", "damped", "sweeps", "distance", "time / scan's"]
    rows = []
    for i, case in enumerate(CASES):
        if args.cases is None or i in args.cases:
            found = measure(case, args.length, args.rounds, args.training)
            print(*found, sep="\n", file=sys.stderr, flush=True)
            rows += found
    lines = [f"- {name}: {value}" for name, value in hardware.describe().items()]
    table = markdown([*header, "scan, ms"], rows)
    text = "\n\n".join(["# Newton iterations over time", "\n".join(lines), table])
    print(text)
    if args.output is not None:
        args.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
