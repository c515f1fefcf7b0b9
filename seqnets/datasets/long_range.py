"""Generated problems with long dependencies: an early input decides a late answer.

A batch of any of them has

    inputs   int32 [B, T], symbols; or float32 [B, T, 2], numbers
    targets  int32 or float32 [B, T]
    mask     bool [B, T], the steps whose answer counts in the loss
    asked    bool [B, T], the steps whose answer is scored: where memory is needed

The steps of a row after the last one in `mask` are padding.
"""

import dataclasses
import functools
import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from seqnets.datasets import recall_stories
from seqnets.datasets.story_grammar import StoryGrammar

Batch = dict[str, np.ndarray]

ORDER = "EBabcdXY"  # Start, end, four distractors, and the two symbols that matter.
COPIED, LETTERS = 10, 8  # The number of symbols to copy, and of different ones.
DRAWN = 2000  # Number of distances, or stories, over which a baseline is averaged.

# Where the relevant symbols stand, as shares of the length, by their number.
WINDOWS = {
    2: ((0.1, 0.2), (0.5, 0.6)),
    3: ((0.1, 0.2), (0.33, 0.43), (0.66, 0.76)),
}


@dataclasses.dataclass(frozen=True)
class Problem:
    """A kind of sequence, of any distance between an input and its answer.

    Attributes:
      sample: `(rng, distances [B], T) -> batch`, a row for each distance.
      baselines: `(shortest, longest) -> {name: score}` of trivial answers, for the
        distances that `draw_distances` draws from that range.
      shortest: the least distance.
      steps: `(distance) -> T`, the steps of the longest row of such a distance.
      score: the metric; "accuracy" is to be maximised, "mse" and "loss"
        (cross-entropy, in nats) are to be minimised.
      symbols: the number of symbols, V; None where inputs are numbers.
      answers: the number of answers, K; None where the target is a number.
      stories: the grammar of a problem of text; None for other problems.
    """

    sample: Callable[[np.random.Generator, np.ndarray, int], Batch]
    baselines: Callable[[int, int], dict[str, float]]
    shortest: int = 1
    steps: Callable[[int], int] = lambda distance: distance
    score: Literal["accuracy", "mse", "loss"] = "accuracy"
    symbols: int | None = None
    answers: int | None = None
    stories: StoryGrammar | None = None

    @property
    def direction(self) -> Literal["min", "max"]:
        """Whether the score is to be minimised or maximised."""
        return "max" if self.score == "accuracy" else "min"

    def check(self, shortest: int, longest: int, lengths: Sequence[int]) -> None:
        """Raises ValueError for distances that no row of the problem has.

        Args:
          shortest, longest: the range of the training.
          lengths: other distances.
        """
        least = self.shortest
        if not least <= shortest <= longest or min(lengths, default=0) < least:
            raise ValueError(
                f"the problem has distances of {least} and more: shortest {shortest},"
                f" length {longest} and lengths {tuple(lengths)} are not in that order"
            )
        if len(set(lengths)) < len(lengths):
            raise ValueError(f"lengths {tuple(lengths)}: one comes twice")

    def generator(
        self, shortest: int, longest: int
    ) -> Callable[[np.random.Generator, int], Batch]:
        """Returns `(rng, rows) -> batch`, which draws rows of a range of distances."""
        steps = self.steps(longest)

        def draw(rng: np.random.Generator, rows: int) -> Batch:
            return self.sample(rng, draw_distances(rng, shortest, longest, rows), steps)

        return draw


def draw_distances(
    rng: np.random.Generator, shortest: int, longest: int, rows: int
) -> np.ndarray:
    """Draws distances log-uniformly: short dependencies are learned first.

    d = ⌊e^u⌋,  u ~ U(ln shortest, ln (longest + 1))

    Args:
      rng: draws them.
      shortest, longest: the range, both included.
      rows: the number of distances, B.

    Returns:
      Integers [B].
    """
    logs = rng.uniform(math.log(shortest), math.log(longest + 1), rows)
    return np.clip(np.exp(logs).astype(int), shortest, longest)


def adding(rng: np.random.Generator, distances: np.ndarray, steps: int) -> Batch:
    """Poses the sum of two marked numbers (Hochreiter & Schmidhuber, 1997, task 4).

    x_t = (v_t, m_t),  v_t ~ U(-1, 1);  the answer at the last step is Σ_t m_t v_t

    One mark is in the first half and one in the second, as Le et al. (2015) have it.

    Args:
      rng: draws the batch.
      distances: length of each row, [B].
      steps: T, at least the largest of them.
    """
    rows, half = np.arange(len(distances)), distances // 2
    values = rng.uniform(-1.0, 1.0, (len(rows), steps)).astype(np.float32)
    marked = rng.integers([np.zeros_like(half), half], [half, distances])  # [2, B]
    marks = np.zeros_like(values)
    marks[rows, marked] = 1.0
    targets = np.zeros_like(values)
    targets[rows, distances - 1] = values[rows, marked].sum(0)
    inputs = np.stack([values, marks], -1)
    return _asked_at_the_end(inputs, targets, distances)


