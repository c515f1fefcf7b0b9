"""Questions about stories: a memory network and an LSTM (B10, E24).

"Ann took the lamp. Ann went to the hall. Where is the lamp?" An end-to-end memory
network (Sukhbaatar et al., 2015) keeps every sentence, and hops over them by attention;
the baseline, as in 001, is an LSTM that reads the story and then the question. Tasks of
bAbI (Weston et al., 2015), or generated ones, are learned jointly or one by one; the
accuracy of answers counts, and the trivial baseline is the most frequent answer.
"""

import functools
from collections.abc import Iterator, Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import linen as nn
from jax import Array
from ml_collections import ConfigDict

from seqnets import cells
from seqnets.data import buckets, tsv
from seqnets.data.assets import Assets
from seqnets.data.batching import ArrayBatches, Batches
from seqnets.data.buckets import BucketedBatches
from seqnets.datasets.stories import Question
from seqnets.memory_network import ENCODINGS, TYINGS, MemoryNetwork
from seqnets.modules import Embedding, Readout, SequenceEncoder
from seqnets.plots import bars, story_attention
from seqnets.tasks.story_reader import StoryReader
from seqnets.training.config import check
from seqnets.training.fields import (
    COUNT,
    DIFFERENT,
    FRACTION,
    NOT_NEGATIVE,
    POSITIVE,
    WIDTH,
    Field,
    common,
    rows_of,
)
from seqnets.training.supervised import Tested
from seqnets.training.task import Batch, Params, Task

SHOWN = 6  # Test questions in the picture, of as many tasks as there are.
TALLEST = 12  # Sentences of a story in it.

FIELDS = common("corpus", "limit", "buckets", "embedding_dim", "dropout") | {
    "tasks": Field(str, many=DIFFERENT),
    "memory": Field(int, COUNT),
    "model": Field(str, ("memory", "recurrent")),
    "dim": Field(int, WIDTH),
    "hops": Field(int, COUNT),
    "tying": Field(str, TYINGS),
    "encoding": Field(str, ENCODINGS),
    "time_noise": Field(float, FRACTION),
    "linear_epochs": Field(float, NOT_NEGATIVE),
    "linear_rate": Field(float, POSITIVE),
}


class Answering(StoryReader):
    """Writes of each task how many answers are right, and of hops what they read."""

    def report(self, params: Params, directory: Path) -> None:
        """Writes test.tsv and tasks.tsv, draws tasks.png and, of hops, attention.png"""
        tested, questions = self.test(params), self.dataset.test
        self._write(directory, tested, questions)
        if tested.weights[0] is not None:
            shown = [self._shown(tested, i) for i in pick_shown(questions)]
            story_attention.draw(directory / "attention.png", shown)

    def _write(
        self, directory: Path, tested: Tested, questions: Sequence[Question]
    ) -> None:
        answers, right = tested.predictions, tested.predictions == tested.targets
        lines = ["task\tanswer\tprediction\tprobability\tquestion"]
        for i, q in enumerate(questions):
            found = self.classes[answers[i]], f"{tested.probabilities[i]:.3f}"
            lines.append(tsv.row(q.task, q.answer, *found, q.question))
        _write_lines(directory / "test.tsv", lines)
        of_task, scores = np.array([q.task for q in questions]), {}
        lines = ["task\tquestions\taccuracy"]
        for task in self.tasks:
            own = right[of_task == task]
            scores[task or "all"] = float(own.mean()) if len(own) else 0.0
            lines.append(tsv.row(task, len(own), f"{scores[task or 'all']:.4f}"))
        _write_lines(directory / "tasks.tsv", lines)
        title = f"Test questions: {right.mean():.2%} right"
        own = {"title": title, "xlabel": "share of right answers"}
        bars.draw(directory / "tasks.png", scores, {}, **own)

    def _shown(self, tested: Tested, i: int) -> story_attention.Shown:
        q = self.dataset.test[i]
        read = q.story[-self.config.memory :]
        weights = tested.weights[i][:, : len(read)].T
        predicted = self.classes[tested.predictions[i]]
        answer = f"{predicted}, {tested.probabilities[i]:.0%}"
        if predicted != q.answer:
            answer += f"  (it is {q.answer})"
        dropped = len(q.story) - len(read)
        support = [place - dropped for place in q.support if place >= dropped]
        heading = f"{q.task}: {q.question.strip()} {answer}".removeprefix(": ")
        return story_attention.Shown(heading, read, weights, support)


