"""Questions about pictures, with an answer each: the kind "questions".

    kitchen.jpg<TAB>what is on the table?<TAB>a cup    questions.tsv, or train.tsv ...

An answer is one of those of the training split.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets import picture_tables
from seqnets.datasets.dataset import SPLITS, Dataset, Splits
from seqnets.datasets.picture_tables import Line


class Question(NamedTuple):
    """A question about a picture. Pictures are shared among their questions."""

    picture: np.ndarray  # uint8 [H, W, C]; of one channel, 0 is paper and 255 ink.
    question: str
    answer: str
    group: str = ""  # Those of one group are also counted apart.


def read_own(place: Place, *, shape: Sequence[int] | None = None) -> Dataset:
    """Reads a folder of pictures with questions in the plain format.

    Args:
      shape: height, width, and 1 or 3 channels, to which pictures are brought.

    Returns:
      As `dataset`.

    Raises:
      ValueError: for a picture that cannot be read, by name; a line of another form; an
        answer that the training split has not.
    """
    options = "questions.tsv", ("question", "answer"), shape
    return dataset(lambda: picture_tables.dataset_of(place, *options, _make))


def dataset(
    read: Callable[[], Splits], answers: Sequence[str] | None = None
) -> Dataset:
    """Makes a data set of `Question`s.

    Args:
      read: returns the questions of each split.
      answers: all that there are; those of the training split by default.

    Returns:
      A data set whose info has "shape", [H, W, C]; "classes", the answers; and
      "groups", those of questions.
    """

    def checked() -> Splits:
        splits = read()
        known = set(answers or {own.answer for own in splits["train"]})
        for split in SPLITS:
            for own in splits[split]:
                if own.answer not in known:
                    raise ValueError(
                        f"the {split} split has the answer {own.answer!r} to"
                        f" {own.question!r}, and the training split has it not"
                    )
        return splits

    return Dataset(checked, functools.partial(_info, answers))


def _make(
    lines: Sequence[Line], picture: Callable[[str], np.ndarray]
) -> list[Question]:
    return [Question(picture(line.picture), *line.rest) for line in lines]


def _info(answers: Sequence[str] | None, own: Dataset) -> dict[str, Any]:
    classes = sorted(answers or {question.answer for question in own.train})
    if len(classes) < 2:
        raise ValueError(f"all training answers are {classes[0]!r}: nothing to learn")
    groups = sorted({question.group for question in own.train} - {""})
    shape = list(own.train[0].picture.shape)
    return {"shape": shape, "classes": classes, "groups": groups}
