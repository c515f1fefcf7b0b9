"""Races beam search, in batches, against loops in eager PyTorch: see README.md.

python -m benchmarks.beam
python -m benchmarks.beam --rounds 9 --output beam.md
"""

import argparse
import functools
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from benchmarks import agreement, hardware
from benchmarks.contenders.translation import Net, Weights
from benchmarks.tables import markdown
from benchmarks.timing import interleave, ratio, summarise
from seqnets.cells import Memory
from seqnets.decode import beam
from seqnets.initializers import glorot
from seqnets.linear import affine, look_up
from seqnets.training import process
from seqnets.unroll import bind, step

VOCABULARY = 5900
WORDS = 12  # Of a sentence, on average; so long are those of Multi30k.
SENTENCES = 1024
SAMPLE = 3  # Batches, at equal distances in the sentences sorted by length.
FEW = 3  # Sentences of each, for those that take long.
ROOM = 8  # Sources are padded to a multiple of it, so that few shapes are compiled.
WIDTH, LENGTH, EOS, ALPHA = 5, 40, 0, 0.6
HURRY = 4.0
READOUTS = "maxout", "linear"
UNITS = 256  # Of maxout, as in the experiment.

OURS = "beam, batched"
SINGLE = "beam, one by one"
TORCH = "torch, one by one"
TORCH_1 = "torch, one by one, on one thread"
TORCH_BATCHED = "torch, batched"
CONTENDERS = OURS, SINGLE, TORCH, TORCH_1, TORCH_BATCHED


class Batch(NamedTuple):
    """Sentences that an encoder has read."""

    values: Any  # [B, S, 2H]
    mask: Any  # [B, S] bool
    start: Any  # [B, 2H]
    expected: Any  # [B], how many words the translation has.


def draw(
    net: Net, batch_size: int, count: int = SENTENCES, seed: int = 0
) -> list[list[Batch]]:
    """Draws lengths, sorts them, cuts them into batches and draws some of these.

    Returns:
      The sentences of each batch; each is a batch of one.
    """
    rng = np.random.default_rng(seed)
    lengths = np.sort(rng.normal(WORDS, WORDS / 3, count).round().clip(4, 30))
    stretch = count // batch_size / SAMPLE
    chosen = [int(stretch * (i + 0.5)) for i in range(SAMPLE)]

    def sentence(length: int) -> Batch:
        values = rng.uniform(-1, 1, (1, length, 2 * net.dim)).astype(np.float32)
        start = rng.uniform(-1, 1, (1, 2 * net.dim)).astype(np.float32)
        expected = np.array([length + rng.integers(-1, 2)], np.float32)
        return Batch(values, np.ones((1, length), bool), start, expected)

    cut = [lengths[i * batch_size : (i + 1) * batch_size].astype(int) for i in chosen]
    return [[*map(sentence, group)] for group in cut]


