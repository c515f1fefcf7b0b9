"""Chinese sentences: their words as tags or clozes, or texts (UD_Chinese-GSD)."""

from seqnets.data.files import Place, unexpected
from seqnets.data.vocabulary import tokenize
from seqnets.datasets import cloze, tagged
from seqnets.datasets.dataset import Dataset, Splits
from seqnets.datasets.text import Parts, Tokens, of_parts

_MEASURE_WORD = "NNB"  # 年 and 月, units of dates, are among them.

Rows = list[tuple[str, str]]  # Word and part of speech of each word of a sentence.


def read_tagged(place: Place) -> Dataset:
    """Reads the words, as the tags of their characters: "tagged", in BMES."""

    def sentence(rows: Rows) -> tagged.Tagged:
        return tagged.from_pieces((word, "") for word, _ in rows)

    return tagged.in_scheme(
        "BMES",
        lambda: {s: list(map(sentence, found)) for s, found in _read(place).items()},
    )


def read_text(place: Place, *, unit: str = "char") -> Dataset:
    """Reads each sentence as a document: "text".

    Args:
      unit: "char", or "word" for the words of the treebank.
    """
    gap = " " if unit == "word" else ""

    def text(rows: Rows) -> Tokens:
        return tokenize(gap.join(word for word, _ in rows), unit)

    def parts() -> Parts:
        return {split: list(map(text, found)) for split, found in _read(place).items()}

    return of_parts(place.name, unit, parts)


def read_cloze(place: Place, *, candidates: int | None = None) -> Dataset:
    """Reads a cloze for each measure word, which is the answer.

    Args:
      candidates: as in `cloze.answered`.
    """

    def clozes(rows: Rows) -> list[cloze.Cloze]:
        words = [word for word, _ in rows]
        return [
            cloze.Cloze("".join(words[:i]), word, "".join(words[i + 1 :]))
            for i, (word, tag) in enumerate(rows)
            if tag == _MEASURE_WORD
        ]

    def read() -> Splits:
        treebank = _read(place).items()
        return {s: [c for rows in found for c in clozes(rows)] for s, found in treebank}

    return cloze.answered(place.name, read, candidates)


def _read(place: Place) -> dict[str, list[Rows]]:
    paths = place.parts().items()
    return {split: list(tagged.read_rows(path, _parse)) for split, path in paths}


def _parse(line: str) -> tuple[str, str]:
    row = line.split("\t")
    if len(row) != 10:
        raise unexpected(line, "ten columns")
    return row[1], row[4]
