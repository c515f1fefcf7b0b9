"""Words of Chinese sentences, as tags or as clozes (UD_Chinese-GSD, CoNLL-X)."""

from collections.abc import Iterator
from pathlib import Path

from seqnets.data import files
from seqnets.datasets import cloze, sources, tagged
from seqnets.datasets.dataset import SPLITS, Dataset

_MEASURE_WORD = "NNB"  # 年 and 月, units of dates, are among them.

Sentences = list[tuple[list[str], list[str]]]


def read_tagged(data_dir: str | None = None) -> Dataset:
    """Reads the words, as the tags of their characters: "tagged", in BMES."""

    def read() -> dict[str, list[tagged.Tagged]]:
        return {
            split: [tagged.from_pieces((w, "") for w in words) for words, _ in found]
            for split, found in _read(data_dir).items()
        }

    return tagged.in_scheme("BMES", read)


def read_cloze(data_dir: str | None = None, candidates: int | None = None) -> Dataset:
    """Reads a cloze for each measure word, which is the answer."""

    def read() -> cloze.Splits:
        return {
            split: [
                cloze.Cloze("".join(words[:i]), words[i], "".join(words[i + 1 :]))
                for words, tags in found
                for i, tag in enumerate(tags)
                if tag == _MEASURE_WORD
            ]
            for split, found in _read(data_dir).items()
        }

    return cloze.answered("zh_cws", read, candidates)


def read_treebank(path: Path) -> Iterator[tuple[list[str], list[str]]]:
    """Yields words and parts of speech of each sentence, columns 2 and 5.

    Raises:
      ValueError: for a line that has not ten columns, with file and number.
    """
    words, tags = [], []
    for number, line in enumerate([*files.read(path).split("\n"), ""], 1):
        row = line.split("\t")
        if len(row) == 10:
            words.append(row[1])
            tags.append(row[4])
        elif line.strip():
            raise ValueError(
                f"{path}, line {number}: expected ten columns, not {line[:40]!r}"
            )
        elif words:
            yield words, tags
            words, tags = [], []


def _read(data_dir: str | None) -> dict[str, Sentences]:
    splits = {}
    for split, file in zip(SPLITS, ("train", "dev", "test"), strict=True):
        path = sources.find("zh_cws", f"ud_chinese/{file}.conll", data_dir)
        splits[split] = list(read_treebank(path))
    return splits