class MemoryReader(Answering):
    """A memory network, which may start without the softmax of its hops.

    In the first `linear_epochs` epochs of training, their weights are uᵀ m and the
    learning rate is `linear_rate` times that of the config: linear start. Evaluations
    have the softmax all the time.
    """

    @functools.cached_property
    def model(self) -> MemoryNetwork:
        c, symbol = self.config, self.vocabulary.symbols.index
        answers = tuple(symbol(answer.lower()) for answer in self.classes)
        sizes = len(self.vocabulary), answers, c.dim, c.memory, c.hops
        return MemoryNetwork(*sizes, c.tying, c.encoding, c.time_noise)

    def init(self, key: Array) -> Params:
        return self.model.init(key)

    def outputs(self, params, batch, key):
        story, question = batch["story"], batch["question"]
        dtype = jnp.dtype(self.config.compute_dtype)
        own = {"linear": batch.get("linear"), "key": key, "dtype": dtype}
        return self.model.apply(params, story, question, **own)

    def encode(self, story: Sequence[str], question: str) -> dict[str, np.ndarray]:
        """Returns the last sentences [S, J] and the question [J], int32."""
        c = self.config
        found = np.zeros((c.memory + 1, c.limit), np.int32)
        for row, text in zip(found, [*story[-c.memory :], question], strict=False):
            ids = self.ids(text)
            row[: len(ids)] = ids
        last = min(len(story), c.memory)
        asked = found[last].copy()
        found[last] = 0
        return {"story": found[: c.memory], "question": asked}

    def collate(self, example: dict[str, np.ndarray]) -> Batch:
        return {name: array[None] for name, array in example.items()}

    def make_batches(self, split: str) -> Batches:
        c, training = self.config, split == "train"
        rows = [self.encode(q.story, q.question) for q in self.dataset[split]]
        arrays = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
        size = rows_of(c, split)
        arrays |= self.columns(split)
        return ArrayBatches(arrays, size, seed=c.seed, shuffle=training)

    def batches(self, split: str, start: int = 0) -> Iterator[Batch]:
        """Yields batches; of training they have "linear", bool [B]."""
        found = super().batches(split, start)
        if split != "train":
            yield from found
            return
        for step, batch in enumerate(found, start):
            yield batch | {"linear": batch["rows"] & (step < self.linear_steps)}

    @property
    def linear_steps(self) -> int:
        """The number of steps without a softmax."""
        return round(self.config.linear_epochs * self.steps_per_epoch)

    def optimizer(self, alone):
        steps, rate = self.linear_steps, self.config.linear_rate
        slow = optax.scale_by_schedule(lambda n: jnp.where(n < steps, rate, 1.0))
        return optax.chain(alone, slow) if steps else alone


class Reader(nn.Module):
    """Scores K answers by the state of a cell that has read all words, [B, T]."""

    embedding: Embedding
    encoder: SequenceEncoder
    readout: Readout

    def __call__(self, tokens: Array, *, mask: Array, key: Array | None = None):
        keys = (None, None) if key is None else jax.random.split(key)
        state, _ = self.encoder(self.embedding(tokens), mask=mask, key=keys[0])
        return self.readout(state, key=keys[1])


class RecurrentReader(Answering):
    """A recurrent net that reads the words of a story, and then the question."""

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__(config, assets)
        cell = cells.build(config.cell)
        self.cell = cells.Dropout(cell, config.dropout) if config.dropout else cell

    @functools.cached_property
    def model(self) -> Reader:
        c, dtype = self.config, jnp.dtype(self.config.compute_dtype)
        return Reader(
            Embedding(len(self.vocabulary), c.embedding_dim, dtype=dtype),
            SequenceEncoder(self.cell),
            Readout(len(self.classes), c.dropout),
        )

    def init(self, key: Array) -> Params:
        tokens = jnp.zeros((1, 1), jnp.int32)
        return self.model.init(key, tokens, mask=jnp.ones((1, 1), bool))["params"]

    def outputs(self, params, batch, key):
        own = {"mask": batch["mask"], "key": key}
        return self.model.apply({"params": params}, batch["tokens"], **own), None

    def encode(self, story: Sequence[str], question: str) -> dict[str, np.ndarray]:
        """Returns the words of the last sentences and of the question, int32 [T]."""
        texts = [*story[-self.config.memory :], question]
        return {"tokens": np.concatenate([self.ids(text) for text in texts])}

    def collate(self, example: dict[str, np.ndarray]) -> Batch:
        return buckets.collate([example])

    def make_batches(self, split: str) -> Batches:
        c, training = self.config, split == "train"
        examples = [self.encode(q.story, q.question) for q in self.dataset[split]]
        for name, column in self.columns(split).items():
            for example, value in zip(examples, column, strict=True):
                example[name] = value
        size = rows_of(c, split)
        own = {"buckets": c.buckets, "seed": c.seed, "shuffle": training}
        return BucketedBatches(examples, size, **own)


def pick_shown(questions: Sequence[Question]) -> list[int]:
    """Returns the places of some questions about short stories, of different tasks."""
    by_task: dict[str, list[int]] = {}
    for i, question in enumerate(questions):
        if len(question.story) <= TALLEST:
            by_task.setdefault(question.task, []).append(i)
    if not by_task:
        return [0]
    most = max(map(len, by_task.values()))
    # One of each task, of many tasks evenly chosen ones; then the next of each.
    found = [own[r] for r in range(most) for own in by_task.values() if r < len(own)]
    if len(by_task) <= SHOWN:
        return found[:SHOWN]
    return [found[j] for j in np.linspace(0, len(by_task) - 1, SHOWN).astype(int)]


def build(config: ConfigDict, workdir: str | Path | None = None) -> Task:
    """Builds the task of `configs/question_answering.py`; see `experiments.build`."""
    check(config, FIELDS)
    reader = MemoryReader if config.model == "memory" else RecurrentReader
    return reader(config, Assets(workdir))


def _write_lines(path: Path, lines: Sequence[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