def padded(sentences: Sequence[Batch], room: int = 1) -> Batch:
    """Makes a batch of sentences, as long as the longest or the next multiple."""
    length = -(-max(s.mask.shape[1] for s in sentences) // room) * room

    def pad(a: np.ndarray) -> np.ndarray:
        return np.pad(a, ((0, 0), (0, length - a.shape[1]), (0, 0))[: a.ndim])

    values, masks, starts, expected = zip(*sentences, strict=True)
    return Batch(
        np.concatenate([*map(pad, values)]),
        np.concatenate([*map(pad, masks)]),
        np.concatenate(starts),
        np.concatenate(expected),
    )


def weights_of(net: Net, readout: str) -> tuple[Weights, Array | None]:
    """Draws weights whose predictions are as sure as those of a trained net.

    Args:
      net: the network.
      readout: "linear", from all that the decoder puts out; or "maxout", from a layer
        of UNITS such units of two pieces.

    Returns:
      The weights, and those of the maxout units.
    """
    weights = net.init(jax.random.key(0), (1, VOCABULARY))
    weights = weights._replace(w=8.0 * weights.w, target=10.0 * weights.target)
    if readout == "linear":
        return weights, None
    keys = jax.random.split(jax.random.key(1))
    u = glorot(keys[0], (len(weights.w), 2 * UNITS))
    return weights._replace(w=8.0 * glorot(keys[1], (UNITS, VOCABULARY))), u


@functools.partial(jax.jit, static_argnums=0)
def search(
    net: Net, weights: Weights, u: Array | None, batch: Batch
) -> beam.Hypotheses:
    """Finds translations; near the expected length, the end becomes more probable."""
    values, mask, start, expected = batch
    params = bind(net.decoder, weights.decoder, Memory(values, mask, start))

    def take_step(state: Any, token: Array) -> tuple[Any, Array]:
        state, t = state
        x = look_up(weights.target, token)
        state, y = step(net.decoder, params, state, x)
        read = jnp.concatenate([y, x], -1)
        if u is not None:
            read = affine(read, u, None).reshape(-1, UNITS, 2).max(-1)
        end = jnp.where(jnp.arange(VOCABULARY) == EOS, HURRY, 0.0)
        b = weights.b + (t - expected)[:, None] * end
        return (state, t + 1), affine(read, weights.w, b)

    state = net.decoder.initial_state(params, len(values), jnp.float32)
    return beam.search(
        take_step,
        (state, jnp.zeros(len(values))),
        jnp.full(len(values), EOS),
        width=WIDTH,
        length=LENGTH,
        eos=EOS,
        alpha=ALPHA,
    )


class Race:
    """The contenders, with what they read."""

    def __init__(self, readout: str, batch_size: int):
        from benchmarks.contenders import torch_beam
        from benchmarks.contenders.torch import prepare

        prepare()
        self.torch = torch_beam
        net = Net()
        weights, u = weights_of(net, readout)
        self.search = functools.partial(search, net, weights, u)
        self.model = torch_beam.build(net, weights, u)
        self.options = torch_beam.Options(WIDTH, LENGTH, EOS, ALPHA, HURRY)
        self.groups = draw(net, batch_size)
        self.each = [s for group in self.groups for s in group]
        apart = batch_size // FEW
        self.few = [s for group in self.groups for s in group[apart // 2 :: apart]]

    def distances(self) -> dict[str, float]:
        """Compares what is found, symbol by symbol, and the scores.

        Raises:
          Disagreement: who finds something else is not raced.
        """
        batch, tolerance = padded(self.few, ROOM), agreement.TOLERANCES["float32"]
        found = jax.tree.map(np.asarray, self.search(batch))
        reference = {"tokens": found.tokens[:, 0], "scores": found.scores[:, 0]}
        singles = [self.search(padded([s], ROOM)) for s in self.few]
        one = [self.torch.search_one(self.model, s, self.options) for s in self.few]
        tokens, scores = self.torch.search_batch(self.model, batch, self.options)
        results = {
            SINGLE: {
                name: np.concatenate([getattr(s, name)[:, 0] for s in singles])
                for name in reference
            },
            TORCH: {
                "tokens": [y + [EOS] * (LENGTH - len(y)) for y, _ in one],
                "scores": [score for _, score in one],
            },
            TORCH_BATCHED: {"tokens": tokens.numpy(), "scores": scores.numpy()},
        }
        distances = {}
        for name, result in results.items():
            result = {k: np.asarray(a) for k, a in result.items()}
            distances[name] = agreement.check(result, reference, tolerance)
        return distances

    def run(self, rounds: int) -> dict[str, list[float]]:
        """Returns the seconds that a sentence takes, by who finds its translation."""
        import torch

        def ours(groups: Sequence[Sequence[Batch]]) -> Callable[[], Any]:
            batches = jax.device_put([padded(group, ROOM) for group in groups])
            return lambda: jax.block_until_ready(
                [self.search(batch) for batch in batches]
            )

        def theirs(function: Callable, groups: Sequence[Sequence[Batch]], threads: int):
            batches = [padded(group) for group in groups]

            def call() -> None:
                torch.set_num_threads(threads)
                for batch in batches:
                    function(self.model, batch, self.options)

            return call

        one, cores = self.torch.search_one, hardware.cores()
        few, whole = [[s] for s in self.few], self.torch.search_batch
        entries = {
            OURS: (len(self.each), ours(self.groups)),
            SINGLE: (len(few), ours(few)),
            TORCH: (len(few), theirs(one, few, cores)),
            TORCH_1: (len(few), theirs(one, few, 1)),
            TORCH_BATCHED: (len(self.each), theirs(whole, self.groups, cores)),
        }
        seconds = interleave({n: call for n, (_, call) in entries.items()}, rounds)
        return {n: [s / entries[n][0] for s in own] for n, own in seconds.items()}


def report(batch_size: int, rounds: int) -> str:
    """Races, and returns the page."""
    machine = hardware.describe()
    lines = [f"- {name}: {value}" for name, value in machine.items()]
    body = []
    for readout in READOUTS:
        race = Race(readout, batch_size)
        distance = max(race.distances().values())
        lines.append(f"- {readout}: ‖a - b‖ / ‖b‖ at most {distance:.1e}")
        seconds = race.run(rounds)
        for name in CONTENDERS:
            rates = [f"{1.0 / s:.3g}" for s in summarise(seconds[name])]
            gain = f"**{ratio(seconds[name], seconds[OURS]):.2f}x**"
            body.append([readout, name, f"{rates[0]} ({rates[2]}-{rates[1]})", gain])
    words = np.mean([s.mask.shape[1] for s in race.each])
    lines.append(
        f"- read: {SAMPLE} batches of {batch_size} out of {SENTENCES} sentences, of"
        f" {words:.1f} words; one by one, {len(race.few)} sentences"
    )
    header = ["read-out", "who", "sentences per second", "batched beam's, over it"]
    return "\n\n".join(["# Beam search", "\n".join(lines), markdown(header, body)])


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.beam")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each")
    parser.add_argument("--batch_size", type=int, default=64, help="sentences, B")
    parser.add_argument("--output", type=Path, help="file for the table")
    args = parser.parse_args(words)
    most = SENTENCES // SAMPLE
    if args.rounds < 1 or not FEW <= args.batch_size <= most:
        parser.error(f"--rounds must be positive, --batch_size {FEW} to {most}")
    process.keep_memory()
    text = report(args.batch_size, args.rounds)
    print(text)
    if args.output is not None:
        args.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
