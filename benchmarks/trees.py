"""Races trees in batches against trees one by one: see README.md.

python -m benchmarks.trees
python -m benchmarks.trees --rounds 9 --output trees.md
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np

from benchmarks import agreement, hardware
from benchmarks.contenders.trees import (
    RATE,
    Batch,
    Net,
    descent,
    join,
    results,
)
from benchmarks.tables import markdown
from benchmarks.timing import interleave, ratio, summarise
from seqnets import datasets
from seqnets.data.forests import lay_out
from seqnets.structures.compositions import TreeLSTM
from seqnets.structures.tree import Forest
from seqnets.training import process

DIM = 150
SAMPLE = 6  # Batches, at equal distances in the sorted training set.
FEW = 24  # Trees for those that take long.
WIDTH, NARROW = 24, 4  # Nodes of a front, of a batch and of a tree by itself.
GENERATED = 400  # Trees, where the treebank is not here.

OURS = "batched, in fronts"
SINGLE = "one by one, jitted"
TORCH = "one by one, a recursion in eager torch"
TORCH_1 = "one by one, a recursion in eager torch on one thread"


class Tree(NamedTuple):
    """A binary tree in ids, its root the last."""

    words: np.ndarray  # [N], of inner nodes 0.
    labels: np.ndarray  # [N]
    children: tuple[tuple[int, ...], ...]


def load() -> tuple[str, list[Tree], int]:
    """Reads the treebank, or draws trees where it is not here.

    Returns:
      What was read, the trees, and the number of words.
    """
    try:
        train = datasets.load("sst", "trees").train
    except FileNotFoundError:
        return "generated trees", generate(GENERATED), 1000
    ids: dict[str | None, int] = {None: 0}
    classes = {c: i for i, c in enumerate(sorted({t.labels[-1] for t in train}))}
    found = []
    for tree in train:
        words = [ids.setdefault(word, len(ids)) for word in tree.words]
        labels = [classes[label] for label in tree.labels]
        found.append(Tree(np.array(words), np.array(labels), tree.children))
    return "sst", found, len(ids)


def generate(count: int) -> list[Tree]:
    """Draws binary trees, in which two neighbours at random are joined."""
    rng, found = np.random.default_rng(0), []
    for length in rng.integers(4, 36, count):
        children, spans = [()] * int(length), list(range(length))
        while len(spans) > 1:
            i = int(rng.integers(len(spans) - 1))
            children.append((spans[i], spans[i + 1]))
            spans[i : i + 2] = [len(children) - 1]
        words = np.where([bool(c) for c in children], 0, rng.integers(1, 1000))
        labels = rng.integers(0, 5, len(children))
        found.append(Tree(words, labels, tuple(children)))
    return found


def sample(trees: Sequence[Tree], batch_size: int) -> list[list[Tree]]:
    """Draws batches of trees of all sizes, as a training has them."""
    order = np.random.default_rng(0).permutation(len(trees))
    count = min(SAMPLE, len(trees) // batch_size)
    if not count:
        raise ValueError(f"no batch of {batch_size} in {len(trees)} trees")
    chosen = order[: count * batch_size].reshape(count, batch_size)
    return [[trees[i] for i in own] for own in chosen]


def laid_out(trees: Sequence[Tree], width: int) -> Batch:
    """Makes some trees a batch of one row."""
    layout = lay_out([t.children for t in trees], rows=1, width=width, arity=2)
    size = layout.leaves.shape[1]
    places = size + layout.nodes[0].size
    words, labels = np.zeros((1, size), int), np.full((1, places), -1)
    for tree, own in zip(trees, layout.places, strict=True):
        leaf = own < size
        words[0, own[leaf]] = tree.words[leaf]
        labels[0, own] = tree.labels
    return Batch(words, labels, Forest(*layout[:4]))


class Race:
    """The contenders, with what they read."""

    def __init__(self, batch_size: int):
        from benchmarks.contenders import torch_trees

        self.corpus, trees, self.words = load()
        self.groups = sample(trees, batch_size)
        self.each = [tree for group in self.groups for tree in group]
        self.few = self.each[:FEW]
        self.net = Net(TreeLSTM(DIM))
        self.params = self.net.init(jax.random.key(0), self.words)
        self.loops = {
            name: torch_trees.Loop(self.params, self.few, RATE, threads)
            for name, threads in ((TORCH, hardware.cores()), (TORCH_1, 1))
        }

    def distances(self) -> dict[str, float]:
        """Compares some trees one by one with the batch that they make.

        Raises:
          Disagreement: who computes something else is not raced.
        """
        some, loop = self.few[:4], self.loops[TORCH]
        batched = results(self.net, self.params, [laid_out(some, WIDTH)])
        singles = results(self.net, self.params, [laid_out([t], NARROW) for t in some])
        looped = join([loop.results(tree) for tree in some])
        tolerance = agreement.TOLERANCES["float32"]
        found = {SINGLE: singles, TORCH: looped}
        return {n: agreement.check(r, batched, tolerance) for n, r in found.items()}

    def run(self, rounds: int) -> dict[str, list[float]]:
        """Returns the seconds that a training step takes for a tree, by whom."""
        batches = [laid_out(group, WIDTH) for group in self.groups]
        singles = [laid_out([tree], NARROW) for tree in self.few]
        calls = {
            OURS: descent(self.net, self.params, batches),
            SINGLE: descent(self.net, self.params, singles),
            **self.loops,
        }
        counts = {name: len(self.few) for name in calls} | {OURS: len(self.each)}
        return {
            name: [s / counts[name] for s in seconds]
            for name, seconds in interleave(calls, rounds).items()
        }


def report(race: Race, rounds: int) -> str:
    """Races, and returns the page."""
    machine, distances = hardware.describe(), race.distances()
    seconds, body = race.run(rounds), []
    for name, own in seconds.items():
        rates = [f"{1.0 / s:.3g}" for s in summarise(own)]
        gain = f"**{ratio(own, seconds[OURS]):.2f}x**"
        body.append([name, f"{rates[0]} ({rates[2]}-{rates[1]})", gain])
    lines = [f"- {name}: {value}" for name, value in machine.items()]
    lines += [f"- read: {_describe(race)}"]
    lines += [f"- {name}: ‖a - b‖ / ‖b‖ {d:.1e}" for name, d in distances.items()]
    header = ["training step of a Tree-LSTM", "trees per second", "batched, over it"]
    return "\n\n".join(["# Trees", "\n".join(lines), markdown(header, body)])


def _describe(race: Race) -> str:
    batches = [laid_out(group, WIDTH) for group in race.groups]
    filled = np.mean([batch.forest.nodes.mean() for batch in batches])
    shapes = {(b.forest.leaves.shape, b.forest.nodes.shape) for b in batches}
    nodes = np.mean([len(tree.labels) for tree in race.each])
    few = np.mean([len(tree.labels) for tree in race.few])
    return (
        f"{race.corpus}, {len(race.groups)} batches of {len(race.groups[0])} trees of"
        f" {nodes:.1f} nodes, {len(shapes)} shapes, fronts {filled:.0%} full; one by"
        f" one, {len(race.few)} trees of {few:.1f} nodes; {race.words} words, {DIM}"
        " units"
    )


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.trees")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each")
    parser.add_argument("--batch_size", type=int, default=32, help="trees")
    parser.add_argument("--output", type=Path, help="file for the table")
    args = parser.parse_args(words)
    if min(args.rounds, args.batch_size) < 1:
        parser.error("--rounds and --batch_size must be positive")
    process.keep_memory()
    text = report(Race(args.batch_size), args.rounds)
    print(text)
    if args.output is not None:
        args.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
