"""Clozes: sentences with one blank, whose answer is one of some candidates (000).

家里养了一[只]可爱的小花猫。        a line of a user's own file: the answer in brackets
家里养了一（）可爱的小花猫。        a question; the blank may also be () or _
家里养了一（只/支）可爱的小花猫。   a question between these two
"""

import collections
import re
from pathlib import Path
from typing import NamedTuple

from seqnets.data import corpora, files
from seqnets.data.labelled import PARTS
from seqnets.data.tagged import read_treebank

BLANK = "<BLANK>"
KNOWN = ("measure_words", "zh_cws", "zh_poems")

_ANSWER = re.compile(r"\[([^\[\]]*)\]")
_BLANK = re.compile(r"[（(]\s*[)）]|[（(]([^（(）)]*[/／][^（(）)]*)[)）]|_+")


class Cloze(NamedTuple):
    left: str
    answer: str
    right: str

    @property
    def symbols(self) -> tuple[str, ...]:
        """The sentence as it is asked: characters, and one `<BLANK>`."""
        return *self.left, BLANK, *self.right


class Question(NamedTuple):
    cloze: Cloze  # Without an answer.
    choices: tuple[str, ...]  # Empty where any candidate may be the answer.


Splits = dict[str, list[Cloze]]


def parse(line: str) -> Cloze:
    """Reads a sentence whose answer is in brackets.

    Raises:
      ValueError: there is not one pair of brackets with something between them.
    """
    found = _ANSWER.findall(line)
    if (
        len(found) != 1
        or not found[0].strip()
        or set("[]") & set(_ANSWER.sub("", line))
    ):
        what = "is empty" if not line.strip() else f"is {line.strip()[:40]!r}"
        raise ValueError(f"{what}: expected one answer in brackets, as in 一[只]猫")
    left, answer, right = _ANSWER.split(line.strip())
    return Cloze(left, answer.strip(), right)


def question(line: str) -> Question:
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


def read_own(path: Path) -> Splits:
    """Reads a user's own sentences.

    Args:
      path: a file, 90 % of whose lines are to train, 5 % to validate and 5 % to test,
        in this order; or a folder with `train.txt`, `valid.txt` (or `dev.txt`) and
        `test.txt`.

    Raises:
      FileNotFoundError: there is no such file, or a part is missing.
      ValueError: for a bad line, with file and number; or too few lines.
    """
    if not path.is_dir():
        if not path.exists():
            raise FileNotFoundError(
                f"no corpus {str(path)!r}: neither a file nor a folder; known names"
                f" are {', '.join(KNOWN)}"
            )
        clozes = _read_lines(path)
        if len(clozes) < 3:
            raise ValueError(f"{path}: {len(clozes)} lines are too few for three parts")
        part = max(1, len(clozes) // 20)
        first = len(clozes) - 2 * part
        cuts = slice(first), slice(first, first + part), slice(first + part, None)
        return {name: clozes[cut] for name, cut in zip(PARTS, cuts, strict=True)}
    found = zip(PARTS, files.find_parts(path), strict=True)
    return {part: _read_lines(own) for part, own in found}


def _read_lines(path: Path) -> list[Cloze]:
    clozes = []
    for number, line in enumerate(files.read(path).removesuffix("\n").split("\n"), 1):
        try:
            clozes.append(parse(line))
        except ValueError as error:
            raise ValueError(f"{path}, line {number}, {error}") from None
    return clozes


def read_cws(data_dir: str | None = None) -> Splits:
    """Blanks the measure words of a Chinese treebank (UD_Chinese-GSD), one at a time.

    They have the tag NNB; 年 and 月, units of dates, are among them.

    Raises:
      FileNotFoundError: as `files.find`.
      ValueError: for a line that has not ten columns, with file and number.
    """
    splits = {}
    for part, file in zip(PARTS, ("train", "dev", "test"), strict=True):
        path = files.find("zh_cws", f"ud_chinese/{file}.conll", data_dir)
        splits[part] = [
            Cloze("".join(words[:i]), words[i], "".join(words[i + 1 :]))
            for words, tags in read_treebank(path)
            for i, tag in enumerate(tags)
            if tag == "NNB"
        ]
    return splits


def read_poems(candidates: int, data_dir: str | None = None) -> Splits:
    """Blanks the most frequent characters of lines of poems, one at a time.

    A line that stands in several poems is taken once, to train if it is there.

    Args:
      candidates: how many characters are blanked.
      data_dir: as in `files.find`.
    """
    corpus = corpora.load("zh_poems", unit="char", data_dir=data_dir)
    part_of = {
        line: part
        for part in reversed(PARTS)
        for poem in getattr(corpus, part)
        for line in poem.split("\n")
        # Titles and authors, which come first, do not end like a sentence.
        if line.endswith(("。", "？", "！"))
    }
    train = "".join(line for line, part in part_of.items() if part == "train")
    counts = collections.Counter(filter(str.isalpha, train))
    asked = {symbol for symbol, _ in counts.most_common(candidates)}
    splits = {part: [] for part in PARTS}
    for line, part in part_of.items():
        splits[part] += [
            Cloze(line[:i], symbol, line[i + 1 :])
            for i, symbol in enumerate(line)
            if symbol in asked
        ]
    return splits
