"""Races the Lattice LSTM, in batches, against one sentence at a time: see README.md.

python -m benchmarks.lattice
python -m benchmarks.lattice --rounds 9 --output lattice.md
"""

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np

from benchmarks import agreement, hardware
from benchmarks.contenders.lattice import (
    RATE,
    STEP,
    TIMED,
    Batch,
    Net,
    calls,
    join,
    results,
)
from benchmarks.tables import markdown
from benchmarks.timing import interleave, ratio, summarise
from seqnets import cells, datasets
from seqnets.datasets.lexicon import load_lexicon
from seqnets.structures import lattice
from seqnets.training import process

DIM = 100
SAMPLE = 10  # Batches, at equal distances in the sorted training set.
FEW = 20  # Sentences for those that take long.

OURS = "lattice, batched"
SINGLE = "lattice, one by one"
PLAIN = "lattice, one by one, plain form"
TORCH = "lattice, one by one, torch"
TORCH_1 = "lattice, one by one, torch on one thread"
CHAIN = "LSTM of characters, batched"
CONTENDERS = OURS, SINGLE, PLAIN, TORCH, TORCH_1, CHAIN


class Sentence(NamedTuple):
    """A sentence in ids; a word's places are those of its first and last character."""

    chars: np.ndarray  # [T]
    tags: np.ndarray  # [T]
    words: np.ndarray  # [N]
    begin: np.ndarray  # [N]
    end: np.ndarray  # [N]


def load(
    corpus: str = "resume_ner", words: str = "zh_lexicon"
) -> tuple[str, list[Sentence], tuple[int, int, int]]:
    """Reads the training sentences of a corpus, or generated ones where it is not here.

    Returns:
      Its name, the sentences, and how many characters, words and tags there are. Of
      the lexicon's words those count that occur in the sentences.
    """
    try:
        train = datasets.load(corpus, "tagged").train
        known = load_lexicon(words)
    except FileNotFoundError:
        return load("synthetic_ner", "synthetic_ner")
    # A symbol's id is how many came before it.
    ids: tuple[dict[str, int], ...] = {}, {}, {}

    def encode(which: int, symbols: Sequence[str]) -> np.ndarray:
        table = ids[which]
        return np.array([table.setdefault(s, len(table)) for s in symbols], np.int32)

    sentences = []
    for tokens, tags in train:
        matches = known.matches(tokens)
        begin = np.array([m.begin for m in matches], np.int32)
        end = np.array([m.end - 1 for m in matches], np.int32)
        found = encode(1, [m.word for m in matches])
        sentences.append(
            Sentence(encode(0, tokens), encode(2, tags), found, begin, end)
        )
    return corpus, sentences, tuple(map(len, ids))


def sample(sentences: Sequence[Sentence], batch_size: int) -> list[list[Sentence]]:
    """Sorts sentences by length, cuts them into batches and takes some of these."""
    ordered = sorted(sentences, key=lambda s: len(s.chars))
    count = len(ordered) // batch_size
    if not count:
        raise ValueError(f"no batch of {batch_size} in {len(ordered)} sentences")
    chosen = np.linspace(0, count, min(SAMPLE, count), endpoint=False, dtype=int)
    # The middle of each stretch, neither its shortest nor its longest.
    chosen += count // len(chosen) // 2
    return [ordered[i * batch_size : (i + 1) * batch_size] for i in chosen]


def padded(groups: Sequence[Sequence[Sentence]]) -> list[Batch]:
    """Makes each group a batch; those of one length have room for as many words."""
    lengths = [_room(max(len(s.chars) for s in group)) for group in groups]
    words: dict[int, int] = {}
    for length, group in zip(lengths, groups, strict=True):
        most = max(len(s.words) for s in group)
        words[length] = max(words.get(length, 1), most)

    def fill(rows: Sequence[np.ndarray], width: int, blank: int) -> np.ndarray:
        return np.array(
            [np.pad(r, (0, width - len(r)), constant_values=blank) for r in rows]
        )

    batches = []
    for length, group in zip(lengths, groups, strict=True):
        widths = length, length, *(words[length],) * 3
        blanks = 0, 0, 0, -1, -1
        fields = map(fill, zip(*group, strict=True), widths, blanks)
        real = np.array([np.arange(length) < len(s.chars) for s in group])
        batches.append(Batch(*fields, real))
    return batches


