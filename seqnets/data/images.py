"""Images with a class each, in the format of MNIST (LeCun et al., 1998).

An idx file is a header of big-endian numbers (two zero bytes, the type of an element,
the number of dimensions, the size of each), and then the elements.
"""

import gzip
import math
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seqnets.data import drawn_digits, files

KNOWN = ("drawn_digits", "mnist")
FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
HELD_OUT = 12  # One training image in so many validates: MNIST's last 5,000.

_UNSIGNED_BYTE = 8


class Images(NamedTuple):
    images: np.ndarray  # uint8 [N, height, width], 0 is the paper and 255 is ink.
    labels: np.ndarray  # int32 [N]


Splits = dict[str, Images]


def load(corpus: str, *, data_dir: str | None = None) -> Splits:
    """Reads the images of "train", "valid" and "test", and their classes.

    Args:
      corpus: "drawn_digits" (generated), "mnist", or a folder with the four files of
        `FILES`, gzipped or not. The last twelfth of the training images validates.
      data_dir: as in `files.find`.

    Raises:
      FileNotFoundError: the folder or a file in it is missing.
      ValueError: a file is not what its name says, or they do not go together, such as
        a class that no training image has.
    """
    if corpus == "drawn_digits":
        parts = drawn_digits.draw(12_000, seed=0), drawn_digits.draw(2000, seed=1)
        train, test = (Images(*part) for part in parts)
    elif corpus == "mnist":
        train, test = _read_parts(lambda name: files.find("mnist", name, data_dir))
    elif Path(corpus).is_dir():
        train, test = _read_parts(lambda name: _find_in(Path(corpus), name))
    else:
        raise FileNotFoundError(
            f"no corpus {corpus!r}: not a folder, nor {' or '.join(KNOWN)}"
        )
    kept = _kept(train)
    valid = Images(train.images[kept:], train.labels[kept:])
    train = Images(train.images[:kept], train.labels[:kept])
    return {"train": train, "valid": valid, "test": test}


def classes(splits: Splits) -> int:
    """Returns how many classes there are: labels are below it."""
    return int(splits["train"].labels.max()) + 1


def read_idx(path: Path) -> np.ndarray:
    """Reads an idx file of unsigned bytes, gzipped or not.

    Raises:
      ValueError: it cannot be read, or is something else.
    """
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if path.suffix == ".gz" else data
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(f"{path}: cannot be read: {reason}") from None
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


def _kept(train: Images) -> int:
    return len(train.labels) - len(train.labels) // HELD_OUT


def _find_in(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.exists():
            return path
    needed = ", ".join(file for part in FILES.values() for file in part)
    raise FileNotFoundError(f"{folder}: no {name}; it needs {needed}, gzipped or not")


def _read_parts(find: Callable[[str], Path]) -> list[Images]:
    paths = [tuple(map(find, names)) for names in FILES.values()]
    parts = [_read_part(*of_part) for of_part in paths]
    (first, train), (second, test) = zip(paths, parts, strict=True)
    if test.images.shape[1:] != train.images.shape[1:]:
        sizes = [" x ".join(map(str, part.images.shape[1:])) for part in parts]
        raise ValueError(
            f"{second[0]}: images of {sizes[1]}, where {first[0]} has {sizes[0]}"
        )
    if len(train.labels) < HELD_OUT:
        raise ValueError(
            f"{first[0]}: {len(train.labels)} images are too few; at least {HELD_OUT}"
        )
    known = train.labels[: _kept(train)]
    for (_, path), part in zip(paths, parts, strict=True):
        unknown = np.setdiff1d(part.labels, known)
        if len(unknown):
            raise ValueError(
                f"{path}: the class {unknown[0]} is not among the {len(known)} images"
                " that train"
            )
    return parts


def _read_part(image_path: Path, label_path: Path) -> Images:
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
    return Images(images, labels.astype(np.int32))