def copying(rng: np.random.Generator, distances: np.ndarray, steps: int) -> Batch:
    """Poses the repetition of ten symbols (Arjovsky et al., 2016).

    Ten of the symbols 1 ... 8, then blanks, and a 9 after which the ten symbols are the
    targets, in their order, T + 10 steps later. The loss counts all T + 20 steps; the
    target of the others is a blank.

    Args:
      rng: draws the batch.
      distances: T of each row, [B].
      steps: at least the largest T and 20.
    """
    rows = np.arange(len(distances))[:, None]
    letters = rng.integers(1, LETTERS + 1, (len(rows), COPIED), np.int32)
    begin = COPIED + distances[:, None]
    inputs, targets = np.zeros((2, len(rows), steps), np.int32)
    inputs[:, :COPIED] = letters
    inputs[rows, begin - 1] = LETTERS + 1
    targets[rows, begin + np.arange(COPIED)] = letters
    mask = np.arange(steps) < begin + COPIED
    asked = mask & (np.arange(steps) >= begin)
    return {"inputs": inputs, "targets": targets, "mask": mask, "asked": asked}


def parity(rng: np.random.Generator, distances: np.ndarray, steps: int) -> Batch:
    """Poses at every step whether the ones so far are odd in number.

    y_t = x_1 + ... + x_t  mod 2;  only the last step's answer is scored

    Args:
      rng: draws the batch.
      distances: bits of each row, [B].
      steps: T, at least the largest of them.
    """
    bits = rng.integers(0, 2, (len(distances), steps), np.int32)
    batch = _asked_at_the_end(bits, bits.cumsum(1, np.int32) % 2, distances)
    return batch | {"mask": np.arange(steps) < distances[:, None]}


def temporal_order(
    rng: np.random.Generator, distances: np.ndarray, steps: int, *, marks: int
) -> Batch:
    """Poses in which order X and Y came (Hochreiter & Schmidhuber, 1997, task 6).

    E, then distractors a ... d with X or Y at two places (6a, 4 answers) or three (6b,
    8 answers), then B. The places are drawn from `WINDOWS`, the length of a row from
    d ... 1.1 d; 100 is the paper's.

    Args:
      rng: draws the batch.
      distances: d of each row, [B], at least 10.
      steps: T, at least the longest row.
      marks: 2 or 3.
    """
    rows = np.arange(len(distances))
    lengths = rng.integers(distances, distances + distances // 10, endpoint=True)
    inputs = rng.integers(2, 6, (len(rows), steps), np.int32)
    inputs[:, 0] = ORDER.index("E")
    inputs[rows, lengths - 1] = ORDER.index("B")
    answers = np.zeros(len(rows), np.int32)
    for low, high in WINDOWS[marks]:
        low, high = (np.floor(share * distances).astype(int) for share in (low, high))
        second = rng.integers(0, 2, len(rows), np.int32)
        inputs[rows, rng.integers(low, high, endpoint=True)] = ORDER.index("X") + second
        answers = 2 * answers + second
    targets = np.zeros_like(inputs)
    targets[rows, lengths - 1] = answers
    return _asked_at_the_end(inputs, targets, lengths)


def _asked_at_the_end(
    inputs: np.ndarray, targets: np.ndarray, lengths: np.ndarray
) -> Batch:
    last = np.arange(targets.shape[1]) == lengths[:, None] - 1
    return {"inputs": inputs, "targets": targets, "mask": last, "asked": last}


def _guessing(answers: int) -> Callable[[int, int], dict[str, float]]:
    return lambda shortest, longest: {"guessing": 1 / answers}


def _memoryless(shortest: int, longest: int) -> dict[str, float]:
    """Blanks, then a uniform distribution over the symbols: 10 ln 8 / (T + 20)."""
    rng = np.random.default_rng(0)
    lengths = draw_distances(rng, shortest, longest, DRAWN) + 2 * COPIED
    return {"memoryless": COPIED * math.log(LETTERS) / float(lengths.mean())}


def _last_mentioned(
    shortest: int, longest: int, *, grammar: StoryGrammar
) -> dict[str, float]:
    rng = np.random.default_rng(0)
    distances = draw_distances(rng, shortest, longest, DRAWN)
    drawn = [grammar.draw(rng, distance) for distance in distances.tolist()]
    right = np.mean([one.mentioned == one.answer for one in drawn])
    return {"guessing": 1.0 / len(grammar.answers), "last mentioned": float(right)}


def _ordering(marks: int) -> Problem:
    return Problem(
        sample=functools.partial(temporal_order, marks=marks),
        baselines=_guessing(2**marks),
        shortest=10,
        steps=lambda distance: distance + distance // 10,
        symbols=len(ORDER),
        answers=2**marks,
    )


def _story_of(grammar: StoryGrammar) -> Problem:
    return Problem(
        sample=grammar.sample,
        baselines=functools.partial(_last_mentioned, grammar=grammar),
        shortest=grammar.shortest,
        steps=grammar.steps,
        symbols=len(grammar.vocabulary),
        answers=len(grammar.answers),
        stories=grammar,
    )


PROBLEMS = {
    "adding": Problem(
        sample=adding,
        shortest=2,
        score="mse",
        # The variance of a sum of two numbers, and of one of them.
        baselines=lambda shortest, longest: {"the mean": 2 / 3, "the last mark": 1 / 3},
    ),
    "copying": Problem(
        sample=copying,
        steps=lambda distance: distance + 2 * COPIED,
        score="loss",
        symbols=LETTERS + 2,
        answers=LETTERS + 1,
        baselines=_memoryless,
    ),
    "parity": Problem(
        sample=parity,
        symbols=2,
        answers=2,
        baselines=_guessing(2),
    ),
    "temporal_order": _ordering(2),
    "temporal_order4": _ordering(3),
    "recall_zh": _story_of(recall_stories.RECALL_ZH),
    "recall_en": _story_of(recall_stories.RECALL_EN),
    "agreement": _story_of(recall_stories.AGREEMENT),
    "overwriting": _story_of(recall_stories.OVERWRITING),
}
