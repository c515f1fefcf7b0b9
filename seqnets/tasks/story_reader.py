"""Base class of tasks that answer questions about stories."""

import functools
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from ml_collections import ConfigDict

from seqnets import datasets, losses, metrics
from seqnets.baselines.most_frequent import MostFrequent
from seqnets.data import buckets, tsv
from seqnets.data.assets import Assets, are_names
from seqnets.data.tokenization import split_marks, split_sentences
from seqnets.data.vocabulary import Vocabulary
from seqnets.datasets.dataset import Dataset
from seqnets.training.supervised import Supervised
from seqnets.training.task import Params

_NUMBER = re.compile(r"\s*(\d+)\s+")
_ANSWERED = re.compile(r"([?？])\s*\t.*", re.DOTALL)
_ASKS = "?", "？"


class Reply(NamedTuple):
    """The answer to a question, and the sentence that each hop reads most."""

    answer: str
    probability: float
    text: str
    read: tuple[tuple[str, float], ...] = ()
    unknown: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.answer:
            return tsv.row("-", "-", self.text)
        parts = [self.answer, f"{self.probability:.3f}", self.text]
        parts += [f"{sentence}:{p:.2f}" for sentence, p in self.read]
        unknown = f"unknown: {' '.join(self.unknown)}"
        return tsv.row(*parts, *([unknown] if self.unknown else []))


