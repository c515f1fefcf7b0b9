"""A grammar of stories with a fact early on and a question about it at the end."""

import bisect
import dataclasses
import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqnets.data.tokenization import split_marks
from seqnets.data.vocabulary import Vocabulary

# How often a line precedes a fact, and the greatest length of such a line, in tokens.
OPENED, OPENING = 0.5, 12
ASIDE = 0.25  # How often a line mentions an answer that is not the right one.
HIDDEN = 0.5  # The largest share of tokens that become <UNK> in a story.
BLANK = "__"  # Where a user may mark what is asked for.


class Line(NamedTuple):
    """A part of a story.

    Attributes:
      text: as it is read.
      answer: the answer that it states, or only mentions; None without either.
      question: what asks for the answer at the end, where the line is a fact.
    """

    text: str
    answer: str | None = None
    question: str = ""


class Story(NamedTuple):
    """A story up to the place where its answer is wanted."""

    text: str
    ids: np.ndarray  # int32 [N], with some tokens as <UNK>.
    answer: str
    mentioned: str  # The answer that was stated or mentioned last.


@dataclasses.dataclass(frozen=True)
class StoryGrammar:
    """The lines of which the stories of one kind are put together.

    A story is a fact, up to `most_changes` changes, lines that fill the distance, and
    the question of the last fact or change, whose answer is wanted. Half of the facts
    have a line before them.

    In half of the stories, a share of up to `HIDDEN` of the tokens between the last
    fact and the question is `<UNK>`, so that a network learns to ignore unknown words,
    and a user's own stories can have them.

    Attributes:
      facts: lines that state an answer.
      fillers: lines without an answer.
      asides: lines that mention an answer as a distractor.
      openings: lines that stand before facts.
      changes: facts that replace the one before.
      most_changes: how many of them there are at most.
      by_character: whether a token is a character, or else a word or a mark.
    """

    facts: tuple[Line, ...]
    fillers: tuple[Line, ...]
    asides: tuple[Line, ...]
    openings: tuple[Line, ...]
    changes: tuple[Line, ...] = ()
    most_changes: int = 0
    by_character: bool = False

    @functools.cached_property
    def answers(self) -> tuple[str, ...]:
        """All possible answers, in the order of their ids."""
        return tuple(sorted({line.answer for line in self.facts + self.changes}))

    @functools.cached_property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary.count(map(self.tokenize, self._texts))

    def tokenize(self, text: str) -> list[str]:
        """Cuts a text into tokens, up to the blank `__` if there is one."""
        text = text.partition(BLANK)[0]
        if self.by_character:
            return [character for character in text if not character.isspace()]
        return split_marks(text.lower())

    def encode(self, text: str) -> np.ndarray:
        """Returns the ids of a text's tokens, int32 [N]; unknown ones are `<UNK>`."""
        return self.vocabulary.encode(self.tokenize(text))

    def unknown(self, text: str) -> list[str]:
        """Returns the tokens that the vocabulary lacks, each once."""
        tokens = dict.fromkeys(self.tokenize(text))
        return [token for token in tokens if token not in self.vocabulary]

    @functools.cached_property
    def shortest(self) -> int:
        """The number of tokens of the shortest filler: the least distance."""
        return min(len(self._ids[line.text]) for line in self.fillers)

    def steps(self, distance: int) -> int:
        """Returns the number of tokens of the longest story of such a distance."""
        facts, changes, *_ = self._pools
        stated = facts.sizes[-1] + self.most_changes * max(changes.sizes, default=0)
        questions = max(len(self._ids[fact.question]) for fact in self.facts)
        return stated + (1 + self.most_changes) * OPENING + distance + questions

    def draw(self, rng: np.random.Generator, distance: int) -> Story:
        """Draws a story.

        Args:
          rng: draws it.
          distance: tokens between the last fact and the question. There are fewer, by
            less than `shortest`, where no filler is short enough for the rest.
        """
        facts, changes, fillers, asides, openings = self._pools
        stated = [facts.draw(rng)]
        for _ in range(int(rng.random() * (self.most_changes + 1))):
            stated.append(changes.draw(rng))
        lines = []
        for fact in stated:
            if rng.random() < OPENED:
                lines.append(openings.draw(rng, OPENING))
            lines.append(fact)
        begin = sum(len(self._ids[line.text]) for line in lines)
        room = distance
        while room >= self.shortest:
            aside = asides.draw(rng, room) if rng.random() < ASIDE else None
            lines.append(aside or fillers.draw(rng, room))
            room -= len(self._ids[lines[-1].text])
        end = begin + distance - room
        texts = [*(line.text for line in lines), stated[-1].question]
        ids = np.concatenate([self._ids[text] for text in texts])
        hidden = rng.random(end - begin) < rng.uniform(-HIDDEN, HIDDEN)
        ids[begin:end][hidden] = self.vocabulary.unk
        return Story(
            text=("" if self.by_character else " ").join(filter(None, texts)),
            ids=ids,
            answer=stated[-1].answer,
            mentioned=next(line.answer for line in reversed(lines) if line.answer),
        )

    def sample(
        self, rng: np.random.Generator, distances: np.ndarray, steps: int
    ) -> dict[str, np.ndarray]:
        """Draws a batch of stories whose last step is to be answered.

        Args:
          rng: draws the batch.
          distances: tokens from the fact to the question, [B].
          steps: T, at least `self.steps` of the largest of them.

        Returns:
          "inputs" and "targets", int32 [B, T], and "mask" and "asked", bool [B, T]; see
          `long_range`.
        """
        inputs, targets = np.zeros((2, len(distances), steps), np.int32)
        last = np.zeros((len(distances), steps), bool)
        for row, distance in enumerate(distances.tolist()):
            story = self.draw(rng, distance)
            end = len(story.ids)
            inputs[row, :end], last[row, end - 1] = story.ids, True
            targets[row, end - 1] = self.answers.index(story.answer)
        return {"inputs": inputs, "targets": targets, "mask": last, "asked": last}

    @functools.cached_property
    def _texts(self) -> list[str]:
        facts = self.facts + self.changes
        lines = facts + self.fillers + self.asides + self.openings
        return [line.text for line in lines] + [fact.question for fact in facts]

    @functools.cached_property
    def _ids(self) -> dict[str, np.ndarray]:
        return {text: self.encode(text) for text in self._texts}

    @functools.cached_property
    def _pools(self) -> "tuple[_Pool, ...]":
        kinds = self.facts, self.changes, self.fillers, self.asides, self.openings
        return tuple(_Pool(lines, self._ids) for lines in kinds)


class _Pool:
    """Lines in the order of their sizes, so that those that fit can be drawn."""

    def __init__(self, lines: Sequence[Line], ids: dict[str, np.ndarray]):
        self.lines = sorted(lines, key=lambda line: len(ids[line.text]))
        self.sizes = [len(ids[line.text]) for line in self.lines]

    def draw(self, rng: np.random.Generator, room: int | None = None) -> Line | None:
        """Draws a line of at most `room` tokens; None if there is none."""
        fit = len(self.lines) if room is None else bisect.bisect(self.sizes, room)
        return self.lines[int(rng.random() * fit)] if fit else None
