"""Word problems with their equations: the kind "problems".

{"text": "Ann has 22 pens and sells 14. How many are left?", "equation": "x = 22 - 14",
"answer": 8}        a line of a user's own file, which has no line end within

The answer may be left out; it is then the value of the equation.
"""

import json
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from seqnets import arithmetic, equations
from seqnets.data.files import Place, parse_lines, unexpected
from seqnets.datasets.dataset import Dataset, Splits, cut

_POWER = re.compile(r"(-?\d+(?:\.\d+)?)[eE]\+?(-?\d+)", re.ASCII)  # 1.5e-07

# Names of the file of a split, without ".jsonl"; the first one there is is read.
PARTS = {"train": ("train",), "valid": ("valid", "dev", "val"), "test": ("test",)}


class Problem(NamedTuple):
    """A problem, and its equation and answer as they are written."""

    text: str
    equation: str
    answer: str

    @property
    def value(self) -> Fraction:
        """The answer: 20, -6.0, 25%, (1/6), 7((2)/(3)) or any other expression.

        Raises:
          ValueError: it is none.
        """
        return arithmetic.evaluate(equations.parse(self.answer))


def read_own(place: Place) -> Dataset:
    """Reads problems in the plain format.

    Args:
      place: a file, 80 % of whose lines are to train, 10 % to validate and 10 % to
        test, in this order; or a folder with `train.jsonl`, `valid.jsonl` (or `dev`,
        `val`) and `test.jsonl`.

    Raises:
      ValueError: for a line that is no problem, or whose equation has no value, with
        file and line; or too few lines.
    """

    def read() -> Splits:
        if place.path.is_dir():
            names = {s: [f"{p}.jsonl" for p in own] for s, own in PARTS.items()}
            return {s: read_lines(place.find(*own)) for s, own in names.items()}
        problems, path = read_lines(place.path), place.path
        if len(problems) < 3:
            raise ValueError(f"{path}: {len(problems)} lines are too few for 3 parts")
        part = max(1, len(problems) // 10)
        return cut(problems, -2 * part, -part)

    return Dataset(read)


def read_lines(path: Path) -> list[Problem]:
    """Reads one file of problems in the plain format.

    Raises:
      ValueError: for a line that is none, with file and line.
    """
    return list(parse_lines(path, parse))


def parse(line: str) -> Problem:
    """Reads a line of the plain format.

    Raises:
      ValueError: it is no JSON object with a text and an equation, or the equation or
        the answer cannot be read or has no value.
    """
    try:
        fields = parse_json(line)
    except ValueError:
        fields = None
    if not isinstance(fields, dict) or not {"text", "equation"} <= fields.keys():
        raise unexpected(line, 'a JSON object with "text", "equation" and "answer"')
    text, equation, answer = (fields.get(n) for n in ("text", "equation", "answer"))
    for name, own in (("text", text), ("equation", equation)):
        if not isinstance(own, str) or not own.strip():
            raise ValueError(f'the "{name}" must be a text that is not empty')
    value = arithmetic.evaluate(equations.parse(equation))
    if answer is None:
        answer = arithmetic.decimal(value) or str(value)
    elif isinstance(answer, str) and _POWER.fullmatch(answer):
        answer = _POWER.sub(r"\1 * 10 ^ \2", answer)
    if not isinstance(answer, str):
        raise ValueError('the "answer" must be a number, or a text such as "1/6"')
    problem = Problem(text, equation, answer)
    try:
        problem.value  # noqa: B018
    except ValueError as error:
        raise ValueError(f'the "answer": {error}') from None
    return problem


def parse_json(text: str) -> Any:
    """Reads JSON whose numbers stay as they are written.

    Raises:
      ValueError: it is none.
    """
    try:
        return json.loads(text, parse_float=str, parse_int=str)
    except RecursionError:
        raise ValueError("JSON that is too deep") from None


def from_fields(
    rows: list[Mapping[str, Any]], make: Callable[[Mapping[str, Any]], Problem]
) -> list[Problem]:
    """Makes problems of JSON objects.

    Raises:
      ValueError: for an object without one of the fields, with its number.
    """
    found = []
    for number, row in enumerate(rows, 1):
        try:
            found.append(make(row))
        except (KeyError, TypeError, IndexError, AttributeError) as error:
            raise ValueError(f"object {number}: unexpected: {error!r}") from None
    return found
