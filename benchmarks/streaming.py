"""What a stream computes more than a run over the whole, beside what is said of it.

python -m benchmarks.streaming
python -m benchmarks.streaming --rows 16 --layers 2

LSTMs in both directions read T steps at once, and by a `Stream` chunk by chunk. The
times stand beside each other in interleaved rounds; their ratio is printed beside
`Stream.cost`, 1 + look-ahead / chunk.
"""

import argparse
import sys
from collections.abc import Callable

import jax
import jax.numpy as jnp

from benchmarks.timing import interleave, ratio
from seqnets import Stream, bidirectional, cells, init_bidirectional

SIZES = ((16, 0), (16, 16), (16, 64), (64, 0), (64, 32), (64, 64), (256, 64))


def parse(words: list[str]) -> argparse.Namespace:
    """Reads the options of a measurement."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.streaming")
    parser.add_argument("--length", type=int, default=1024, help="T")
    parser.add_argument("--rows", type=int, default=1, help="B")
    parser.add_argument("--width", type=int, default=64, help="D and H")
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    args = parser.parse_args(words)
    for name, value in vars(args).items():
        if value < 1:
            parser.error(f"--{name} must be positive, not {value}")
    return args


def measure(args: argparse.Namespace) -> dict[tuple[int, int], float]:
    """Returns a stream's time over that of the whole, by chunk and look-ahead."""
    cell = cells.Stack((cells.LSTM(args.width),) * args.layers)
    params = init_bidirectional(cell, jax.random.key(0), args.width)
    shape = args.rows, args.length, args.width
    xs = jax.random.normal(jax.random.key(1), shape)
    run = jax.jit(lambda xs: bidirectional(cell, params, xs)[1])
    streams = {
        size: Stream(cell, *size, direction="both")
        for size in SIZES
        if size[0] <= args.length
    }

    def streaming(stream: Stream) -> Callable[[], None]:
        step = jax.jit(stream.step)
        count = args.length // stream.chunk
        parts = jnp.split(xs[:, : count * stream.chunk], count, 1)

        def call() -> None:
            state = stream.initial_state(params, args.rows, args.width)
            for part in parts:
                state, final = step(params, state, part)
            jax.block_until_ready(final)

        return call

    calls = {"whole": lambda: jax.block_until_ready(run(xs))}
    calls |= {size: streaming(stream) for size, stream in streams.items()}
    seconds = interleave(calls, args.rounds)
    return {size: ratio(seconds[size], seconds["whole"]) for size in streams}


def main(words: list[str]) -> None:
    """Measures, and prints a table."""
    args = parse(words)
    print(f"{args.layers} x Bi-LSTM {args.width}, T {args.length}, B {args.rows}\n")
    print("| chunk | look-ahead | delay | cost, as said | time over the whole's |")
    print("|---|---|---|---|---|")
    for (chunk, ahead), value in measure(args).items():
        said = 1 + ahead / chunk
        print(f"| {chunk} | {ahead} | {chunk + ahead} | {said:.2f} | {value:.2f} |")


if __name__ == "__main__":
    main(sys.argv[1:])
