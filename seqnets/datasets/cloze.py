"""Sentences with one blank, whose answer is one of some candidates: the kind "cloze".

家里养了一[只]可爱的小花猫。        a line of a user's own file: the answer in brackets
家里养了一（）可爱的小花猫。        a question; the blank may also be () or _
家里养了一（只/支）可爱的小花猫。   a question between these two
"""

import collections
import logging
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

from seqnets.data import files
from seqnets.datasets.dataset import Dataset, Splits, cut

BLANK = "<BLANK>"

_ANSWER = re.compile(r"\[([^\[\]]*)\]")
_BLANK = re.compile(r"[（(]\s*[)）]|[（(]([^（(）)]*[/／][^（(）)]*)[)）]|_+")


class Cloze(NamedTuple):
    """A sentence; the `info` of its data set lists the "classes", all its answers."""

    left: str
    answer: str
    right: str

    @property
    def label(self) -> str:
        """The answer, as the class of the sentence."""
        return self.answer

    @property
    def symbols(self) -> tuple[str, ...]:
        """The sentence with its blank: characters, and one `<BLANK>`."""
        return *self.left, BLANK, *self.right


class Question(NamedTuple):
    cloze: Cloze  # Without an answer.
    choices: tuple[str, ...]  # Empty where any candidate may be the answer.


def parse(line: str) -> Cloze:
    """Reads a sentence whose answer is in brackets.

    Raises:
      ValueError: there is not one pair of brackets with something between them.
    """
    left, *found = _ANSWER.split(line.strip())
    if len(found) != 2 or not found[0].strip() or set("[]") & set(left + found[1]):
        raise files.unexpected(line, "one answer in brackets, as in 一[只]猫")
    return Cloze(left, found[0].strip(), found[1])


def parse_question(line: str) -> Question:
    """Reads a sentence with one blank.

    Raises:
      ValueError: there is no blank, or more than one.
    """
    blanks = list(_BLANK.finditer(line))
    if len(blanks) != 1:
        raise ValueError(
            f"{len(blanks) or 'no'} blank{'s' if blanks else ''} in"
            f" {line.strip()[:40]!r}: mark one as （）, () or _, or with what to choose"
            " from, as in 一（只/支）猫"
        )
    (blank,) = blanks
    choices = re.split("[/／]", blank[1] or "")
    choices = tuple(choice.strip() for choice in choices if choice.strip())
    left, right = line[: blank.start()].lstrip(), line[blank.end() :].rstrip()
    return Question(Cloze(left, "", right), choices)


def window(cloze: Cloze, limit: int) -> Cloze:
    """Cuts a sentence to `limit` symbols, the blank in the middle where it can be."""
    room = limit - 1
    before = min(len(cloze.left), max(room // 2, room - len(cloze.right)))
    left = cloze.left[len(cloze.left) - before :]
    return cloze._replace(left=left, right=cloze.right[: room - before])


def read_questions(
    lines: Iterable[str], candidates: Collection[str]
) -> Iterator[Question | None]:
    """Reads what a user asks; None for an empty line.

    Raises:
      ValueError: for a line without one blank, or with a choice that is not one of the
        candidates; with its text.
    """
    for line in lines:
        if not line.strip():
            yield None
            continue
        asked = parse_question(line)
        for choice in asked.choices:
            if choice not in candidates:
                raise ValueError(
                    f"{choice[:40]!r} in {line[:40]!r} is not among the candidates,"
                    f" which are {' '.join(candidates)}"
                )
        yield asked


def answered(
    name: str, read: Callable[[], Splits], candidates: int | None = None
) -> Dataset:
    """Returns the data set of the clozes that the most frequent answers fill.

    Args:
      name: of the data set, for messages.
      read: returns all clozes of each split.
      candidates: how many answers there are, the most frequent ones of the training
        split; None = all of them.

    Raises:
      ValueError: for fewer than two candidates; and once it is read, if all training
        clozes have one answer, or no cloze of another split has one of the answers.
    """
    if candidates is not None and candidates < 2:
        raise ValueError(f"candidates must be 2 or more, not {candidates}")

    def fill() -> Splits:
        splits = read()
        counts = collections.Counter(cloze.answer for cloze in splits["train"])
        if len(counts) < 2:
            raise ValueError(
                f"corpus {name!r}: all training lines have the answer {min(counts)!r}"
            )
        answers = [answer for answer, _ in counts.most_common(candidates)]
        kept = {s: _keep(name, s, all_, set(answers)) for s, all_ in splits.items()}
        return kept | {"info": {"classes": answers}}

    return Dataset(fill)


def read_own(place: files.Place, *, candidates: int | None = None) -> Dataset:
    """Reads sentences in the plain format.

    Args:
      place: a file, 90 % of whose lines are to train, 5 % to validate and 5 % to test,
        in this order; or a folder with `train.txt`, `valid.txt` (or `dev.txt`) and
        `test.txt`.
      candidates: as in `answered`.

    Raises:
      ValueError: for a bad line, or too few lines; or as `answered`.
    """

    def read() -> Splits:
        if place.path.is_dir():
            paths = place.parts().items()
            return {split: list(files.parse_lines(p, parse)) for split, p in paths}
        clozes = list(files.parse_lines(place.path, parse))
        if len(clozes) < 3:
            raise ValueError(
                f"{place.path}: {len(clozes)} lines are too few for three parts"
            )
        part = max(1, len(clozes) // 20)
        return cut(clozes, -2 * part, -part)

    return answered(place.name, read, candidates)


def _keep(name: str, split: str, clozes: list[Cloze], answers: set[str]) -> list[Cloze]:
    """Keeps the clozes that have one of the answers, and counts the others."""
    kept = [cloze for cloze in clozes if cloze.answer in answers]
    if not kept:
        raise ValueError(
            f"corpus {name!r}: no answer of the {split} split is one of the"
            f" {len(answers)} candidates"
        )
    if len(kept) < len(clozes):
        logging.getLogger(__name__).warning(
            "%s: left out %d of %d %s sentences, whose answers are not among the %d"
            " candidates",
            *(name, len(clozes) - len(kept), len(clozes), split, len(answers)),
        )
    return kept
