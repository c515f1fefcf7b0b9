"""Generated word problems whose words say what is to be done with the numbers.

    Kim has 480 stamps, 35 more than Tom. Tom gives Ida 20 stamps. How many stamps does
    Tom have now?                               x = 480 - 35 - 20, 425

A story begins with what somebody has, goes on with up to two events, and ends with a
question; each of them may take an operation. Stories with the same numbers in the same
order have other equations where a word is another one. All numbers of a story differ,
and all values are whole.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from seqnets import arithmetic, equations
from seqnets.data.files import Place
from seqnets.datasets.dataset import Dataset, Splits, cut, pick
from seqnets.datasets.problems import Problem

SIZES = (8_000, 500, 1_000)  # Problems in train, valid and test.
MOST = 5_000  # Of a number of the text, and of what is asked for.
MOST_EVENTS = 2  # In a story, at most.

NAMES = "Ann Ben Carla Dan Eva Finn Grace Hugo Ida Jan Kim Leo Mia Noah Tom Zoe"
THINGS = "stamps coins marbles shells beads cards pens apples nuts stickers"
HOLDERS = "boxes bags jars crates drawers"


class Part(NamedTuple):
    """A sentence, and what it does with the number before it.

    Attributes:
      text: with {P} who owns the things, {Q} another one, {T} things, {H} what holds
        them, {a} and {b} numbers.
      expression: in prefix form, of a, b and e, the number before.
    """

    text: str
    expression: str


STARTS = (
    Part("{P} has {a} {T}.", "a"),
    Part("There are {a} {T} on the table of {P}.", "a"),
    Part("{Q} has {a} {T}, and {P} has {b} more.", "+ a b"),
    Part("{Q} has {a} {T}, and {P} has {b} fewer.", "- a b"),
    Part("{Q} has {a} {T}, {b} more than {P}.", "- a b"),
    Part("{Q} has {a} {T}, {b} fewer than {P}.", "+ a b"),
    Part("{Q} has {a} {T}, and {P} has {b} times as many.", "* a b"),
    Part("{Q} has {a} {T}, {b} times as many as {P}.", "/ a b"),
    Part("{P} has {a} {H} with {b} {T} in each.", "* a b"),
    Part("{P} has {a} {T} in one of the {H} and {b} in another.", "+ a b"),
    Part("{P} had {a} {T} and lost {b} of them.", "- a b"),
)
EVENTS = (
    Part("Then {P} buys {a} more.", "+ e a"),
    Part("{P} finds {a} {T} in a drawer.", "+ e a"),
    Part("{P} gets {a} {T} from {Q}.", "+ e a"),
    Part("{P} gives {Q} {a} {T}.", "- e a"),
    Part("Then {P} sells {a} of them.", "- e a"),
    Part("{a} of them are lost.", "- e a"),
    Part("After a trade {P} has {a} times as many.", "* e a"),
)
QUESTIONS = (
    Part("How many {T} does {P} have now?", "e"),
    Part("How many {T} does {P} have in the end?", "e"),
    Part("{P} shares them equally among {a} friends. How many does each get?", "/ e a"),
    Part("{P} puts {a} of them in each of some {H}. How many {H} are full?", "/ e a"),
    Part("Each is worth {a} cents. How many cents are all of them worth?", "* e a"),
    Part("How many more does {P} need to have {a}?", "- a e"),
    Part("How many more than {a} are these?", "- e a"),
)


def read(place: Place) -> Dataset:
    """Returns the problems; no text is in two splits."""
    del place
    return Dataset(draw_splits)


def draw_splits(seed: int = 0, sizes: tuple[int, int, int] = SIZES) -> Splits:
    """Draws problems of different texts for each split.

    Args:
      seed: of the problems.
      sizes: problems in train, valid and test.
    """
    rng, found = np.random.default_rng(seed), {}
    while len(found) < sum(sizes):
        problem = draw(rng)
        found[problem.text] = problem
    return cut(list(found.values()), sizes[0], sizes[0] + sizes[1])


def draw(rng: np.random.Generator) -> Problem:
    """Draws a story with at least one operation."""
    while True:
        events = [pick(rng, EVENTS) for _ in range(rng.integers(MOST_EVENTS + 1))]
        parts = [pick(rng, STARTS), *events, pick(rng, QUESTIONS)]
        if any(" " in part.expression for part in parts):
            numbers = draw_numbers(parts, rng)
            if numbers is not None:
                return tell(parts, numbers, rng)


def draw_numbers(
    parts: Sequence[Part], rng: np.random.Generator
) -> list[dict[str, int]] | None:
    """Draws the numbers of each sentence.

    Returns:
      By name; None where they do not come out whole, positive, small and different.
    """
    found, value = [], 0
    for part in parts:
        names = [name for name in "ab" if f"{{{name}}}" in part.text]
        own = {name: int(2 * (MOST / 2) ** rng.uniform()) for name in names}
        if part.expression == "/ a b":
            own["a"] = own["b"] * int(rng.integers(2, 60))
        if part.expression == "/ e a":
            own["a"] = _divisor(value, rng)
        known = {"e": Fraction(value)} | {n: Fraction(x) for n, x in own.items()}
        value = int(arithmetic.evaluate(part.expression.split(), known))
        if not 0 < value <= MOST:
            return None
        found.append(own)
    numbers = [number for own in found for number in own.values()]
    fits = (
        len(set(numbers)) == len(numbers) and 1 < min(numbers) <= max(numbers) <= MOST
    )
    return found if fits else None


def tell(
    parts: Sequence[Part],
    numbers: Sequence[Mapping[str, int]],
    rng: np.random.Generator,
) -> Problem:
    """Draws the words of a story."""
    names = NAMES.split()
    owner, other = rng.permutation(len(names))[:2]
    words = {"P": names[owner], "Q": names[other]}
    words |= {"T": pick(rng, THINGS.split()), "H": pick(rng, HOLDERS.split())}
    texts, expression = [], []
    for part, own in zip(parts, numbers, strict=True):
        texts.append(part.text.format(**words, **own))
        known = {"e": expression} | {name: [str(x)] for name, x in own.items()}
        symbols = part.expression.split()
        expression = [s for symbol in symbols for s in known.get(symbol, [symbol])]
    answer = str(arithmetic.evaluate(expression))
    return Problem(" ".join(texts), f"x = {equations.infix(expression)}", answer)


def _divisor(number: int, rng: np.random.Generator) -> int:
    """Returns a divisor other than 1 and the number; 1 if there is none."""
    found = [d for d in range(2, int(number**0.5) + 1) if number % d == 0]
    return pick(rng, found) if found else 1