class StoryReader(Supervised):
    """Answers a `Question` by one of the training's answers.

    A subclass gives `init`, `outputs`, `encode`, `collate` and `make_batches`. The
    weights of `outputs` are those of hops, [B, hops, S], or None. These fields of the
    config are read: corpus, data_dir, tasks, limit and memory.
    """

    unit = "questions"
    in_turn = True

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__()
        self.config, self.assets = config, assets

    @functools.cached_property
    def dataset(self) -> Dataset:
        c, place = self.config, {"assets": self.assets}
        tasks = tuple(c.tasks) or None
        return datasets.load(c.corpus, "stories", c.data_dir, **place, tasks=tasks)

    @functools.cached_property
    def tasks(self) -> list[str]:
        return self.assets.keep(
            "tasks.json", lambda: self.dataset.info["tasks"], check=are_names
        )

    @functools.cached_property
    def classes(self) -> Sequence[str]:
        def answers() -> list[str]:
            return sorted({question.answer for question in self.dataset.train})

        return self.assets.keep("classes.json", answers, check=are_names)

    @functools.cached_property
    def vocabulary(self) -> Vocabulary:
        """The words of stories and questions, and each answer as one symbol."""

        def count() -> Vocabulary:
            texts = {t for q in self.dataset.train for t in (*q.story, q.question)}
            answers = [[answer.lower()] for answer in self.classes]
            return Vocabulary.count([*map(words, sorted(texts)), *answers])

        return self.assets.keep("vocabulary.json", count, Vocabulary)

    @functools.cached_property
    def ids(self) -> Callable[[str], np.ndarray]:
        """Returns the ids of a sentence's known words, up to the limit, int32 [J]."""

        @functools.lru_cache(None)
        def encode(sentence: str) -> np.ndarray:
            ids = self.vocabulary.encode(words(sentence))
            return ids[ids != self.vocabulary.unk][: self.config.limit]

        return encode

    def encode(self, story: Sequence[str], question: str) -> dict[str, np.ndarray]:
        """Returns the arrays of a question."""
        raise NotImplementedError

    def columns(self, split: str) -> dict[str, np.ndarray]:
        """Returns "label" and "task" of a split, int32 [N]; label -1 is no class."""
        labels = {answer: i for i, answer in enumerate(self.classes)}
        tasks = {task: i for i, task in enumerate(self.tasks)}
        pairs = [
            (labels.get(q.answer, -1), tasks.get(q.task, -1))
            for q in self.dataset[split]
        ]
        self._report_cuts(split)
        return dict(zip(("label", "task"), np.array(pairs, np.int32).T, strict=True))

    def _report_cuts(self, split: str) -> None:
        questions, c = self.dataset[split], self.config
        told = {t for q in questions for t in (*q.story, q.question)}
        cut = sum(len(words(text)) > c.limit for text in told)
        buckets.report_cuts(cut, len(told), split, "sentences", c.limit)
        long = sum(len(q.story) > c.memory for q in questions)
        if long:
            logging.getLogger(__name__).warning(
                "of %d of %d %s stories, the last memory = %d sentences are read",
                *(long, len(questions), split, c.memory),
            )

    def loss(self, params, state, batch, key):
        """Cross-entropy of the answers that are classes, and accuracy of all.

        In evaluation also the accuracy of each task, where there are several.
        """
        logits, _ = self.outputs(params, batch, key)
        labels, rows = batch["label"], batch["rows"]
        nats = losses.cross_entropy(logits, labels, rows & (labels >= 0))
        sums = {"loss": nats, "accuracy": metrics.accuracy(logits, labels, rows)}
        if key is None and len(self.tasks) > 1:
            for i, task in enumerate(self.tasks):
                own = metrics.accuracy(logits, labels, rows & (batch["task"] == i))
                sums[f"accuracy/{task}"] = own
        return losses.mean(*nats), (state, sums)

    def baselines(self) -> dict[str, float]:
        """Returns the accuracy, validating, of the answer most frequent in the task."""
        answer = MostFrequent((q.task, q.answer) for q in self.dataset.train)
        valid = self.dataset.valid
        found = answer([q.task for q in valid])
        right = sum(a == q.answer for a, q in zip(found, valid, strict=True))
        return {"most frequent answer of the task": right / len(valid)}

    def predict(self, params: Params, lines: Iterable[str]) -> Iterator[Reply]:
        """Yields a reply to each line: an answer, where it ends with a question mark.

        A line has sentences, a question, or sentences and then a question, which is
        about all that was told since the last empty line. The lines of a file in the
        format of bAbI are taken as well: number 1 begins another story, and what
        stands after a question and a tab is passed over. After an error the next line
        can be asked for: what was told is kept.

        Raises:
          ValueError: for a question before any sentence, or without a known word.
        """
        # A generator would end at an error, and forget the story.
        return map(functools.partial(self._hear, params, []), lines)

    def _hear(self, params: Params, story: list[str], line: str) -> Reply:
        """Adds what a line tells to the story, and returns the reply to it."""
        if (number := _NUMBER.match(line)) and int(number[1]) == 1:
            story.clear()
        text = _ANSWERED.sub(r"\1", line[number.end() :] if number else line)
        text = " ".join(text.split())
        # As in the data set, what has a number is one sentence.
        told = [text][: len(text)] if number else list(split_sentences(text))
        self._report_cut(told)
        if not told:
            story.clear()
        question = told.pop() if told and told[-1].endswith(_ASKS) else None
        story += told
        if question is None:
            return Reply("", float("nan"), line)
        return self._reply(params, line, story, question)

    def _report_cut(self, told: Sequence[str]) -> None:
        """Says how much is read of the longest sentence of a line."""
        known, limit = self.vocabulary.__contains__, self.config.limit
        longest = max((sum(map(known, words(text))) for text in told), default=0)
        buckets.report_cut(
            min(longest, limit), longest, "known words of a sentence", limit
        )

    def _reply(
        self, params: Params, line: str, story: Sequence[str], question: str
    ) -> Reply:
        if not story:
            raise ValueError(
                f"the question {question[:40]!r} comes before any sentence: tell a"
                " story first"
            )
        if not len(self.ids(question)):
            raise ValueError(f"no word of the question {question[:40]!r} is known")
        p, weights = self.ask(params, self.encode(story, question))
        read = story[-self.config.memory :]
        if len(read) < len(story):
            logging.getLogger(__name__).warning(
                "the last memory = %d of %d sentences are read", len(read), len(story)
            )
        strongest = []
        for hop in () if weights is None else weights[:, : len(read)]:
            strongest.append((read[hop.argmax()], float(hop.max())))
        said = dict.fromkeys(w for text in (*read, question) for w in words(text))
        unknown = tuple(word for word in said if word not in self.vocabulary)
        best = int(p.argmax())
        answer = self.classes[best], float(p[best])
        return Reply(*answer, line, tuple(strongest), unknown)


def words(text: str) -> list[str]:
    """Returns the words of a sentence in small letters, without its marks."""
    return [word for word in split_marks(text.lower()) if word[0].isalnum()]
