"""Texts with a label each; the plain format is a line `label ||| text` for each."""

import collections
import functools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seqnets.data.files import Place, parse_lines, unexpected
from seqnets.data.tokenization import split_words
from seqnets.datasets.dataset import Dataset

SEPARATOR = "|||"
FIVE = ("very bad", "bad", "neutral", "good", "very good")


class Labelled(NamedTuple):
    """A text of one class.

    Attributes:
      label: name of the class.
      words: at least one.
    """

    label: str
    words: tuple[str, ...]


def read_own(place: Place, *, lowercase: bool = True) -> Dataset:
    """Reads texts in the plain format.

    Args:
      lowercase: whether upper case becomes lower case.

    Raises:
      ValueError: for a bad line, a class with a single example in the training split,
        or a label that the training split lacks; with file and line.
    """
    parse = functools.partial(_parse, lowercase=lowercase)

    def read() -> dict[str, list[Labelled]]:
        paths = place.parts()
        splits = {s: list(parse_lines(path, parse)) for s, path in paths.items()}
        _check_labels(splits, paths)
        return splits

    return Dataset(read, label_info)


def label_info(dataset: Dataset) -> dict[str, Any]:
    """Returns {"classes": the labels of the training split, in order}."""
    return {"classes": order_classes(example.label for example in dataset.train)}


def order_classes(labels: Iterable[str], order: Sequence[str] = FIVE) -> list[str]:
    """Returns the labels that occur: those of `order` first, then by alphabet."""
    labels = set(labels)
    return [*(x for x in order if x in labels), *sorted(labels - set(order))]


def _check_labels(splits: dict[str, list[Labelled]], paths: dict[str, Path]) -> None:
    labels = [example.label for example in splits["train"]]
    counts = collections.Counter(labels)
    if len(counts) < 2:
        raise ValueError(f"{paths['train']}: all lines have the label {labels[0]!r}")
    for label, count in counts.items():
        if count == 1:
            raise ValueError(
                f"{paths['train']}, line {labels.index(label) + 1}: the class {label!r}"
                " has this one example only; give it more, or leave it out"
            )
    for split, examples in splits.items():
        for number, (label, _) in enumerate(examples, 1):
            if label not in counts:
                raise ValueError(
                    f"{paths[split]}, line {number}: the label {label!r} is not in"
                    f" {paths['train'].name}, which has {', '.join(sorted(counts))}"
                )


def _parse(line: str, lowercase: bool) -> Labelled:
    label, _, text = line.partition(SEPARATOR)
    words = tuple(split_words(text.lower() if lowercase else text))
    if not label.strip() or not words:
        raise unexpected(line, f"`label {SEPARATOR} text`")
    return Labelled(label.strip(), words)
