"""Translations beside their references: scores, and what a run folder shows of them."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from seqnets import bleu
from seqnets.data import tsv
from seqnets.data.segmentation import words


class Written(NamedTuple):
    """What was written for a line; `str` gives the n best, each with its score."""

    text: str
    # ln p of its symbols, the end symbol among them, or a decoder's own; NaN of an
    # empty line, whose answer is empty.
    score: float
    others: tuple[tuple[str, float], ...] = ()  # The second best ... the n-th best.

    def __str__(self) -> str:
        if math.isnan(self.score):
            return self.text
        best = (self.text, self.score), *self.others
        return tsv.row(*(x for text, score in best for x in (text, f"{score:.3f}")))


def compare(written: Sequence[str], references: Sequence[str]) -> dict[str, float]:
    """Scores translations, both sides in the same case.

    Args:
      written: N lines.
      references: of each, one line.

    Returns:
      "bleu" of words and marks as `segmentation.words` parts them, "bleu_13a" of those
      that `sacrebleu` parts by default, "chrf", all of 0 to 100; "accuracy", the share
      of lines that are exactly the reference.
    """
    exact = [a == b for a, b in zip(written, references, strict=True)]
    return {
        "bleu": of_words(written, references).score,
        "bleu_13a": bleu.bleu(written, references).score,
        "chrf": bleu.chrf(written, references).score,
        "accuracy": sum(exact) / len(exact),
    }


def of_words(written: Sequence[str], references: Sequence[str]) -> bleu.Score:
    """Computes BLEU of words and marks as `segmentation.words` parts them."""
    parted = [[" ".join(words(x)) for x in own] for own in (written, references)]
    return bleu.bleu(*parted, tokenize="none")


def scorer(
    written: Sequence[str], references: Sequence[str]
) -> Callable[[Sequence[int]], float]:
    """Returns the function that computes BLEU of words for some of the lines."""

    def score(places: Sequence[int]) -> float:
        sides = ([own[i] for i in places] for own in (written, references))
        return of_words(*sides).score

    return score


def read(path: Path) -> tuple[list[str], list[str], list[str]]:
    """Reads what `write` wrote in a `test.tsv`: sources, written, references."""
    # Only line feeds end a line: a text may hold other characters that can.
    _, *rows, _ = path.read_text(encoding="utf-8").split("\n")
    sides = zip(*(row.split("\t") for row in rows), strict=True)
    return tuple(map(list, sides))


def write(
    directory: Path,
    sources: Sequence[str],
    written: Sequence[str],
    references: Sequence[str],
) -> None:
    """Writes translations beside their references, and their scores.

    In `test.tsv` is a line for each, in `bleu.txt` are BLEU and chrF with the
    signatures that tell how they were computed.
    """
    rows = zip(sources, written, references, strict=True)
    lines = ["source\twritten\treference", *(tsv.row(*row) for row in rows)]
    text = "".join(f"{line}\n" for line in lines)
    (directory / "test.tsv").write_text(text, encoding="utf-8")
    scores = [
        of_words(written, references),
        bleu.bleu(written, references),
        bleu.chrf(written, references),
    ]
    text = "".join(f"{score.score:.2f} {score.signature}\n" for score in scores)
    (directory / "bleu.txt").write_text(text, encoding="utf-8")
