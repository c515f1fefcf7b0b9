"""Where the files of data sets are, and how they are read."""

import gzip
import os
import zlib
from pathlib import Path

import pooch

# The files of a user's own folder by split; the first one that is there is read.
PARTS = {"train": ("train",), "valid": ("valid", "dev"), "test": ("test",)}


def cache_dir() -> Path:
    """Returns the folder, one per user, into which data sets are fetched."""
    return Path(pooch.os_cache("seqnets"))


def folders(name: str, data_dir: str | os.PathLike | None = None) -> list[Path]:
    """Returns where the files of a data set are looked for, in this order.

    Args:
      name: name of the data set, which is a folder in each of the places: `data_dir`,
        `$SEQNETS_DATA`, and the cache that fetching fills.
      data_dir: the folder to look in first; None = there is none.
    """
    places = [data_dir, os.environ.get("SEQNETS_DATA"), cache_dir()]
    return [Path(place, name) for place in places if place]


def find(
    name: str,
    file: str,
    data_dir: str | os.PathLike | None = None,
    *,
    hint: str = "put it there or set SEQNETS_DATA",
) -> Path:
    """Looks for a file of a data set that is known by name, gzipped or not.

    Args:
      name: name of the data set.
      file: its path in the data set's folder; what is found may end with `.gz`.
      data_dir: as in `folders`.
      hint: the end of the error message.

    Raises:
      FileNotFoundError: it is in none of the places, which the message lists.
    """
    tried = folders(name, data_dir)
    for folder in tried:
        if (path := find_in(folder, file)) is not None:
            return path
    places = ", ".join(map(str, tried))
    raise FileNotFoundError(f"data set {name!r}: no {file} in {places}; {hint}")


def find_in(folder: Path, *names: str) -> Path | None:
    """Returns the first of some files that a folder has, gzipped or not."""
    tried = [folder / f"{name}{end}" for name in names for end in ("", ".gz")]
    return next((path for path in tried if path.exists()), None)


def find_parts(folder: Path, *, hint: str = "") -> dict[str, Path]:
    """Looks in a user's folder for `train.txt`, `valid.txt` or `dev.txt`, `test.txt`.

    Args:
      folder: the folder.
      hint: the end of the error message.

    Returns:
      The files of "train", "valid" and "test", gzipped or not.

    Raises:
      FileNotFoundError: one of the three is missing.
    """
    found = {}
    for part, names in PARTS.items():
        wanted = [f"{name}.txt" for name in names]
        path = find_in(folder, *wanted)
        if path is None:
            raise FileNotFoundError(f"{folder}: no {' or '.join(wanted)}{hint}")
        found[part] = path
    return found


def read_bytes(path: Path) -> bytes:
    """Reads a file, gzipped or not.

    Raises:
      ValueError: it cannot be read.
    """
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if path.suffix == ".gz" else data
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(f"{path}: cannot be read: {reason}") from None


def read(path: Path) -> str:
    """Reads UTF-8, gzipped or not, with either of the usual line ends.

    Raises:
      ValueError: it cannot be read, or is something else.
    """
    try:
        text = read_bytes(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path}: not UTF-8 at byte {error.start}: {error.reason}"
        ) from None
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def read_lines(path: Path) -> list[str]:
    """Reads the lines of a text, without their ends; as `read`."""
    return read(path).removesuffix("\n").split("\n")


def write_whole(path: Path, text: str) -> None:
    """Writes a file that has its name only once it is whole: a run may be killed."""
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
