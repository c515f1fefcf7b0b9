"""Pictures with captions: the kind "captions", and Flickr8k.

    beach.jpg<TAB>two dogs run on the sand        captions.tsv, or train.tsv ...

A picture that stands on several lines has several captions.
"""

import collections
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seqnets.data.files import Place, parse_lines, read_lines, unexpected
from seqnets.data.vocabulary import tokenize
from seqnets.datasets import picture_tables, text
from seqnets.datasets.dataset import Dataset, Splits
from seqnets.datasets.picture_tables import Line

# Of Flickr8k: the captions, and the pictures of each split.
CAPTIONS = "Flickr8k.token.txt"
LISTS = {
    "train": "Flickr_8k.trainImages.txt",
    "valid": "Flickr_8k.devImages.txt",
    "test": "Flickr_8k.testImages.txt",
}
FOLDERS = ("Flicker8k_Dataset", "Flickr8k_Dataset", "Images", ".")  # Of its pictures.


class Captioned(NamedTuple):
    """A picture, and what is said of it."""

    picture: np.ndarray  # uint8 [H, W, C]; of one channel, 0 is paper and 255 ink.
    captions: tuple[str, ...]  # At least one.
    name: str = ""  # Of its file.


def read_own(place: Place, *, shape: Sequence[int] | None = None) -> Dataset:
    """Reads a folder of pictures with captions in the plain format.

    Args:
      shape: height, width, and 1 or 3 channels, to which pictures are brought.

    Returns:
      A data set of `Captioned`; its info has "shape", [H, W, C].

    Raises:
      ValueError: for a picture that cannot be read, by name; or a line of another form.
    """
    options = "captions.tsv", ("caption",), shape
    return dataset(lambda: picture_tables.dataset_of(place, *options, make))


def dataset(read: Callable[[], Splits]) -> Dataset:
    """Makes a data set of `Captioned`; its info has "shape", [H, W, C]."""
    return Dataset(read, lambda own: {"shape": list(own.train[0].picture.shape)})


def make(
    lines: Sequence[Line], picture: Callable[[str], np.ndarray]
) -> list[Captioned]:
    """Returns the pictures of some lines, each with all its captions."""
    captions = collections.defaultdict(list)
    for line in lines:
        captions[line.picture].append(line.rest[0])
    return [Captioned(picture(n), tuple(own), n) for n, own in captions.items()]


def read_flickr8k(place: Place, *, shape: Sequence[int] | None = None) -> Dataset:
    """Reads Flickr8k (Hodosh et al., 2013): 8,000 pictures with five captions each.

    The pictures stand in one of `FOLDERS`, in the folder of the captions.

    Args:
      shape: as in `read_own`.

    Raises:
      FileNotFoundError: the captions are there, and the pictures are not.
    """

    def read() -> Splits:
        parts, folder = flickr8k_captions(place), place.find(CAPTIONS).parent
        tables = {
            split: [Line(name, (line,)) for name, own in found.items() for line in own]
            for split, found in parts.items()
        }
        first = next(iter(parts["train"]))
        tried = [folder / name for name in FOLDERS]
        there = next((own for own in tried if (own / first).exists()), None)
        if there is None:
            raise FileNotFoundError(
                f"flickr8k: no picture {first} in {', '.join(map(str, tried))}; the"
                " captions are there: get the pictures from the set's authors and put"
                f" them in {tried[0]}"
            )
        own = place._replace(folders=(there,))
        wanted = picture_tables.SHAPE if shape is None else tuple(shape)
        picture_tables.check_shape(wanted)
        picture = picture_tables.load(own, tables, wanted)
        return {split: make(lines, picture) for split, lines in tables.items()}

    return dataset(read)


def read_flickr8k_text(place: Place, *, unit: str = "word") -> Dataset:
    """Reads the captions of Flickr8k as lines of a text, in its own split.

    Args:
      unit: "char" or "word".
    """

    def read() -> text.Parts:
        parts = flickr8k_captions(place).items()
        lines = {
            s: [line for own in found.values() for line in own] for s, found in parts
        }
        return {s: [tokenize("\n".join(own) + "\n", unit)] for s, own in lines.items()}

    return text.of_parts(place.name, unit, read)


def flickr8k_captions(place: Place) -> dict[str, dict[str, list[str]]]:
    """Returns the captions of each picture by name, of each split of Flickr8k.

    Raises:
      ValueError: for a line of another form, or a picture of a split without captions.
    """
    captions = collections.defaultdict(list)
    for name, caption in parse_lines(path := place.find(CAPTIONS), _parse):
        captions[name].append(caption)
    parts = {}
    for split, file in LISTS.items():
        listed = place.find(file)
        names = [line for line in read_lines(listed) if line]
        missing = [name for name in names if name not in captions]
        if missing:
            raise ValueError(f"{listed}: {missing[0]} has no captions in {path}")
        parts[split] = {name: captions[name] for name in names}
    return parts


def _parse(line: str) -> tuple[str, str]:
    """Returns the picture and the caption of `NAME.jpg#0<TAB>A dog runs .`."""
    place, tab, caption = line.partition("\t")
    name, mark, _ = place.rpartition("#")
    if not (tab and mark and caption.strip()):
        raise unexpected(line, "picture#number<TAB>caption")
    return Path(name).name, caption.strip()
