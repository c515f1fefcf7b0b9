"""Images with a class each, in the format of MNIST (LeCun et al., 1998).

An idx file is a header of big-endian numbers (two zero bytes, the type of an element,
the number of dimensions, the size of each), and then the elements.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqnets.data import files
from seqnets.data.files import Place
from seqnets.datasets.dataset import Dataset, Rows

FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
HELD_OUT = 12  # One training image in so many validates: MNIST's last 5,000.

_UNSIGNED_BYTE = 8


class Image(NamedTuple):
    """An image and its class; in `Rows`, every array leads with [N]."""

    image: np.ndarray  # uint8 [height, width], 0 is the paper and 255 is ink.
    label: np.ndarray  # int32 []


def read_own(place: Place) -> Dataset:
    """Reads the four files of `FILES`, gzipped or not.

    The last twelfth of the training images validates.

    Raises:
      ValueError: a file is not what its name says, or they do not go together, as with
        a class that no training image has.
    """
    return dataset(lambda: read_parts(place))


def dataset(read: Callable[[], tuple[Image, Image]]) -> Dataset:
    """Makes a data set whose validation images are the last of the training images.

    Args:
      read: returns the columns of the training and of the test images.

    Returns:
      A data set of `Image`s; its info has "classes", the names of the K classes, and
      "shape", [height, width].
    """

    def splits() -> dict[str, Rows]:
        train, test = map(Rows, read())
        kept = _kept(len(train))
        return {"train": train[:kept], "valid": train[kept:], "test": test}

    return Dataset(splits, _info)


def read_parts(place: Place) -> tuple[Image, Image]:
    """Reads the columns of the training and of the test images; see `read_own`."""
    paths = [tuple(map(place.find, names)) for names in FILES.values()]
    train, test = parts = tuple(_read_part(*of_part) for of_part in paths)
    (first, _), (second, _) = paths
    if test.image.shape[1:] != train.image.shape[1:]:
        sizes = [" x ".join(map(str, part.image.shape[1:])) for part in parts]
        raise ValueError(
            f"{second}: images of {sizes[1]}, where {first} has {sizes[0]}"
        )
    if len(train.label) < HELD_OUT:
        raise ValueError(
            f"{first}: {len(train.label)} images are too few; at least {HELD_OUT}"
        )
    known = train.label[: _kept(len(train.label))]
    if (known == known[0]).all():
        raise ValueError(
            f"{paths[0][1]}: all {len(known)} images that train are of the class"
            f" {known[0]}; there must be two classes"
        )
    for (_, path), part in zip(paths, parts, strict=True):
        unknown = np.setdiff1d(part.label, known)
        if len(unknown):
            raise ValueError(
                f"{path}: the class {unknown[0]} is not among the {len(known)} images"
                " that train"
            )
    return parts


def read_idx(path: Path) -> np.ndarray:
    """Reads an idx file of unsigned bytes, gzipped or not.

    Raises:
      ValueError: it cannot be read, or is something else.
    """
    data = files.read_bytes(path)
    if len(data) < 4 or data[:2] != b"\0\0":
        raise ValueError(f"{path}: not an idx file: it begins with {data[:4]!r}")
    kind, rank = data[2], data[3]
    if kind != _UNSIGNED_BYTE:
        raise ValueError(f"{path}: elements of type {kind:#04x}, not unsigned bytes")
    begin = 4 + 4 * rank
    if len(data) < begin:
        raise ValueError(f"{path}: it ends within its header")
    shape = np.frombuffer(data[4:begin], ">u4").tolist()
    expected, found = math.prod(shape), len(data) - begin
    if found != expected:
        raise ValueError(
            f"{path}: holds {found} bytes, but its header says"
            f" {' x '.join(map(str, shape))}"
        )
    return np.frombuffer(data, np.uint8, offset=begin).reshape(shape)


def _info(dataset: Dataset) -> dict[str, Any]:
    images, labels = dataset.train.columns
    return {
        "classes": [str(i) for i in range(int(labels.max()) + 1)],
        "shape": list(images.shape[1:]),
    }


def _kept(count: int) -> int:
    return count - count // HELD_OUT


def _read_part(image_path: Path, label_path: Path) -> Image:
    images, labels = read_idx(image_path), read_idx(label_path)
    for path, array, rank in ((image_path, images, 3), (label_path, labels, 1)):
        if array.ndim != rank or not array.size:
            shape = " x ".join(map(str, array.shape))
            raise ValueError(f"{path}: must have {rank} dimensions, not {shape}")
    if len(images) != len(labels):
        raise ValueError(
            f"{label_path}: {len(labels)} labels for the {len(images)} images of"
            f" {image_path}"
        )
    return Image(images, labels.astype(np.int32))
