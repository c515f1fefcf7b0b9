"""Equations written for word problems: posed, compared, and shown."""

import collections
import functools
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from seqnets import arithmetic, equations
from seqnets.data import quantities, tsv
from seqnets.data.quantities import Quantities
from seqnets.datasets.problems import Problem

# Of an answer, relative where it is above 1: published answers are often rounded.
TOLERANCE = Fraction(1, 10_000)
OPERATORS = 5  # Scores by operators are of 1, 2 ... and of this many and more.


class Posed(NamedTuple):
    """A problem as it is read and written.

    Attributes:
      quantities: its text, whose numbers are symbols, and the numbers.
      expression: its equation in prefix form; None where it cannot be read.
    """

    quantities: Quantities
    expression: tuple[str, ...] | None


class Solution(NamedTuple):
    """What was written for a problem; `str` gives answer, equation, steps and score."""

    equation: str  # "x = (22 - 14) / 4"; empty where nothing was asked.
    steps: tuple[str, ...]  # "22 - 14 = 8", "8 / 4 = 2"
    answer: str
    score: float  # ln p of the equation's symbols, the end symbol among them.

    def __str__(self) -> str:
        if not self.equation:
            return self.answer
        steps = "; ".join(self.steps)
        return tsv.row(self.answer, self.equation, steps, f"{self.score:.3f}")


NOTHING = Solution("", (), "", float("nan"))


@functools.lru_cache(maxsize=65_536)
def pose(problem: Problem, ordered: bool) -> Posed:
    """Puts symbols in the place of the numbers of a problem.

    Args:
      problem: any.
      ordered: whether the equation's terms and factors are put in the order of the
        text; see `quantities.in_order`.
    """
    found = quantities.find(problem.text)
    try:
        literals = equations.parse(problem.equation)
        expression = quantities.express(literals, found.numbers)
    except ValueError:
        return Posed(found, None)
    return Posed(found, quantities.in_order(expression) if ordered else expression)


def solve(expression: Sequence[str], found: Quantities, score: float) -> Solution:
    """Computes an equation that was written for a text.

    Raises:
      ValueError: as `arithmetic.evaluate`.
    """
    value = arithmetic.evaluate(expression, found.values)
    steps = tuple(map(str, arithmetic.steps(expression, found.values)))
    equation = equations.infix(expression, found.spelled)
    return Solution(f"x = {equation}", steps, arithmetic.show(value), score)


def is_answer(written: str, problem: Problem, found: Quantities) -> bool:
    """Tells whether an equation has the value that is a problem's answer.

    |v - a| ≤ `TOLERANCE` max(1, |a|)

    Args:
      written: in prefix form, with spaces between the symbols.
      problem: with the answer.
      found: the problem's numbers.
    """
    try:
        value = arithmetic.evaluate(written.split(), found.values)
    except ValueError:
        return False
    answer = problem.value
    return abs(value - answer) <= TOLERANCE * max(1, abs(answer))


class Comparison(NamedTuple):
    """N equations beside their problems.

    Attributes:
      answers: whether each has the right value.
      equations: whether each is the problem's own, symbol by symbol.
      operators: how many the problem's equation has; None where it cannot be read.
    """

    answers: list[bool]
    equations: list[bool]
    operators: list[int | None]

    def scores(self) -> dict[str, float]:
        """Returns the shares of right answers and equations."""
        return {
            "accuracy": _share(self.answers),
            "equation_accuracy": _share(self.equations),
        }

    def by_operators(self) -> dict[str, float]:
        """Returns the share of right answers by the number of operators."""
        groups: dict[int, list[bool]] = {}
        for count, right in zip(self.operators, self.answers, strict=True):
            if count is not None:
                groups.setdefault(min(count, OPERATORS), []).append(right)
        return {
            f"accuracy/operators_{count}{'_or_more' * (count == OPERATORS)}": _share(
                own
            )
            for count, own in sorted(groups.items())
        }


def compare(
    written: Sequence[str], problems: Sequence[Problem], *, ordered: bool
) -> Comparison:
    """Compares equations with those of problems.

    Args:
      written: N equations in prefix form, with spaces between their symbols.
      problems: N.
      ordered: as `pose`.
    """
    found = Comparison([], [], [])
    for own, problem in zip(written, problems, strict=True):
        posed = pose(problem, ordered)
        expression = posed.expression
        found.answers.append(is_answer(own, problem, posed.quantities))
        found.equations.append(expression is not None and own == " ".join(expression))
        signs = [s for s in expression or () if s in arithmetic.OPERATORS]
        found.operators.append(None if expression is None else len(signs))
    return found


def most_frequent(
    known: Sequence[Problem], asked: Sequence[Problem], *, ordered: bool
) -> list[str]:
    """Returns the most frequent equation of known problems with as many numbers.

    Args:
      known: problems with their equations.
      asked: N others.
      ordered: as `pose`.

    Returns:
      N equations in prefix form, with spaces; empty where none is known.
    """
    counts: dict[int, collections.Counter[str]] = {}
    for problem in known:
        found, expression = pose(problem, ordered)
        if expression is not None:
            own = counts.setdefault(len(found.numbers), collections.Counter())
            own[" ".join(expression)] += 1
    best = {n: own.most_common(1)[0][0] for n, own in counts.items()}
    numbers = (len(pose(problem, ordered).quantities.numbers) for problem in asked)
    return [best.get(n, "") for n in numbers]


def write(
    directory: Path,
    written: Sequence[str],
    problems: Sequence[Problem],
    compared: Comparison,
) -> None:
    """Writes test.tsv: a line for each problem, its equation and what was written."""
    rows = ["right\tanswer\twritten\tequation\twritten equation\tproblem"]
    for own, problem, right in zip(written, problems, compared.answers, strict=True):
        try:
            solution = solve(own.split(), quantities.find(problem.text), 0.0)
        except ValueError as error:
            solution = NOTHING._replace(equation=own, answer=str(error))
        mark = "yes" if right else "no"
        found = solution.answer, problem.equation, solution.equation, problem.text
        rows.append(tsv.row(mark, problem.answer, *found))
    text = "".join(f"{row}\n" for row in rows)
    (directory / "test.tsv").write_text(text, encoding="utf-8")


def percent(right: Sequence[bool]) -> Callable[[Sequence[int]], float]:
    """Returns the function that computes the share, in percent, at some places."""
    return lambda places: 100 * _share([right[i] for i in places])


def _share(right: Sequence[bool]) -> float:
    return sum(right) / len(right)
