"""Published word problems: MAWPS, SVAMP and Math23K.

MAWPS (Koncel-Kedziorski et al., 2016) and SVAMP (Patel et al., 2021), in English, are
cut as MWPToolkit has them (Lan et al., 2022); "mawps_single" has those of one
operation or two. Math23K (Wang et al., 2017) is in Chinese, and its words are parted
by spaces; its test split are the 1,000 problems of the published one.

A few equations cannot be read, or are not those of the answer: they stand as they are.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from seqnets.data.batching import SPLITS
from seqnets.data.files import Place, parse_lines, read, read_lines, unexpected
from seqnets.datasets.dataset import Dataset, Splits
from seqnets.datasets.problems import Problem, from_fields, parse_json

FOLDS = 5
VALID = 1_000  # Problems of Math23K that are taken from its training split.


def read_mawps(place: Place) -> Dataset:
    """Reads 2,373 problems of one to ten operations."""
    return Dataset(lambda: _splits(place, _mawps))


def read_mawps_single(place: Place, *, fold: int | None = None) -> Dataset:
    """Reads 1,987 problems of one operation or two.

    Args:
      fold: 0 to 4 for one of five folds of all problems: they are put in an order that
        is drawn once, and a fifth of them are the test split, and the tenth after it
        the validation split. None: cut as MWPToolkit has them.

    Raises:
      ValueError: there is no such fold.
    """
    if fold is not None and fold not in range(FOLDS):
        raise ValueError(f"{place.name}: fold is 0 to {FOLDS - 1}, not {fold}")

    def read() -> Splits:
        splits = _splits(place, _mawps_single)
        return splits if fold is None else _fold(splits, fold)

    return Dataset(read)


def read_svamp(place: Place) -> Dataset:
    """Reads 1,000 problems of one operation or two, often with a number to spare."""
    return Dataset(lambda: _splits(place, _svamp))


def read_math23k(place: Place) -> Dataset:
    """Reads 23,162 problems: 21,162 to train, 1,000 to validate and 1,000 to test.

    To validate are the training problems with the lowest SHA-256 of their number.
    """

    def read() -> Splits:
        path, tests = (place.find(file) for file in place.files)
        problems = dict(parse_lines(path, _math23k))
        test = [id for id in read_lines(tests) if id]
        if missing := [id for id in test if id not in problems]:
            raise ValueError(f"{tests}: no problem {missing[0]!r} in {path}")
        rest = problems.keys() - set(test)
        valid = set(sorted(rest, key=_digest)[:VALID])
        own = {"train": rest - valid, "valid": valid, "test": set(test)}
        return {s: [problems[id] for id in problems if id in own[s]] for s in own}

    return Dataset(read)


def _splits(place: Place, make: Callable[[Mapping[str, Any]], Problem]) -> Splits:
    return {split: _read(path, make) for split, path in place.parts().items()}


def _read(path: Path, make: Callable[[Mapping[str, Any]], Problem]) -> list[Problem]:
    try:
        rows = parse_json(read(path))
        if not isinstance(rows, list):
            raise ValueError("expected a JSON list of problems")
        return from_fields(rows, make)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _mawps(row: Mapping[str, Any]) -> Problem:
    return Problem(row["original_text"], row["equation"], row["ans"])


def _mawps_single(row: Mapping[str, Any]) -> Problem:
    (equation,), (answer,) = row["lEquations"], row["lSolutions"]
    return Problem(row["sQuestion"].strip(), equation, answer)


def _svamp(row: Mapping[str, Any]) -> Problem:
    # A body may lack its last mark.
    body = re.sub(r"(?<=\w)$", " ,", row["Body"].strip())
    return Problem(f"{body} {row['Question'].strip()}", row["Equation"], row["Answer"])


def _math23k(line: str) -> tuple[str, Problem]:
    fields = ("id", "segmented_text", "equation", "ans")
    try:
        row = parse_json(line)
        id, *own = (row[name] for name in fields)
    except (ValueError, TypeError, KeyError):
        raise unexpected(line, f"a JSON object with {', '.join(fields)}") from None
    return id, Problem(*own)


def _digest(id: str) -> str:
    return hashlib.sha256(id.encode()).hexdigest()


def _fold(splits: Splits, fold: int) -> Splits:
    problems = [problem for split in SPLITS for problem in splits[split]]
    order = np.random.default_rng(0).permutation(len(problems))
    fifth, tenth = len(order) // FOLDS, len(order) // 10
    # The last fold is longer where the number is no multiple of five.
    ends = [*(k * fifth for k in range(FOLDS)), len(order)]
    test, (first, last) = order[ends[fold] : ends[fold + 1]], ends[fold : fold + 2]
    rest = np.concatenate([order[last:], order[:first]])
    chosen = {"train": rest[tenth:], "valid": rest[:tenth], "test": test}
    return {split: [problems[i] for i in own] for split, own in chosen.items()}