def _room(length: int) -> int:
    step = 8 if length <= 64 else 32
    return -(-length // step) * step


class Race:
    """The contenders, with what they read."""

    def __init__(self, batch_size: int):
        from benchmarks.contenders import torch_lattice

        self.corpus, sentences, self.sizes = load()
        self.groups = sample(sentences, batch_size)
        self.each = [s for group in self.groups for s in group]
        apart = max(1, len(self.each) // FEW)
        self.few = self.each[apart // 2 :: apart]
        self.net, self.chain = Net(lattice.LatticeLSTM(DIM)), Net(cells.LSTM(DIM))
        self.plain = dataclasses.replace(self.net, plain=True)
        key = jax.random.key(0)
        self.params = self.net.init(key, self.sizes)
        self.chain_params = self.chain.init(key, self.sizes)
        # Two threads that share so little work can take longer than one.
        self.loops = {
            name: torch_lattice.Loop(self.params, self.few, RATE, threads)
            for name, threads in ((TORCH, hardware.cores()), (TORCH_1, 1))
        }

    def distances(self) -> dict[str, float]:
        """Compares some sentences read one by one with the batch that they make.

        Raises:
          Disagreement: who computes something else is not raced.
        """
        some = self.few[len(self.few) // 2 :][:4]
        singles = padded([[s] for s in some])
        loop = self.loops[TORCH]
        looped = [loop.results(loop.sentence(s)) for s in some]
        found = {
            SINGLE: results(self.net, self.params, singles),
            PLAIN: results(self.plain, self.params, singles),
            TORCH: join(looped),
        }
        batched = results(self.net, self.params, padded([some]))
        tolerance = agreement.TOLERANCES["float32"]
        return {n: agreement.check(r, batched, tolerance) for n, r in found.items()}

    def run(self, rounds: int) -> dict[tuple[str, str], list[float]]:
        """Returns the seconds a sentence takes, by what is timed and by whom."""
        each, few = len(self.each), len(self.few)
        batches = padded(self.groups)
        singles = padded([[s] for s in self.each])
        plain = calls(self.plain, self.params, padded([[s] for s in self.few]))
        entries = [
            (OURS, each, calls(self.net, self.params, batches)),
            (SINGLE, each, calls(self.net, self.params, singles)),
            (PLAIN, few, {STEP: plain[STEP]}),
            *((name, few, {STEP: loop}) for name, loop in self.loops.items()),
            (CHAIN, each, calls(self.chain, self.chain_params, batches)),
        ]
        raced = {(w, n): call for n, _, made in entries for w, call in made.items()}
        counts = {name: count for name, count, _ in entries}
        return {
            (what, name): [s / counts[name] for s in seconds]
            for (what, name), seconds in interleave(raced, rounds).items()
        }


def report(race: Race, rounds: int) -> str:
    """Races, and returns the page."""
    machine = hardware.describe()
    distances = race.distances()
    seconds = race.run(rounds)
    body = []
    for what in TIMED:
        for name in CONTENDERS:
            if (what, name) in seconds:
                own = seconds[what, name]
                rates = [f"{1.0 / s:.3g}" for s in summarise(own)]
                gain = f"**{ratio(own, seconds[what, OURS]):.2f}x**"
                rate = f"{rates[0]} ({rates[2]}-{rates[1]})"
                body.append([what, name, rate, gain])
    lines = [f"- {name}: {value}" for name, value in machine.items()]
    lines += [f"- read: {_describe(race)}"]
    lines += [f"- {name}: ‖a - b‖ / ‖b‖ {d:.1e}" for name, d in distances.items()]
    header = ["what", "who", "sentences per second", "batched lattice's, over it"]
    return "\n\n".join(["# The lattice", "\n".join(lines), markdown(header, body)])


def _describe(race: Race) -> str:
    def means(sentences: Sequence[Sentence]) -> str:
        chars, words = (
            np.mean([len(getattr(s, name)) for s in sentences])
            for name in ("chars", "words")
        )
        return (
            f"{len(sentences)} sentences of {chars:.1f} characters, {words:.1f} words"
        )

    steps = sum(batch.mask.size for batch in padded(race.groups))
    real = sum(len(s.chars) for s in race.each)
    chars, words, tags = race.sizes
    return (
        f"{race.corpus}, {means(race.each)}, {1 - real / steps:.0%} of a batch is"
        f" padding; torch and the plain form {means(race.few)}; tables of {chars}"
        f" characters, {words} words; {tags} tags"
    )


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lattice")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each")
    parser.add_argument("--batch_size", type=int, default=32, help="sentences, B")
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
