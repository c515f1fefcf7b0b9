"""Where data sets are, and what a run folder remembers of that."""

import gzip
import json
import os
import zlib
from collections.abc import Container
from pathlib import Path

from seqnets.data import download

RECORD = "data.json"


def find(name: str, file: str, data_dir: str | os.PathLike | None = None) -> Path:
    """Looks for a file of a data set that is known by name, gzipped or not.

    Args:
      name: of the data set, a folder in `data_dir`, else in `$SEQNETS_DATA`, else in
        the cache that `download.py` fills.
      file: its path in that folder; what is found may end with `.gz`.
      data_dir: where to look first.

    Raises:
      FileNotFoundError: it is in none of the places, which the message lists.
    """
    folders = [data_dir, os.environ.get("SEQNETS_DATA"), download.cache_dir()]
    folders = [Path(folder, name) for folder in folders if folder]
    for folder in folders:
        for path in (folder / file, folder / f"{file}.gz"):
            if path.exists():
                return path
    fetch = "it cannot be fetched: put it there or set SEQNETS_DATA"
    if name in download.SOURCES:
        fetch = f"fetch it with `python -m seqnets.data.download {name}`"
    elif name == "linux_kernel":
        fetch = "or give a kernel's source tree as the corpus, with a pattern '**/*.c'"
    tried = ", ".join(map(str, folders))
    raise FileNotFoundError(f"corpus {name!r}: no {file} in {tried}; {fetch}")


def find_part(folder: Path, names: tuple[str, ...]) -> Path | None:
    """Looks in a user's folder for a part of a data set, such as `dev.txt`."""
    tried = [folder / f"{name}.txt{end}" for name in names for end in ("", ".gz")]
    return next((path for path in tried if path.exists()), None)


def find_parts(folder: Path) -> list[Path]:
    """Looks in a user's folder for `train.txt`, `valid.txt` or `dev.txt`, `test.txt`.

    Raises:
      FileNotFoundError: one of the three is missing.
    """
    found = []
    for names in (("train",), ("valid", "dev"), ("test",)):
        path = find_part(folder, names)
        if path is None:
            wanted = " or ".join(f"{name}.txt" for name in names)
            raise FileNotFoundError(f"{folder}: no {wanted}")
        found.append(path)
    return found


def read(path: Path) -> str:
    """Reads UTF-8, gzipped or not, with either of the usual line ends.

    Raises:
      ValueError: it cannot be read, or is something else.
    """
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if path.suffix == ".gz" else data
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path}: not UTF-8 at byte {error.start}: {error.reason}"
        ) from None
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(f"{path}: cannot be read: {reason}") from None
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def remembered(
    corpus: str, data_dir: str | None, workdir: str | Path | None
) -> tuple[str, str | None]:
    """Returns the corpus and folder of a run: its config's, or those it began with.

    A run folder can be taken elsewhere, and asked from any folder: what it
    remembers are absolute paths.
    """
    record = None if workdir is None else Path(workdir, RECORD)
    if data_dir is None and record is not None and record.exists():
        found = json.loads(record.read_text(encoding="utf-8"))
        return found["corpus"], found["data_dir"]
    return corpus, data_dir or os.environ.get("SEQNETS_DATA")


def remember(
    corpus: str, data_dir: str | None, workdir: Path, *, known: Container[str]
) -> None:
    """Writes into a run folder where the data was.

    Args:
      corpus: the name of a data set, or a path.
      data_dir: the folder of the data sets that are known by name.
      workdir: the run folder.
      known: their names, which are no paths even where a folder is called so.
    """
    name = corpus if corpus in known else _resolved(corpus)
    record = {"corpus": name, "data_dir": _resolved(data_dir)}
    write_whole(workdir / RECORD, json.dumps(record) + "\n")


def write_whole(path: Path, text: str) -> None:
    """Writes a file that has its name only once it is whole: a run may be killed."""
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def _resolved(path: str | None) -> str | None:
    return os.path.abspath(path) if path and os.path.exists(path) else path
