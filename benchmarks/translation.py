"""Races a translator's training step against the same net in PyTorch: see README.md.

python -m benchmarks.translation
python -m benchmarks.translation --rounds 9 --output translation.md
"""

import argparse
import collections
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from benchmarks import agreement, hardware
from benchmarks.contenders import translation
from benchmarks.contenders.translation import Batch, Net, Weights
from benchmarks.tables import markdown
from benchmarks.timing import interleave, ratio, summarise
from seqnets import datasets
from seqnets.training import process

NETS = {"read-out [s; c; E y]": Net(), "read-out maxout 256": Net(maxout=256)}
SIZES = 7800, 5900  # Words of drawn sentences, as many as Multi30k has twice or more.
LEAST = 2  # How often a word occurs that has a vector of its own.
PLACES = (0.7,)  # In the sorted training set, of the batches that are read.

OURS = "seqnets"
PLAIN = "seqnets, plain form"
TORCH = "torch"
CONTENDERS = OURS, PLAIN, TORCH


def load(batch_size: int) -> tuple[str, list[Batch], tuple[int, int]]:
    """Returns batches of Multi30k, German to English; drawn ones where it is not here.

    Pairs are sorted by the lengths of source and target, and little is padded.

    Returns:
      The name, the batches, and how many words each side has.
    """
    try:
        pairs = datasets.load("multi30k", "pairs", source="de", target="en").train
    except FileNotFoundError:
        return "drawn", draw(batch_size), SIZES
    sides = [[pair[i].lower().split() for pair in pairs] for i in range(2)]
    tables = [_table(side) for side in sides]
    ids = [
        [[table.get(word, 0) for word in words] for words in side]
        for table, side in zip(tables, sides, strict=True)
    ]
    ordered = sorted(zip(*ids, strict=True), key=lambda pair: tuple(map(len, pair)))
    starts = [int(place * len(ordered)) for place in PLACES]
    batches = [padded(ordered[i : i + batch_size]) for i in starts]
    return "multi30k", batches, tuple(len(table) + 2 for table in tables)


def _table(side: Sequence[Sequence[str]]) -> dict[str, int]:
    """Numbers the words of a side, after 0, the unknown one, and 1, both ends."""
    counts = collections.Counter(word for words in side for word in words)
    known = (word for word, count in counts.items() if count >= LEAST)
    return {word: i for i, word in enumerate(known, 2)}


def draw(batch_size: int, sizes: tuple[int, int] = SIZES, seed: int = 0) -> list[Batch]:
    """Draws one batch of pairs of 10 to 14 words."""
    rng = np.random.default_rng(seed)
    return [
        padded(
            [
                [rng.integers(2, size, rng.integers(10, 15)) for size in sizes]
                for _ in range(batch_size)
            ]
        )
    ]


def padded(pairs: Sequence[Sequence[Any]]) -> Batch:
    """Makes pairs of ids a batch; the target begins, or ends, with 1."""
    sources, targets = zip(*pairs, strict=True)
    inputs = [[1, *ids] for ids in targets]
    targets = [[*ids, 1] for ids in targets]

    def fill(rows: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
        lengths = np.array([len(row) for row in rows])
        mask = np.arange(lengths.max()) < lengths[:, None]
        ids = np.zeros(mask.shape, np.int32)
        ids[mask] = np.concatenate(rows)
        return ids, mask

    return Batch(*fill(sources), fill(inputs)[0], *fill(targets))


class Race:
    """One net and its weights, with the batches that all contenders read."""

    def __init__(self, net: Net, batches: list[Batch], sizes: tuple[int, int]):
        self.net, self.batches = net, batches
        self.weights = net.init(jax.random.key(0), sizes)

    def distance(self) -> float:
        """Compares loss and gradients with torch's, on the first batch.

        Raises:
          Disagreement: who computes something else is not raced.
        """
        from benchmarks.contenders import torch_translation

        given = self.net, self.weights, self.batches[0]
        ours = translation.results(*given)
        theirs = torch_translation.results(*given)
        return agreement.check(
            theirs, named(self.net, *ours), agreement.TOLERANCES["float32"]
        )

    def run(self, rounds: int) -> dict[str, list[float]]:
        """Returns the seconds of a training step, by contender."""
        from benchmarks.contenders import torch_translation

        plain = dataclasses.replace(self.net, plain=True)
        given = self.weights, self.batches
        calls = {
            OURS: translation.training(self.net, *given),
            PLAIN: translation.training(plain, *given),
            TORCH: torch_translation.training(self.net, *given),
        }
        count = len(self.batches)
        return {
            name: [s / count for s in seconds]
            for name, seconds in interleave(calls, rounds).items()
        }


def named(net: Net, loss: Any, gradients: Weights) -> tuple[float, dict[str, Any]]:
    """Returns a loss and its gradients as torch has them.

    Torch adds two biases, of which each has the gradient of the sum; `to_torch` leaves
    the second at zero, but for the one inside the reset gate.
    """
    from benchmarks.contenders import torch_translation

    found = torch_translation.named(net, gradients)
    for name in [name for name in found if "bias_hh" in name]:
        summed = np.array(found[name.replace("hh", "ih")])
        candidate = 2 * net.dim
        summed[candidate:] = np.asarray(found[name])[candidate:]
        found[name] = summed
    return float(loss), found


def report(batch_sizes: Sequence[int], rounds: int) -> str:
    """Races, and returns the page."""
    machine = hardware.describe()
    lines = [f"- {name}: {value}" for name, value in machine.items()]
    body = []
    for batch_size in batch_sizes:
        name, batches, sizes = load(batch_size)
        lines.append(f"- read: {_describe(name, batches, sizes)}")
        for title, net in NETS.items():
            race = Race(net, batches, sizes)
            distance = race.distance()
            lines.append(f"- {title}, B = {batch_size}: ‖a - b‖ / ‖b‖ {distance:.1e}")
            seconds = race.run(rounds)
            for who in CONTENDERS:
                ms = [f"{1e3 * s:.0f}" for s in summarise(seconds[who])]
                share = f"**{ratio(seconds[who], seconds[TORCH]):.2f}**"
                time = f"{ms[0]} ({ms[1]}-{ms[2]})"
                body.append([batch_size, title, who, time, share])
    header = ["B", "net", "who", "ms", "of torch's time"]
    return "\n\n".join(["# Translation", "\n".join(lines), markdown(header, body)])


def _describe(name: str, batches: Sequence[Batch], sizes: tuple[int, int]) -> str:
    lengths = [(b.source.shape[1], b.targets.shape[1]) for b in batches]
    shapes = ", ".join(f"{s} to {t}" for s, t in lengths)
    real = [
        sum(getattr(b, mask).sum() for b in batches)
        / sum(getattr(b, mask).size for b in batches)
        for mask in ("source_mask", "mask")
    ]
    return (
        f"{name}, batches of {len(batches[0].source)} sentences, {shapes} words;"
        f" {1 - real[0]:.0%} and {1 - real[1]:.0%} of them are padding; {sizes[0]} and"
        f" {sizes[1]} different words"
    )


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.translation")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each")
    parser.add_argument(
        "--batch_size", type=int, nargs="+", default=[128, 80], help="sentences, B"
    )
    parser.add_argument("--output", type=Path, help="file for the table")
    args = parser.parse_args(words)
    if min(args.rounds, *args.batch_size) < 1:
        parser.error("--rounds and --batch_size must be positive")
    process.keep_memory()
    text = report(args.batch_size, args.rounds)
    print(text)
    if args.output is not None:
        args.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
