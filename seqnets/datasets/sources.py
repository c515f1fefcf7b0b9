"""Sources of the data sets known by name: their files, pinned, and where they are.

`sources.json` pins each file: repository, commit, path, SHA-256 and size in bytes.
"""

import functools
import importlib.resources
import json
import os
from pathlib import Path

from seqnets.data import download, files
from seqnets.data.download import File, Source


@functools.cache
def read_sources() -> dict[str, Source]:
    """Returns the data sets that can be fetched, by name."""
    place = importlib.resources.files("seqnets.datasets") / "sources.json"
    return {
        name: Source(
            source["repository"],
            source["commit"],
            {file: File(*pinned) for file, pinned in source["files"].items()},
        )
        for name, source in json.loads(place.read_text(encoding="utf-8")).items()
    }


def find(name: str, file: str, data_dir: str | os.PathLike | None = None) -> Path:
    """Looks for a file of a data set that is known by name; see `files.find`.

    Raises:
      FileNotFoundError: it is in none of the places; the message lists them, and tells
        how to fetch it.
    """
    hint = "it cannot be fetched: put it there or set SEQNETS_DATA"
    if name in read_sources():
        hint = f"fetch it with `python -m seqnets.datasets fetch {name}`"
    return files.find(name, file, data_dir, hint=hint)


def fetch(
    name: str,
    *,
    data_dir: str | os.PathLike | None = None,
    base_url: str | None = None,
) -> Path:
    """Downloads what is missing of a data set.

    Args:
      name: name of the data set.
      data_dir: where its own folder is made; the cache by default.
      base_url: as in `download.fetch`.

    Returns:
      The folder that holds the data set.

    Raises:
      ValueError: it cannot be fetched, or a file has the wrong checksum.
      ConnectionError: as in `download.fetch`.
    """
    sources = read_sources()
    if name not in sources:
        raise ValueError(f"no download for {name!r}: only for {', '.join(sources)}")
    folder = Path(data_dir or files.cache_dir(), name)
    download.fetch(sources[name], folder, base_url=base_url)
    return folder
