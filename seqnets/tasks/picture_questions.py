"""Base class of what answers questions about pictures: data, batches, typed lines."""

import collections
import functools
import itertools
import logging
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from ml_collections import ConfigDict

from seqnets import datasets, losses, metrics
from seqnets.data import buckets, pictures
from seqnets.data.assets import Assets
from seqnets.data.buckets import BucketedBatches
from seqnets.data.segmentation import words
from seqnets.data.vocabulary import Vocabulary
from seqnets.datasets.dataset import Dataset
from seqnets.datasets.visual_questions import Question
from seqnets.training.fields import rows_of
from seqnets.training.progress import total_steps
from seqnets.training.supervised import Supervised
from seqnets.training.task import Batch

SEEN = 500  # Pictures of which the background is found.


class Encoded(Sequence):
    """The examples of a split as arrays, made when they are asked for.

    There may be many questions about a picture: each words' ids are kept once.
    """

    def __init__(self, task: "PictureQuestions", split: str, group: str | None = None):
        """Takes the questions of a split, or those of one group among them."""
        asked = task.dataset[split]
        if group is not None:
            asked = [own for own in asked if own.group == group]
        self._examples = asked
        self._encode = task.encode
        self._classes = {name: i for i, name in enumerate(task.classes)}
        self._groups = {name: i for i, name in enumerate(task.groups)}
        self._ids: dict[str, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, place: int) -> dict[str, Any]:
        own: Question = self._examples[place]
        if (ids := self._ids.get(own.question)) is None:
            ids = self._ids[own.question] = self._encode(own.question)
        return {
            "picture": own.picture,
            "tokens": ids,
            "label": np.int32(self._classes[own.answer]),
            "group": np.int32(self._groups.get(own.group, -1)),
        }


class PictureQuestions(Supervised):
    """Classifies questions about pictures by their answers.

    A batch has "picture", bytes [B, H, W, C], "tokens" [B, T] with "mask", "label" and
    "group" [B]; the group is -1 where a question is of none. It reads these fields of
    the config: corpus, data_dir, shape, pictures, generated, part, min_count,
    curriculum, batch_size, eval_batch_size, steps or epochs, and seed.
    """

    kind, unit = "questions", "questions"

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__()
        self.config, self.assets = config, assets

    @functools.cached_property
    def dataset(self) -> Dataset:
        c, options = self.config, {"assets": self.assets}
        names = "shape", "pictures", "generated", "part"
        options |= {name: c[name] for name in names}
        return datasets.load(c.corpus, self.kind, c.data_dir, **options)

    @functools.cached_property
    def info(self) -> dict[str, Any]:
        """Shape and background of pictures, the answers and the groups of questions."""
        return self.assets.keep(
            f"{self.kind}.json",
            lambda: self.dataset.info | {"background": background(self.dataset.train)},
            check=lambda info: len(info["background"]) == info["shape"][2],
        )

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of the pictures."""
        return tuple(self.info["shape"])

    @property
    def background(self) -> tuple[float, ...]:
        """The colour on which things stand, a value for each channel."""
        return tuple(self.info["background"])

    @property
    def classes(self) -> list[str]:
        return self.info["classes"]

    @property
    def groups(self) -> list[str]:
        """The groups of questions; empty where there are none."""
        return self.info["groups"]

    @functools.cached_property
    def vocabulary(self) -> Vocabulary:
        """The words of the training questions."""

        def count() -> Vocabulary:
            texts = (spoken(own.question) for own in self.dataset.train)
            return Vocabulary.count(texts, min_count=self.config.min_count)

        return self.assets.keep("vocabulary.json", count, Vocabulary)

    def encode(self, question: str) -> np.ndarray:
        """Returns the ids of the words of a question, int32 [T]."""
        return self.vocabulary.encode(spoken(question))

    def make_batches(self, split: str) -> BucketedBatches:
        return self._batches_of(Encoded(self, split), split)

    def batches(self, split: str, start: int = 0) -> Iterator[Batch]:
        """Yields batches; the first ones of a training may be of the first group.

        Those after them are what they would be at the beginning without a curriculum.
        """
        first = self.easy_steps if split == "train" else 0
        later = super().batches(split, max(0, start - first))
        if start >= first:
            return later
        easy = itertools.islice(self._easy.batches(start), first - start)
        return itertools.chain(easy, later)

    @functools.cached_property
    def easy_steps(self) -> int:
        """Steps of the training whose questions are of the first group alone."""
        c = self.config
        if c.curriculum and not self.groups:
            raise ValueError(
                f"config.curriculum is {c.curriculum}, and of {c.corpus!r} the"
                " questions have no groups: make it 0"
            )
        return int(c.curriculum * total_steps(c, self.steps_per_epoch))

    @functools.cached_property
    def _easy(self) -> BucketedBatches:
        return self._batches_of(Encoded(self, "train", self.groups[0]), "train")

    def _batches_of(self, examples: Encoded, split: str) -> BucketedBatches:
        c = self.config
        order = {"seed": c.seed, "shuffle": split == "train"}
        return BucketedBatches(examples, rows_of(c, split), **order)

    def loss(self, params, state, batch, key):
        """Cross-entropy, accuracy, and in evaluations that of each group."""
        logits, _ = self.outputs(params, batch, key)
        labels, rows = batch["label"], batch["rows"]
        total, count = self.criterion(logits, labels, rows)
        sums = {"loss": (total, count)}
        sums["accuracy"] = metrics.accuracy(logits, labels, rows)
        if key is None:
            for i, group in enumerate(self.groups):
                own = rows & (batch["group"] == i)
                name = "_".join(group.split())
                sums[f"accuracy/{name}"] = metrics.accuracy(logits, labels, own)
        return losses.mean(total, count), (state, sums)

    def read(self, line: str) -> tuple[tuple[str, ...], dict[str, Any]] | None:
        """Reads the path of a picture, a tab, and a question about it."""
        if not line.strip():
            return None
        path, tab, question = line.strip().partition("\t")
        if not (tab and question.strip()):
            raise ValueError(
                "expected the path of a picture, a tab and a question, but it is"
                f" {line.strip()[:40]!r}"
            )
        picture = pictures.read_whole(path.strip(), self.shape)
        if unknown := [w for w in spoken(question) if w not in self.vocabulary]:
            logging.getLogger(__name__).warning(
                "unknown in the question: %s", " ".join(dict.fromkeys(unknown))
            )
        return (), {"picture": picture, "tokens": self.encode(question)}

    def collate(self, example: dict[str, Any]) -> Batch:
        return buckets.collate([example])

    def baselines(self) -> dict[str, float]:
        """Returns the accuracy, on the validation split, of what sees no picture."""
        train, valid = self.dataset.train, self.dataset.valid
        found = self.majority((own.answer for own in train), [v.answer for v in valid])
        answers = collections.defaultdict(collections.Counter)
        every = collections.Counter(own.answer for own in train)
        for own in train:
            answers[own.question][own.answer] += 1
        guesses = (answers.get(v.question, every).most_common(1)[0][0] for v in valid)
        right = [g == v.answer for g, v in zip(guesses, valid, strict=True)]
        return found | {"the question's most frequent answer": sum(right) / len(right)}


def background(questions: Sequence[Question]) -> list[float]:
    """Returns the median of each channel over the pictures of some questions."""
    step = max(1, len(questions) // SEEN)
    seen = np.concatenate(
        [own.picture.reshape(-1, own.picture.shape[-1]) for own in questions[::step]]
    )
    return np.median(seen, 0).tolist()


def spoken(question: str) -> list[str]:
    """Returns the words and marks of a question, in lower case."""
    return words(question.lower())
