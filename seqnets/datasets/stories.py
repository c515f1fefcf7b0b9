"""Stories with questions in between, in the format of bAbI: the kind "stories".

1 Ann went to the kitchen.
2 Ben went to the park.
3 Where is Ann?<TAB>kitchen<TAB>1       answer, and the lines that tell it, if known
1 Cleo is in the school.                number 1 begins another story

Weston et al. (2015). A question is about all sentences before it in its story.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seqnets.checks import did_you_mean
from seqnets.data import files
from seqnets.data.files import Place
from seqnets.datasets.dataset import Dataset, Splits

HELD_OUT = 10  # One training question in so many validates, by whole stories.

_NUMBERED = re.compile(r"\s*(\d+)\s+(.*\S)", re.DOTALL)


class Question(NamedTuple):
    """A question about a story; the `info` of its data set lists the "tasks"."""

    story: tuple[str, ...]  # The sentences before it, the oldest one first.
    question: str
    answer: str
    support: tuple[int, ...] = ()  # Places in `story` of what tells the answer, from 0.
    task: str = ""


Stories = list[list[Question]]  # The questions of each story.


def read_own(place: Place, *, tasks: Sequence[str] | None = None) -> Dataset:
    """Reads stories in the plain format.

    Args:
      place: a folder with `train.txt`, `valid.txt` (or `dev.txt`) and `test.txt`; or
        with files `TASK_train.txt` and `TASK_test.txt` of several tasks, as bAbI has
        them, where the last tenth of each task's training questions validates.
      tasks: names of those that are read; None = all.

    Raises:
      ValueError: for a bad line, with file and line; a file without questions; or
        an unknown task.
    """

    def read() -> Splits:
        ends = ("_train.txt", "_train.txt.gz")
        found = sorted(p for end in ends for p in place.path.glob(f"*{end}"))
        names = [path.name.removesuffix(".gz") for path in found]
        by_task = {name.removesuffix(ends[0]): name for name in names}
        if by_task or tasks:
            return read_tasks(place, chosen(by_task, tasks))
        paths = place.parts().items()
        return {split: flat(read_stories(path)) for split, path in paths}

    return Dataset(read, tasks_of)


def chosen(by_task: dict[str, Any], tasks: Sequence[str] | None) -> dict[str, Any]:
    """Returns what is of some tasks, in their order; None = all.

    Raises:
      ValueError: for an unknown task.
    """
    for task in tasks or ():
        if task not in by_task:
            raise ValueError(f"no task {task!r}{did_you_mean(task, list(by_task))}")
    return by_task if tasks is None else {task: by_task[task] for task in tasks}


def read_tasks(place: Place, tasks: dict[str, str]) -> Splits:
    """Reads the files of several tasks, for joint training.

    Args:
      place: of the files.
      tasks: by name, the file of the training split, whose name has "train" where that
        of the test split has "test".
    """
    splits: dict[str, list[Question]] = {"train": [], "valid": [], "test": []}
    for task, file in tasks.items():
        path = place.find(file)
        train, valid = held_out(read_stories(path, task), path)
        test = place.find("test".join(file.rsplit("train", 1)))
        splits["train"] += flat(train)
        splits["valid"] += flat(valid)
        splits["test"] += flat(read_stories(test, task))
    return splits


def held_out(stories: Stories, path: Path) -> tuple[Stories, Stories]:
    """Returns the stories to train, and the last ones, which validate.

    Raises:
      ValueError: there is one story only; with the file.
    """
    wanted = sum(map(len, stories)) / HELD_OUT
    first, count = len(stories), 0
    while count < wanted:
        first -= 1
        count += len(stories[first])
    if not first:
        raise ValueError(f"{path}: one story is too few, none is left to train")
    return stories[:first], stories[first:]


def flat(stories: Iterable[Sequence[Question]]) -> list[Question]:
    """Returns the questions of all stories."""
    return [question for story in stories for question in story]


def tasks_of(dataset: Dataset) -> dict[str, list[str]]:
    """Returns the info of a data set: the tasks of its training questions."""
    return {"tasks": list(dict.fromkeys(q.task for q in dataset.train))}


def read_stories(path: Path, task: str = "") -> Stories:
    """Reads the stories of a file that have questions.

    Args:
      path: of the file.
      task: name of all its questions' task.

    Raises:
      ValueError: for a bad line, with file and line; or if there are no questions.
    """
    reader = _Reader(task)
    for _ in files.parse_lines(path, reader.take):
        pass
    found = [story for story in reader.stories if story]
    if not found:
        raise ValueError(f"{path}: no questions in it")
    return found


def parse(line: str) -> tuple[int, list[str]]:
    """Returns the number of a line, and its cells.

    Raises:
      ValueError: it has no number, or nothing after it.
    """
    found = _NUMBERED.fullmatch(line)
    if found is None:
        raise files.unexpected(line, "a number and a sentence, as in 1 Ann is here.")
    return int(found[1]), [cell.strip() for cell in found[2].split("\t")]


class _Reader:
    """Takes the lines of a file one after the other.

    Attributes:
      stories: the questions of each story so far.
    """

    def __init__(self, task: str):
        self.stories: Stories = []
        self._task, self._number = task, 0
        self._sentences: list[str] = []
        self._places: dict[int, int] = {}  # By number of the line.

    def take(self, line: str) -> None:
        if not line.strip():
            return
        number, (text, *cells) = parse(line)
        if number == 1:
            self.stories.append([])
            self._sentences, self._places = [], {}
        elif number != self._number + 1 or not self.stories:
            after = f"{self._number + 1}, or " if self.stories else ""
            raise ValueError(f"expected number {after}1 for a new story, not {number}")
        self._number = number
        if cells:
            self.stories[-1].append(self._question(text, *cells))
        elif text.endswith("?"):
            raise ValueError(f"the question {text[:40]!r} has no tab and answer")
        else:
            self._places[number] = len(self._sentences)
            self._sentences.append(text)

    def _question(self, text: str, answer: str, *rest: str) -> Question:
        if not answer:
            raise ValueError(f"the question {text[:40]!r} has an empty answer")
        if not self._sentences:
            raise ValueError(f"the question {text[:40]!r} comes before any sentence")
        support = []
        for number in " ".join(rest).split():
            if not number.isdecimal() or int(number) not in self._places:
                raise ValueError(
                    f"the answer is told in line {number[:20]!r}, which is no sentence"
                    " of the story before it"
                )
            support.append(self._places[int(number)])
        story = tuple(self._sentences)
        return Question(story, text, answer, tuple(support), self._task)
