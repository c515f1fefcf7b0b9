"""How fast each plan is on a GPU, beside cuDNN and Flax Linen, and the lattice.

    python -m benchmarks.gpu [--quick] [--seconds 430] [--output gpu.md]

Numbers are checked before anything is timed. Every line is printed when it is there, so
that a run that is cut off has said what it found; what there is no time for is named.
"""

import argparse
import dataclasses
import functools
import itertools
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jax

from benchmarks import agreement, hardware
from benchmarks.cases import Case, draw
from benchmarks.contenders.contender import Contender, Program
from benchmarks.contenders.linen import Linen
from benchmarks.contenders.seqnets import Seqnets
from benchmarks.contenders.torch import Torch
from benchmarks.race import MODES
from benchmarks.timing import interleave, summarise
from seqnets import cells
from seqnets.plan import Plan
from seqnets.unroll import unroll

REFERENCE = 'Plan("automatic")'
CONTENDERS: dict[str, Contender] = {
    REFERENCE: Seqnets(Plan("automatic")),
    'Plan("persistent")': Seqnets(Plan("persistent")),
    'Plan("custom_vjp")': Seqnets(Plan("custom_vjp")),
    "unroll": Seqnets(),
    "cuDNN (torch)": Torch(),
    'Plan("cudnn")': Seqnets(Plan("cudnn")),
    "Flax Linen": Linen(),
}
QUICK = tuple(CONTENDERS)[:3] + ("cuDNN (torch)",)
NARROW = (784, 64, 1, 128)
SHAPES = (NARROW, (784, 64, 128, 256), (784, 64, 128, 512))
WIDE = ((35, 20, 650, 650), (1024, 16, 768, 768))
FORMS = {"LSTM": "", "GRU": "after", "SRN": "tanh"}
HEADER = ("T, B, I, H", "cell", "who", "forward ms", "training ms", "off by")
THREADS = 8  # Compile beside one another.


def select(quick: bool) -> list[Case]:
    """Returns the rows of the table, the most wanted first."""
    rows = [(NARROW, "float32"), (NARROW, "bfloat16")]
    if not quick:
        rows[1:1] = [(shape, "float32") for shape in (*SHAPES[1:], *WIDE)]
    pairs = itertools.product(rows, FORMS.items())
    found = [
        Case(cell, form, *shape, "dense", dtype)
        for (shape, dtype), (cell, form) in pairs
    ]
    return found[:4] if quick else found


class Table:
    """Prints lines and keeps them; knows how much time is left."""

    def __init__(self, seconds: float):
        self.end, self.lines = time.monotonic() + seconds, []

    def say(self, line: str) -> None:
        print(line, flush=True)
        self.lines.append(line)

    def row(self, *fields: str) -> None:
        self.say(f"| {' | '.join(fields)} |")

    def left(self) -> float:
        return self.end - time.monotonic()


def check_marks(cell: cells.Cell) -> float:
    """Compares the persistent kernel with the scan, masks, resets and reverse included.

    Returns:
      The largest ‖a - b‖ / ‖b‖ among outputs, last state and gradients.
    """
    keys = jax.random.split(jax.random.key(0), 4)
    params = cell.init(keys[0], 20)
    xs = jax.random.normal(keys[1], (37, 50, 20))
    mask = jax.random.uniform(keys[2], xs.shape[:2]) > 0.2
    reset = jax.random.uniform(keys[3], xs.shape[:2]) > 0.9

    @functools.partial(jax.jit, static_argnums=2)
    def results(params, xs, gradient):
        run = functools.partial(
            unroll, cell, mask=mask, reset=reset, reverse=True, plan=Plan(gradient)
        )
        found, pull = jax.vjp(run, params, xs)
        return found, pull(found)

    ours = results(params, xs, "persistent")
    return agreement.check(ours, results(params, xs, "automatic"), 1e-4)


def enter(case: Case, name: str) -> tuple[Program, dict[str, Any]]:
    """Builds a contender, and runs it once in each mode.

    Raises:
      ValueError: where it does not run in this case, or not here.
    """
    contender = CONTENDERS[name]
    reason = contender.absent() or contender.refuses(case)
    if reason is not None:
        raise ValueError(reason)
    program = contender.build(case, *draw(case))
    return program, {mode: getattr(program, mode)() for mode in MODES}


def attempt(call: Callable[..., Any], *given: Any) -> Any:
    """Returns what a call returns, or the error that it raises."""
    try:
        return call(*given)
    except Exception as error:  # One that fails must not stop the others.
        return error


