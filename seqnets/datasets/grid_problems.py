"""Problems for nets that are deep, or that read along two dimensions (E25).

Parity of bits that are given at once, and the addition of long numbers, digit by digit
(Kalchbrenner et al., 2016). Both are generated without end. A batch has

    inputs   float32 [B, k], bits; or int32 [B, T], symbols
    targets  int32 [B], the answer; or int32 [B, T], an answer at every step
    mask     bool [B] or [B, T], False at what fills a row up
    asked    bool [B] or [B, T], where an answer counts in the loss and is scored
"""

import dataclasses
import re
from collections.abc import Callable

import numpy as np

from seqnets.datasets.long_range import Batch, Problem

DASH = 10  # Between numbers, and wherever the answer is expected.
SYMBOLS = "0123456789-"
PARITIES = "even", "odd"


@dataclasses.dataclass(frozen=True)
class GridProblem(Problem):
    """A problem of `long_range` that also answers lines of a user's own.

    Attributes:
      read: `(line, length, most) -> batch` of one row, as of training where it fits.
      say: `(classes) -> text`, what the classes asked for are as an answer.
      unit: what the length counts.
    """

    read: Callable[[str, int, int], Batch] | None = None
    say: Callable[[np.ndarray], str] | None = None
    unit: str = ""


def parity(rng: np.random.Generator, sizes: np.ndarray, bits: int) -> Batch:
    """Poses whether the ones of a vector are odd in number.

    y = x_1 + ... + x_k  mod 2;  n of the k bits, at random places, are drawn by a coin,
    and the others are zero

    Args:
      rng: draws the batch.
      sizes: n of each row, [B].
      bits: k, at least the largest of them.
    """
    drawn = rng.permuted(np.arange(bits) < sizes[:, None], axis=1)
    return _parities(drawn & (rng.integers(0, 2, drawn.shape) == 1))


def addition(rng: np.random.Generator, sizes: np.ndarray, steps: int) -> Batch:
    """Poses the sum of two numbers, whose digits are drawn one by one.

    inputs   123-899-----
    targets          1022    where the dashes at the end stand

    Numbers of n digits, zeros in front included, have a sum of n + 1 digits.

    Args:
      rng: draws the batch.
      sizes: n of each row, [B].
      steps: T, at least `steps_of` the largest of them.
    """
    longest = int(sizes.max())
    real = np.arange(longest) >= longest - sizes[:, None]
    return pose(rng.integers(0, 10, (2, len(sizes), longest)) * real, sizes, steps)


def pose(numbers: np.ndarray, sizes: np.ndarray, steps: int) -> Batch:
    """Returns the batch that asks for the sums of pairs of numbers.

    Args:
      numbers: digits [2, B, k], the last ones of each row; those before them are zero.
      sizes: n of each row, [B], at most k.
      steps: T.
    """
    n, place = sizes[:, None], np.arange(steps)
    inputs = np.full((len(sizes), steps), DASH, np.int32)
    for digits, first in zip(numbers, (0 * n, n + 1), strict=True):
        inputs = _written(inputs, digits, first, n)
    targets = _written(np.zeros_like(inputs), add(*numbers), 2 * n + 2, n + 1)
    mask = place < steps_of(n)
    asked = mask & (place >= 2 * n + 2)
    return {"inputs": inputs, "targets": targets, "mask": mask, "asked": asked}


def steps_of(digits: int) -> int:
    """Returns how many symbols pose the sum of two numbers of so many digits."""
    return 3 * digits + 3


def add(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Adds numbers given as digits [B, k], however long: digits [B, k + 1]."""
    columns = np.pad(a + b, ((0, 0), (1, 0)))
    for place in range(columns.shape[1] - 1, 0, -1):
        columns[:, place - 1] += columns[:, place] // 10
    return columns % 10


def read_bits(line: str, bits: int, most: int) -> Batch:
    """Reads a vector such as "0110", zeros behind which make it k long.

    Args:
      line: what is asked.
      bits: k.
      most: k, too; nothing longer fits a net for vectors of that length.

    Returns:
      A batch of one row; its target is the parity.

    Raises:
      ValueError: for other symbols, or more than k.
    """
    del most
    text = "".join(line.split())
    if not re.fullmatch(f"[01]{{1,{bits}}}", text):
        raise ValueError(f"{line[:40]!r} is no vector of 1 to {bits} bits, as in 0110")
    ones = np.array([[int(bit) for bit in text.ljust(bits, "0")]])
    return _parities(ones)


def read_sum(line: str, fewest: int, most: int) -> Batch:
    """Reads two numbers such as "123 + 899"; the shorter gets zeros in front.

    Args:
      line: what is asked.
      fewest: the batch has room for numbers of as many digits, so that few shapes are
        compiled.
      most: of digits that a number may have.

    Returns:
      A batch of one row.

    Raises:
      ValueError: for something else, or longer numbers.
    """
    text = "".join(line.split())
    found = re.fullmatch(f"([0-9]{{1,{most}}})[+]([0-9]{{1,{most}}})", text)
    if found is None:
        raise ValueError(
            f"{line[:40]!r} asks for no sum of two numbers of 1 to {most} digits, as"
            " 12+345"
        )
    count = max(map(len, found.groups()))
    numbers = [[[int(d) for d in n.zfill(count)]] for n in found.groups()]
    steps = steps_of(max(count, fewest))
    return pose(np.array(numbers), np.array([count]), steps)


def write(inputs: np.ndarray) -> str:
    """Returns a row of inputs, [k] bits or [T] symbols, as it can be read again."""
    if inputs.dtype.kind == "f":
        return "".join(str(int(bit)) for bit in inputs)
    numbers = "".join(SYMBOLS[symbol] for symbol in inputs).split(SYMBOLS[DASH])
    return "+".join(numbers[:2])


def _parities(ones: np.ndarray) -> Batch:
    everywhere = np.ones(len(ones), bool)
    return {
        "inputs": ones.astype(np.float32),
        "targets": (ones.sum(1) % 2).astype(np.int32),
        "mask": everywhere,
        "asked": everywhere,
    }


def _written(
    text: np.ndarray, digits: np.ndarray, first: np.ndarray, count: np.ndarray
) -> np.ndarray:
    """Writes the last `count` [B, 1] of digits [B, k] into rows, from `first` on."""
    which = np.arange(text.shape[1]) - first  # Of the digits written, [B, T].
    place = np.clip(which + digits.shape[1] - count, 0, digits.shape[1] - 1)
    own = np.take_along_axis(digits, place, 1)
    return np.where((which >= 0) & (which < count), own, text).astype(text.dtype)


def _guessed_digits(shortest: int, longest: int) -> dict[str, float]:
    """All digits of a sum are uniform but the first, which is 0 or 1."""
    first = 0.5 + 0.5 * 10.0**-longest  # a + b < 10^n.
    return {"guessing": (first + 0.1 * longest) / (longest + 1)}


PROBLEMS = {
    "parity": GridProblem(
        sample=parity,
        read=read_bits,
        say=lambda classes: PARITIES[int(classes[0])],
        unit="bits of a vector",
        answers=2,
        baselines=lambda shortest, longest: {"guessing": 0.5},
    ),
    "addition": GridProblem(
        sample=addition,
        read=read_sum,
        say=lambda classes: "".join(map(str, classes)),
        unit="digits of a number",
        steps=steps_of,
        symbols=len(SYMBOLS),
        answers=10,
        baselines=_guessed_digits,
    ),
}
