"""Sentences and their translations, or texts and what is made of them: "pairs".

    Zwei Hunde rennen.<TAB>Two dogs run.        a line of train.tsv

or two parallel files, `train.de` and `train.en`, line i of one being the translation of
line i of the other. A summary, an answer or another spelling can be the target as well.
"""

from pathlib import Path
from typing import NamedTuple

from seqnets.data.files import Place, parse_lines, read_lines, unexpected
from seqnets.datasets.dataset import Dataset, Splits

# Names of the file of a split, without their suffix; the first one there is is read.
PARTS = {
    "train": ("train",),
    "valid": ("valid", "dev", "val"),
    "test": ("test", "test_2016_flickr"),
}
TABLES = ("tsv", "txt")  # Suffixes of files that have both sides.


class Pair(NamedTuple):
    """A text and what it becomes: two lines as they are, neither of them blank."""

    source: str
    target: str


def read_own(
    place: Place, *, source: str | None = None, target: str | None = None
) -> Dataset:
    """Reads pairs in the plain format.

    Of Multi30k it reads all 29,000 training pairs. Two of them, of lines 16510 and
    16664, lack their German side, and have "@@" in its place.

    Args:
      source: suffix of the files of the source, as "de" for `train.de`; where there are
        two suffixes, the first of the alphabet is the default.
      target: suffix of those of the target; the other one is the default.

    Returns:
      A data set of `Pair`s; its info has the names of the "source" and the "target",
      which are the suffixes of parallel files.

    Raises:
      ValueError: for a blank side, or a line without a partner, with file and line; or
        suffixes that are not those of the files.
    """

    def read() -> Splits:
        found = _suffixes(place)
        if source is None and target is None and found[0] in TABLES:
            return _read_tables(place, found[0])
        return _read_parallel(place, *_sides(place, found, source, target))

    return Dataset(read)


def _suffixes(place: Place) -> list[str]:
    """Returns the suffixes of the training files; one of a table comes first."""
    found = set()
    for folder in place.folders:
        for path in folder.iterdir() if folder.is_dir() else ():
            stem, _, suffix = path.name.removesuffix(".gz").partition(".")
            if stem in PARTS["train"] and suffix and "." not in suffix:
                found.add(suffix)
    if not found:
        names = [f"train.{suffix}" for suffix in TABLES]
        place.find(*(place.files[:1] or names))  # Raises FileNotFoundError.
    return sorted(found, key=lambda suffix: (suffix not in TABLES, suffix))


def _sides(
    place: Place, found: list[str], source: str | None, target: str | None
) -> tuple[str, str]:
    """Returns the suffixes of the source and of the target."""
    where = f"{place.name}: the training files end in {', '.join(found)}"
    for option, suffix in (("source", source), ("target", target)):
        if suffix is not None and suffix not in found:
            raise ValueError(f"{where}; none is of the {option} {suffix!r}")
    if source is not None and source == target:
        raise ValueError(f"{place.name}: source and target are both {source!r}")
    rest = [suffix for suffix in found if suffix not in (source, target)]
    missing = [source, target].count(None)
    if missing and len(rest) != missing:
        raise ValueError(f"{where}; name two of them by the options source and target")
    source = rest.pop(0) if source is None else source
    return source, rest.pop(0) if target is None else target


def _read_tables(place: Place, suffix: str) -> Splits:
    splits = {
        split: list(parse_lines(_find(place, split, suffix), _parse)) for split in PARTS
    }
    return splits | {"info": {"source": "source", "target": "target"}}


def _read_parallel(place: Place, source: str, target: str) -> Splits:
    splits = {
        split: _paired(_find(place, split, source), _find(place, split, target))
        for split in PARTS
    }
    return splits | {"info": {"source": source, "target": target}}


def _find(place: Place, split: str, suffix: str) -> Path:
    return place.find(*(f"{stem}.{suffix}" for stem in PARTS[split]))


def _parse(line: str) -> Pair:
    sides = line.split("\t")
    if len(sides) != 2 or not all(map(str.strip, sides)):
        raise unexpected(line, "two texts with one tab between them")
    return Pair(*sides)


def _paired(source: Path, target: Path) -> list[Pair]:
    """Reads two parallel files."""
    sides = {path: read_lines(path) for path in (source, target)}
    short, long = sorted(sides, key=lambda path: len(sides[path]))
    for number, pair in enumerate(zip(*sides.values(), strict=False), 1):
        for path, line in zip(sides, pair, strict=True):
            if not line.strip():
                raise ValueError(
                    f"{path}, line {number}: it is empty; give both files a text"
                    " there, or delete the line of both"
                )
    if len(sides[short]) < len(sides[long]):
        raise ValueError(
            f"{long}, line {len(sides[short]) + 1}: there is no such line in {short},"
            f" which has {len(sides[short])}; line i of one must be the translation of"
            " line i of the other"
        )
    return list(map(Pair, *sides.values()))
