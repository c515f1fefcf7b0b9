"""Problems of long memory: what comes early is wanted late.

A batch of any of them has

    inputs   int32 [B, T], symbols; or float32 [B, T, 2], numbers
    targets  int32 or float32 [B, T]
    mask     bool [B, T], the steps whose answer counts in the loss
    asked    bool [B, T], those whose answer is scored: where memory is needed

After its last counted step a row is filled up with what no recurrence that runs
forward in time reads before it answers.
"""

import dataclasses
import functools
import math
from collections.abc import Callable
from typing import Literal

import numpy as np

from seqnets.data import stories
from seqnets.data.batching import Batch
from seqnets.data.telling import Stories

ORDER = "EBabcdXY"  # Start, end, four distractors, and the two symbols that matter.
COPIED, LETTERS = 10, 8  # How many symbols are copied, and how many there are.
DRAWN = 2000  # Distances, or stories, on which a baseline is measured.

# Where the symbols that matter stand, as shares of the length.
WINDOWS = {
    2: ((0.1, 0.2), (0.5, 0.6)),
    3: ((0.1, 0.2), (0.33, 0.43), (0.66, 0.76)),
}


@dataclasses.dataclass(frozen=True)
class Problem:
    """A kind of sequence, of any distance between what is told and what is asked.

    Attributes:
      sample: `(rng, distances [B], T) -> batch`, a row for each distance.
      steps: `(distance) -> T`, the steps of the longest row of such a distance.
      shortest: the least distance.
      score: what the answers are worth; "accuracy" is the higher the better, "mse"
        and "loss" (cross-entropy, in nats) the lower.
      symbols: how many there are, V; None where inputs are numbers.
      answers: how many there are, K; None where the target is a number.
      baselines: `(shortest, longest) -> {name: score}` of trivial answers, for what
        `draw_distances` draws from that range.
      stories: what a user's own text is read with; None where there is no text.
    """

    sample: Callable[[np.random.Generator, np.ndarray, int], Batch]
    steps: Callable[[int], int]
    shortest: int
    score: Literal["accuracy", "mse", "loss"]
    symbols: int | None
    answers: int | None
    baselines: Callable[[int, int], dict[str, float]]
    stories: Stories | None = None


def draw_distances(
    rng: np.random.Generator, shortest: int, longest: int, rows: int
) -> np.ndarray:
    """Draws distances, of every octave as many: what is near is learned first.

    d = ⌊e^u⌋,  u ~ U(ln shortest, ln (longest + 1))

    Args:
      rng: draws them.
      shortest, longest: the range, both included.
      rows: how many, B.

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

    Ten of the symbols 1 ... 8, then blanks, after which 9 asks for the ten: they are to
    come back in their order, as many steps later as the distance and ten. The loss
    counts all T + 20 steps, most of which want a blank.

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


def story(
    rng: np.random.Generator, distances: np.ndarray, steps: int, *, kind: Stories
) -> Batch:
    """Poses the question at the end of a story; see `seqnets.data.telling`.

    Args:
      rng: draws the batch.
      distances: tokens from what is told to the question, [B].
      steps: T, as `kind.steps` says.
      kind: what the stories are made of.
    """
    inputs, targets = np.zeros((2, len(distances), steps), np.int32)
    ids = {answer: i for i, answer in enumerate(kind.answers)}
    lengths = np.zeros(len(distances), int)
    for row, distance in enumerate(distances.tolist()):
        told = kind.tell(rng, distance)
        lengths[row] = len(told.ids)
        inputs[row, : lengths[row]] = told.ids
        targets[row, lengths[row] - 1] = ids[told.answer]
    return _asked_at_the_end(inputs, targets, lengths)


def _asked_at_the_end(
    inputs: np.ndarray, targets: np.ndarray, lengths: np.ndarray
) -> Batch:
    last = np.arange(targets.shape[1]) == lengths[:, None] - 1
    return {"inputs": inputs, "targets": targets, "mask": last, "asked": last}


def _memoryless(shortest: int, longest: int) -> dict[str, float]:
    """Answers with blanks, then with any symbol: 10 ln 8 / (T + 20)."""
    rng = np.random.default_rng(0)
    lengths = draw_distances(rng, shortest, longest, DRAWN) + 2 * COPIED
    return {"memoryless": COPIED * math.log(LETTERS) / float(lengths.mean())}


def _last_mentioned(shortest: int, longest: int, *, kind: Stories) -> dict[str, float]:
    rng = np.random.default_rng(0)
    distances = draw_distances(rng, shortest, longest, DRAWN)
    told = [kind.tell(rng, distance) for distance in distances.tolist()]
    right = np.mean([one.mentioned == one.answer for one in told])
    return {"guessing": 1.0 / len(kind.answers), "last mentioned": float(right)}


def _ordering(marks: int) -> Problem:
    return Problem(
        sample=functools.partial(temporal_order, marks=marks),
        steps=lambda distance: distance + distance // 10,
        shortest=10,
        score="accuracy",
        symbols=len(ORDER),
        answers=2**marks,
        baselines=lambda shortest, longest: {"guessing": 0.5**marks},
    )


def _story_of(kind: Stories) -> Problem:
    return Problem(
        sample=functools.partial(story, kind=kind),
        steps=kind.steps,
        shortest=kind.shortest,
        score="accuracy",
        symbols=len(kind.vocabulary),
        answers=len(kind.answers),
        baselines=functools.partial(_last_mentioned, kind=kind),
        stories=kind,
    )


PROBLEMS = {
    "adding": Problem(
        sample=adding,
        steps=lambda distance: distance,
        shortest=2,
        score="mse",
        symbols=None,
        answers=None,
        # The variance of a sum of two numbers, and of the one that is not known.
        baselines=lambda shortest, longest: {"the mean": 2 / 3, "the last mark": 1 / 3},
    ),
    "copying": Problem(
        sample=copying,
        steps=lambda distance: distance + 2 * COPIED,
        shortest=1,
        score="loss",
        symbols=LETTERS + 2,
        answers=LETTERS + 1,
        baselines=_memoryless,
    ),
    "parity": Problem(
        sample=parity,
        steps=lambda distance: distance,
        shortest=1,
        score="accuracy",
        symbols=2,
        answers=2,
        baselines=lambda shortest, longest: {"guessing": 0.5},
    ),
    "temporal_order": _ordering(2),
    "temporal_order4": _ordering(3),
    "recall_zh": _story_of(stories.RECALL_ZH),
    "recall_en": _story_of(stories.RECALL_EN),
    "agreement": _story_of(stories.AGREEMENT),
    "overwriting": _story_of(stories.OVERWRITING),
}
