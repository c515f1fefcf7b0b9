"""Races the fronts of a Grid LSTM against nested loops: see README.md.

python -m benchmarks.grid
python -m benchmarks.grid --rounds 9 --output grid.md
"""

import argparse
import functools
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from benchmarks import agreement, hardware
from benchmarks.tables import markdown
from benchmarks.timing import interleave, ratio, summarise
from seqnets.linear import affine
from seqnets.structures.grid import GridLSTM, GridParams, GridState
from seqnets.structures.grid_fronts import unroll
from seqnets.training import process

LENGTH, DEPTH, DIM, BATCHES = 100, 6, 128, (1, 16, 64)
RATE = 0.01

OURS = "by fronts"
NESTED = "nested scans"
UNROLLED = "scan over time, layers written out"

Net = Callable[[GridLSTM, GridParams, Array], Array]


def by_fronts(grid: GridLSTM, params: GridParams, xs: Array) -> Array:
    """Computes the outputs [B, T, H], T + L - 1 fronts one after the other."""
    return unroll(grid, params, xs)[1]


def nested(
    grid: GridLSTM, params: GridParams, xs: Array, *, written_out: bool = False
) -> Array:
    """Computes the outputs [B, T, H] cell by cell: T times L, one after the other.

    Args:
      grid: along time and depth.
      params: its parameters.
      xs: [B, T, D].
      written_out: whether the L layers of a step are written out, not scanned.
    """
    xs = affine(xs, params.w_x, params.b_x).swapaxes(0, 1)  # [T, B, H]
    own = jax.tree.map(
        lambda p: jnp.broadcast_to(p, (grid.depth, *p.shape[1:])), (params.w, params.b)
    )

    def cell(depth: tuple[Array, Array], layer: Any) -> tuple[Any, Any]:
        (w, b), (h, m) = layer
        handed = GridState((h, depth[0]), (m, depth[1]))
        new = grid.block(params._replace(w=w, b=b), handed)
        return (new.h[1], new.m[1]), (new.h[0], new.m[0])

    def step(time: tuple[Array, Array], x: Array) -> tuple[Any, Array]:
        start = x, jnp.zeros_like(x)
        unrolled = grid.depth if written_out else 1
        (y, _), time = jax.lax.scan(cell, start, (own, time), unroll=unrolled)
        return time, y

    zeros = jnp.zeros((grid.depth, *xs.shape[1:]))
    return jax.lax.scan(step, (zeros, zeros), xs)[1].swapaxes(0, 1)


NETS: dict[str, Net] = {
    OURS: by_fronts,
    NESTED: nested,
    UNROLLED: functools.partial(nested, written_out=True),
}


class Race:
    """The contenders, with tied weights and without, for batches of one size."""

    def __init__(
        self, batch_size: int, length: int = LENGTH, depth: int = DEPTH, dim: int = DIM
    ):
        rng = np.random.default_rng(0)
        shape = batch_size, length, dim
        self.batch_size = batch_size
        self.xs = jnp.asarray(rng.normal(size=shape), jnp.float32)
        self.targets = jnp.asarray(rng.normal(size=shape), jnp.float32)
        self.grids = {
            weights: GridLSTM(dim, depth=depth, tied=weights == "tied")
            for weights in ("tied", "untied")
        }
        key = jax.random.key(0)
        self.params = {n: g.init(key, dim) for n, g in self.grids.items()}

    def gradients(self, weights: str, name: str) -> Callable:
        """Returns `params -> (gradients, outputs)` of a mean square error."""
        grid, net = self.grids[weights], NETS[name]

        def loss(params: GridParams, xs: Array, targets: Array) -> tuple[Array, Array]:
            ys = net(grid, params, xs)
            return jnp.mean((ys - targets) ** 2), ys

        grad = jax.grad(loss, has_aux=True)
        return lambda params: grad(params, self.xs, self.targets)

    def distances(self) -> dict[tuple[str, str], float]:
        """Compares outputs and gradients with those by fronts.

        Raises:
          Disagreement: what computes something else is not raced.
        """
        found, tolerance = {}, agreement.TOLERANCES["float32"]
        for weights in self.grids:
            results = {
                name: jax.jit(self.gradients(weights, name))(self.params[weights])
                for name in NETS
            }
            ours = results.pop(OURS)
            for name, own in results.items():
                found[weights, name] = agreement.check(own, ours, tolerance)
        return found

    def run(self, rounds: int) -> dict[tuple[str, str], list[float]]:
        """Returns the seconds of a training step, by weights and contender."""
        raced = {
            (weights, name): self._descend(weights, name)
            for weights in self.grids
            for name in NETS
        }
        return interleave(raced, rounds)

    def _descend(self, weights: str, name: str) -> Callable[[], None]:
        gradients = self.gradients(weights, name)

        @functools.partial(jax.jit, donate_argnums=0)
        def step(params: GridParams) -> GridParams:
            return jax.tree.map(lambda p, g: p - RATE * g, params, gradients(params)[0])

        held = [jax.tree.map(jnp.copy, self.params[weights])]

        def call() -> None:
            held[0] = jax.block_until_ready(step(held[0]))

        return call


def report(races: Sequence[Race], rounds: int) -> str:
    """Races, and returns the page."""
    lines = [f"- {name}: {value}" for name, value in hardware.describe().items()]
    grid, length = races[0].grids["tied"], races[0].xs.shape[1]
    lines += [f"- a training step of T = {length}, L = {grid.depth}, H = {grid.dim}"]
    body = []
    for race in races:
        for (weights, name), d in race.distances().items():
            who = f"B = {race.batch_size}, {weights}, {name}"
            lines += [f"- {who}: ‖a - b‖ / ‖b‖ {d:.1e}"]
        seconds = race.run(rounds)
        for (weights, name), own in seconds.items():
            ms = [f"{1e3 * s:.3g}" for s in summarise(own)]
            gain = f"**{ratio(own, seconds[weights, OURS]):.2f}x**"
            time = f"{ms[0]} ({ms[1]}-{ms[2]})"
            body.append([str(race.batch_size), weights, name, time, gain])
    header = ["B", "weights", "who", "ms", "by fronts, over it"]
    return "\n\n".join(["# The grid", "\n".join(lines), markdown(header, body)])


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grid")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each")
    parser.add_argument("--length", type=int, default=LENGTH, help="steps, T")
    parser.add_argument("--depth", type=int, default=DEPTH, help="layers, L")
    parser.add_argument("--dim", type=int, default=DIM, help="width, H")
    parser.add_argument(
        "--batch_size", type=int, nargs="+", default=BATCHES, help="rows, B"
    )
    parser.add_argument("--output", type=Path, help="file for the table")
    args = parser.parse_args(words)
    counts = args.rounds, args.length, args.depth, args.dim, *args.batch_size
    if min(counts) < 1:
        parser.error("all numbers must be positive")
    process.keep_memory()
    shape = args.length, args.depth, args.dim
    text = report([Race(size, *shape) for size in args.batch_size], args.rounds)
    print(text)
    if args.output is not None:
        args.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