def race(case: Case, names: tuple[str, ...], rounds: int, table: Table) -> None:
    """Checks and times the contenders of a case, and prints a line for each."""
    shape = f"{case.length}, {case.batch_size}, {case.in_dim}, {case.dim}"
    title = case.title + (" bfloat16" if case.dtype == "bfloat16" else "")
    with ThreadPoolExecutor(THREADS) as pool:
        entered = list(pool.map(functools.partial(attempt, enter, case), names))
    found = dict(zip(names, entered, strict=True))
    reference = found[REFERENCE]
    if isinstance(reference, Exception):
        table.row(shape, title, REFERENCE, _reason(reference), "", "")
        return
    reference = {m: reference[0].read(r) for m, r in reference[1].items()}
    tolerance = agreement.TOLERANCES[case.dtype]
    for name, entry in found.items():
        line = attempt(_measure, entry, reference, tolerance, rounds)
        if isinstance(line, Exception):
            line = (_reason(line), "", "")
        table.row(shape, title, name, *line)


def _measure(entry, reference, tolerance: float, rounds: int) -> tuple[str, str, str]:
    if isinstance(entry, Exception):
        raise entry
    program, results = entry
    read = {mode: program.read(result) for mode, result in results.items()}
    off = agreement.check(read, reference, tolerance)
    seconds = interleave({mode: getattr(program, mode) for mode in MODES}, rounds)
    times = (f"{1e3 * summarise(seconds[mode]).median:.3g}" for mode in MODES)
    return (*times, f"{off:.1e}")


def _reason(error: Exception) -> str:
    lines = f"{type(error).__name__}: {error}".splitlines()
    return lines[0][:160].replace("|", "/")


def lattice(count: int, rounds: int, table: Table) -> None:
    """Times training steps of the Lattice LSTM and of a chain, a line for each."""
    from benchmarks import lattice as race
    from benchmarks.contenders.lattice import STEP, Net, calls
    from seqnets.structures.lattice import LatticeLSTM

    corpus, sentences, sizes = race.load()
    groups = race.sample(sentences, 32)
    groups = groups[len(groups) // 2 :][:count]
    batches = race.padded(groups)
    number = sum(map(len, groups))
    for who, cell in (
        ("lattice", LatticeLSTM(race.DIM)),
        ("chain", cells.LSTM(race.DIM)),
    ):
        net = Net(cell)
        params = net.init(jax.random.key(0), sizes)
        (seconds,) = interleave(
            {STEP: calls(net, params, batches)[STEP]}, rounds
        ).values()
        rate = number / summarise(seconds).median
        table.say(f"- {who}, {corpus}: {rate:.0f} sentences a second in training")


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu")
    parser.add_argument("--quick", action="store_true", help="two minutes, H 128 alone")
    parser.add_argument("--seconds", type=float, help="time for all (430; quick: 95)")
    parser.add_argument("--output", type=Path, help="file for the table")
    args = parser.parse_args(words)
    table = Table(args.seconds or (95.0 if args.quick else 430.0))
    if jax.default_backend() != "gpu":
        parser.error("JAX sees no GPU")
    # As in torch, float32 is float32: JAX would round operands to TF32.
    jax.config.update("jax_default_matmul_precision", "highest")
    for name, value in hardware.describe().items():
        table.say(f"- {name}: {value}")
    checked = cells.SRN(100), cells.LSTM(100), cells.GRU(200, reset="after")
    with ThreadPoolExecutor(THREADS) as pool:
        offs = pool.map(functools.partial(attempt, check_marks), checked)
    for cell, off in zip(checked, offs, strict=True):
        said = _reason(off) if isinstance(off, Exception) else f"off by {off:.1e}"
        table.say(f"- {type(cell).__name__}({cell.dim}), masks and resets: {said}")
    table.say("")
    table.row(*HEADER)
    table.row(*["---"] * len(HEADER))
    rounds, slowest = (5 if args.quick else 7), 25.0
    names = QUICK if args.quick else tuple(CONTENDERS)
    for case in select(args.quick):
        if table.left() < slowest + (0 if args.quick else 60):
            table.say(f"| no time for {dataclasses.astuple(case)} |||||")
            continue
        race(case, names, rounds, table)
    table.say("")
    if table.left() > slowest:
        failed = attempt(lattice, 1 if args.quick else 3, rounds, table)
        if isinstance(failed, Exception):
            table.say(f"- lattice: {_reason(failed)}")
    else:
        table.say("- no time for the lattice")
    if args.output is not None:
        args.output.write_text("\n".join(table.lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
