"""Where the files of data sets are, and how they are read."""

import gzip
import os
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from lzma import LZMAError
from pathlib import Path
from typing import NamedTuple, TypeVar

import platformdirs

from seqnets.data.batching import SPLITS

# The files of a user's own folder by split; the first one that is there is read.
PARTS = (("train.txt",), ("valid.txt", "dev.txt"), ("test.txt",))

_LINE_END = re.compile(r"\r+\n|\r")

Line = TypeVar("Line")  # What a line of a text means.


class Place(NamedTuple):
    """Where the files of one data set are, gzipped or not.

    Attributes:
      name: of the data set, or a user's own path.
      folders: where files are looked for, one after the other; the user's own path.
      files: the files of a data set known by name; where each is a split, in the order
        of the splits. A user's own are called as in `PARTS`.
      hint: the end of the message about a missing file.
    """

    name: str
    folders: tuple[Path, ...]
    files: tuple[str, ...] = ()
    hint: str = "put it there"

    @property
    def path(self) -> Path:
        """A user's own path, or the one file of a data set known by name.

        Raises:
          FileNotFoundError: as `find`.
        """
        return self.find(*self.files) if self.files else self.folders[0]

    def has(self, file: str) -> bool:
        """Whether there is such a file, or such a file gzipped."""
        return self._first(file) is not None

    def find(self, *names: str) -> Path:
        """Returns the first of some files that there is.

        Raises:
          FileNotFoundError: there is none; the message lists where they may be.
        """
        if (path := self._first(*names)) is not None:
            return path
        places = ", ".join(
            f"{folder}, which is a file" if folder.is_file() else str(folder)
            for folder in self.folders
        )
        raise FileNotFoundError(
            f"data set {self.name!r}: no {' or '.join(names)} in {places}; {self.hint}"
        )

    def parts(self) -> dict[str, Path]:
        """Returns the file of each split.

        Raises:
          FileNotFoundError: as `find`.
        """
        parts = [(file,) for file in self.files] or PARTS
        return {s: self.find(*names) for s, names in zip(SPLITS, parts, strict=True)}

    def _first(self, *names: str) -> Path | None:
        tried = (
            folder / f"{name}{end}"
            for folder in self.folders
            for name in names
            for end in ("", ".gz")
        )
        return next(filter(Path.exists, tried), None)


def cache_dir() -> Path:
    """Returns the folder, one per user, into which data sets are fetched."""
    return platformdirs.user_cache_path("seqnets")


def folders(name: str, data_dir: str | os.PathLike | None = None) -> tuple[Path, ...]:
    """Returns where the files of a data set are looked for, in this order.

    Args:
      name: name of the data set, which is a folder in each of the places: `data_dir`,
        `$SEQNETS_DATA`, and the cache that fetching fills.
      data_dir: the folder to look in first; None = there is none.
    """
    places = [data_dir, os.environ.get("SEQNETS_DATA"), cache_dir()]
    return tuple(Path(place, name) for place in places if place)


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


def decode(data: bytes, name: str) -> str:
    """Decodes UTF-8 with any of the usual line ends, which become "\\n".

    Args:
      data: the contents of a file.
      name: name of the file, for messages.

    Raises:
      ValueError: it is something else, or has zero bytes, as UTF-16 and binary files.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{name}: not UTF-8 at byte {error.start} (line {line}): {error.reason};"
            " save it as UTF-8"
        ) from None
    if (place := data.find(b"\0")) >= 0:
        line = data.count(b"\n", 0, place) + 1
        raise ValueError(
            f"{name}: no text, it has a zero byte at {place} (line {line}); save it as"
            " UTF-8"
        )
    # A file that was converted twice has \r\r\n, which is one line end.
    return _LINE_END.sub("\n", text.removeprefix("\ufeff"))


def read(path: Path) -> str:
    """Reads UTF-8, gzipped or not, with any of the usual line ends; as `decode`.

    Raises:
      ValueError: it cannot be read, or is something else.
    """
    return decode(read_bytes(path), str(path))


def read_lines(path: Path) -> list[str]:
    """Reads the lines of a text, without their ends; as `read`."""
    return read(path).removesuffix("\n").split("\n")


def parse_lines(path: Path, parse: Callable[[str], Line]) -> Iterator[Line]:
    """Yields what each line of a text means.

    Args:
      path: of the text.
      parse: returns what a line means.

    Raises:
      ValueError: as `read`, or as `parse` raises it, with file and line.
    """
    for number, line in enumerate(read_lines(path), 1):
        try:
            yield parse(line)
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from None


def columns(line: str) -> list[str]:
    """Splits a row at its tabs or, where it has none, at runs of spaces.

    So a cell between tabs may have spaces in it; other white space, such as an
    ideographic space or a no-break space, never ends a cell.
    """
    if "\t" in line:
        return line.split("\t")
    return [cell for cell in line.split(" ") if cell]


def unexpected(line: str, expected: str) -> ValueError:
    """Returns an error that shows a line, and what it should be."""
    found = f"it is {line.strip()[:40]!r}" if line.strip() else "it is empty"
    return ValueError(f"expected {expected}, but {found}")


def read_archive(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yields the name and the contents of each file of a tar archive.

    Raises:
      ValueError: it is none, or is truncated.
    """
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile():
                    yield member.name, archive.extractfile(member).read()
    except (tarfile.TarError, LZMAError, zlib.error, EOFError, OSError) as error:
        reason = str(error).partition("\n")[0].rstrip(":")
        raise ValueError(
            f"{path}: no archive, or it cannot be read: {reason}"
        ) from None


def write_whole(path: Path, text: str) -> None:
    """Writes a file that has its name only once it is whole: a run may be killed."""
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
