"""A million steps: what a training step takes that reads the last state alone.

python -m benchmarks.million
python -m benchmarks.million --length 100000 --steps 3
python -m benchmarks.million --planned --recompute no

An LSTM reads one-hot symbols, and its last state answers with the first one, as in
`experiments/first_symbol.py`. With --planned nothing is run: XLA tells what memory the
compiled step would take.
"""

import argparse
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from benchmarks.hardware import cores
from seqnets import cells, device_memory, losses
from seqnets.datasets import first_symbol
from seqnets.plan import Plan
from seqnets.unroll import unroll

SYMBOLS = 4
MIB = 2**20
RECOMPUTE = {"table": None, "yes": True, "no": False}


def parse(words: list[str]) -> argparse.Namespace:
    """Reads the options of a measurement."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.million")
    parser.add_argument("--length", type=int, default=1_000_000, help="T")
    parser.add_argument("--rows", type=int, default=8, help="B")
    parser.add_argument("--width", type=int, default=256, help="H")
    parser.add_argument("--steps", type=int, default=2, help="of training, timed")
    parser.add_argument("--recompute", choices=RECOMPUTE, default="table")
    parser.add_argument("--planned", action="store_true", help="run nothing")
    args = parser.parse_args(words)
    for name in ("length", "rows", "width", "steps"):
        if getattr(args, name) < 1:
            parser.error(f"--{name} must be positive, not {getattr(args, name)}")
    return args


def make_step(cell: cells.Cell, plan: Plan) -> Callable[..., tuple[Any, Array]]:
    """Returns a jitted step of gradient descent, (params, batch) -> (params, loss)."""

    def loss(params: Any, batch: dict[str, Array]) -> Array:
        xs = jax.nn.one_hot(batch["tokens"], 2 * SYMBOLS)
        state, _ = unroll(cell, params["cell"], xs, plan=plan)
        rows = jnp.ones(len(xs), bool)
        logits = state.h @ params["readout"]
        return losses.mean(*losses.cross_entropy(logits, batch["targets"], rows))

    @jax.jit
    def step(params: Any, batch: dict[str, Array]) -> tuple[Any, Array]:
        found, grads = jax.value_and_grad(loss)(params, batch)
        return jax.tree.map(lambda p, g: p - 0.1 * g, params, grads), found

    return step


def main(words: list[str]) -> int:
    """Prints what a step takes; returns the exit status."""
    args = parse(words)
    cell = cells.LSTM(args.width, forget_bias=14.0)
    params = {
        "cell": cell.init(jax.random.key(0), 2 * SYMBOLS),
        "readout": jnp.zeros((args.width, SYMBOLS)),
    }
    rng = np.random.default_rng(0)
    batch = first_symbol.draw(rng, args.rows, args.length, SYMBOLS)
    step = make_step(cell, Plan(recompute=RECOMPUTE[args.recompute]))
    compiled = step.lower(params, batch).compile()
    planned = compiled.memory_analysis().temp_size_in_bytes
    outputs = 4 * args.rows * args.length * args.width
    has = device_memory.total(jax.default_backend())
    memory = "unknown" if has is None else f"{has // MIB} MiB"
    print(f"JAX {jax.__version__}, {cores()} cores, memory {memory}")
    print(f"planned {planned // MIB} MiB; [B, T, H] would be {outputs // MIB} MiB")
    for _ in range(0 if args.planned else args.steps):
        start = time.perf_counter()
        params, loss = jax.block_until_ready(compiled(params, batch))
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"loss {loss:.3f}, {seconds:.1f} s, peak of the process {peak} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
