"""Texts with a label each: `label ||| text`, a line each; and the sentiment treebank.

The Stanford sentiment treebank (Socher et al., 2013) labels every phrase of a sentence,
from very bad to very good: `(3 (2 The) (4 (3 good) (2 film)))`.
"""

import collections
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from seqnets.data.files import find, find_part, read

SEPARATOR = "|||"
PARTS = ("train", "valid", "test")
FIVE = ("very bad", "bad", "neutral", "good", "very good")
# The binary task leaves neutral sentences out.
TWO = {"0": "bad", "1": "bad", "3": "good", "4": "good"}

_PIECES = re.compile(r"\w+(?=n't\b)|n't\b|'\w+|\w+|[^\w\s]")
_TREE = re.compile(r"\(|\)|[^\s()]+")


class Example(NamedTuple):
    label: str
    words: tuple[str, ...]


Splits = dict[str, list[Example]]


def read_examples(path: Path, *, lowercase: bool = True) -> list[Example]:
    """Reads a file of lines `label ||| text`, words between white space.

    Raises:
      ValueError: for a line that is something else, with its number.
    """
    examples = []
    for number, line in enumerate(read(path).removesuffix("\n").split("\n"), 1):
        label, separator, text = line.partition(SEPARATOR)
        words = tuple((text.lower() if lowercase else text).split())
        if not separator or not label.strip() or not words:
            what = "is empty" if not line.strip() else f"is {line.strip()[:40]!r}"
            raise ValueError(
                f"{path}, line {number}, {what}: expected `label {SEPARATOR} text`"
            )
        examples.append(Example(label.strip(), words))
    return examples


def read_folder(folder: Path, *, lowercase: bool = True) -> Splits:
    """Reads a user's `train.txt`, `dev.txt` (or `valid.txt`) and `test.txt`.

    Raises:
      FileNotFoundError: a part is missing.
      ValueError: for a bad line, a class with a single example in the training part,
        or a label that the training part lacks; with file and line.
    """
    parts, paths = {}, {}
    for part, names in zip(
        PARTS, (("train",), ("dev", "valid"), ("test",)), strict=True
    ):
        paths[part] = find_part(folder, names)
        if paths[part] is None:
            wanted = " or ".join(f"{name}.txt" for name in names)
            raise FileNotFoundError(f"{folder}: no {wanted}")
        parts[part] = read_examples(paths[part], lowercase=lowercase)
    counts = collections.Counter(example.label for example in parts["train"])
    if len(counts) < 2:
        raise ValueError(f"{paths['train']}: all lines have the label {min(counts)!r}")
    for part, examples in parts.items():
        for number, (label, _) in enumerate(examples, 1):
            if label not in counts:
                raise ValueError(
                    f"{paths[part]}, line {number}: the label {label!r} is not in"
                    f" {paths['train'].name}, which has {', '.join(sorted(counts))}"
                )
            if counts[label] == 1:
                first = [e.label for e in parts["train"]].index(label) + 1
                raise ValueError(
                    f"{paths['train']}, line {first}: the class {label!r} has this"
                    " one example only; give it more, or leave it out"
                )
    return parts


def read_sst(
    *,
    classes: int = 5,
    phrases: bool = False,
    lowercase: bool = True,
    data_dir: str | None = None,
) -> Splits:
    """Reads the sentiment treebank.

    Args:
      classes: 5, or 2, without what is neutral.
      phrases: whether every labelled phrase is an example of the training part, each
        once; sentences alone otherwise. The other parts hold sentences.
      lowercase: whether words are.
      data_dir: as in `files.find`.

    Raises:
      ValueError: for another number of classes, or a line that is no tree.
    """
    if classes not in (2, 5):
        raise ValueError(f"sst has 5 classes or 2, not {classes}")
    names = dict(enumerate(FIVE)) if classes == 5 else {}
    names = {str(i): name for i, name in names.items()} or TWO
    splits = {}
    for part, file in zip(PARTS, ("train", "dev", "test"), strict=True):
        path = find("sst", f"trees/{file}.txt", data_dir)
        found: dict[Example, None] = {}
        examples = []
        for number, line in enumerate(read(path).splitlines(), 1):
            line = line.lower() if lowercase else line
            try:
                spans = list(parse_tree(line))
            except ValueError as error:
                raise ValueError(f"{path}, line {number}: {error}") from None
            whole = phrases and part == "train"
            for label, words in spans if whole else spans[-1:]:
                if label in names:
                    example = Example(names[label], words)
                    if not whole or example not in found:
                        examples.append(example)
                    found[example] = None
        splits[part] = examples
    return splits


def parse_tree(line: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yields the label and the words of each phrase of a tree, the whole one last.

    Raises:
      ValueError: the line is not one tree of labelled words and phrases.
    """
    open_: list[tuple[str, list[str]]] = []
    tokens = _TREE.findall(line)
    for i, token in enumerate(tokens):
        if token == "(":
            open_.append(("", []))
        elif not open_:
            raise ValueError(f"unexpected {token!r}: not a tree")
        elif token != ")":
            label, words = open_[-1]
            open_[-1] = (label, [*words, token]) if label else (token, words)
        else:
            label, words = open_.pop()
            if not label or not words:
                raise ValueError(f"a phrase without {'words' if label else 'a label'}")
            yield label, tuple(words)
            if open_:
                open_[-1][1].extend(words)
            elif i + 1 < len(tokens):
                raise ValueError("words behind the tree's end")
    if open_ or not tokens:
        raise ValueError("the tree has no end")


def tokenize(text: str, known: Callable[[str], bool]) -> list[str]:
    """Cuts what a user types into words.

    What stands between white space is a word if it is known; otherwise punctuation
    and contractions come off, as in treebanks: "don't." is do n't .
    """
    words = []
    for chunk in text.split():
        words += [chunk] if known(chunk) else _PIECES.findall(chunk)
    return words


def classes_of(labels: Iterable[str], order: Sequence[str] = FIVE) -> list[str]:
    """Returns the labels that occur: those of `order` first, then by alphabet."""
    labels = set(labels)
    return [*(x for x in order if x in labels), *sorted(labels - set(order))]
