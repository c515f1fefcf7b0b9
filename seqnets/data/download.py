"""Fetching corpora that may be fetched, into a cache folder.

    python -m seqnets.data.download ptb tinyshakespeare

Every file is pinned to one commit of a public repository and to its SHA-256. It is
written under another name and gets its own only once its checksum is right, so an
interrupted download leaves nothing behind that a later run could mistake for data.
"""

import argparse
import os
import sys
import urllib.parse
from pathlib import Path

import pooch
import requests

from seqnets.data.sources import SOURCES

BASE_URL = "https://raw.githubusercontent.com"


def cache_dir() -> Path:
    """The folder, one per user, that `fetch` fills."""
    return Path(pooch.os_cache("seqnets"))


def fetch(
    name: str,
    *,
    directory: str | os.PathLike | None = None,
    base_url: str | None = None,
) -> Path:
    """Downloads what is missing of a corpus, with a progress bar for each file.

    Args:
      name: one of `SOURCES`.
      directory: where the corpus's own folder is made; `cache_dir()` by default.
      base_url: a mirror laid out as `<repository>/<commit>/<path>`, else `BASE_URL`.

    Returns:
      The folder that holds the corpus.

    Raises:
      ValueError: there is no such corpus, or a file has the wrong checksum.
      ConnectionError: the server does not answer, has no such file, or stops midway.
    """
    if name not in SOURCES:
        raise ValueError(f"no download for {name!r}: only for {', '.join(SOURCES)}")
    folder = (cache_dir() if directory is None else Path(directory)) / name
    source = SOURCES[name]
    for file, (path, sha256) in source.files.items():
        place = f"{source.repository}/{source.commit}/{urllib.parse.quote(path)}"
        _fetch_file(f"{base_url or BASE_URL}/{place}", folder / file, sha256)
    return folder


def _fetch_file(url: str, target: Path, sha256: str) -> None:
    if target.exists() and pooch.file_hash(str(target)) == sha256:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        pooch.retrieve(
            url,
            known_hash=f"sha256:{sha256}",
            fname=target.name,
            path=target.parent,
            downloader=pooch.HTTPDownloader(progressbar=True),
        )
    except requests.RequestException as error:
        raise ConnectionError(
            f"could not download {url}: {_reason(error)}; nothing was kept: "
            f"try again, or put the file at {target} yourself"
        ) from None
    except ValueError:
        # A stale file under this name is as wrong as the new one.
        target.unlink(missing_ok=True)
        raise ValueError(
            f"{url} is not the expected file (SHA-256 {sha256}); it was removed"
        ) from None


def _reason(error: requests.RequestException) -> str:
    # What `requests` says spans lines and repeats the URL.
    if error.response is not None:
        return f"the server says {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.ConnectionError | requests.Timeout):
        return "no answer from the server, is there a network?"
    return "the transfer broke off"


def main(arguments: list[str] | None = None) -> str | None:
    """The command; returns a message where it failed."""
    parser = argparse.ArgumentParser(
        prog="python -m seqnets.data.download",
        description=f"Downloads corpora: {', '.join(SOURCES)}.",
    )
    parser.add_argument("names", nargs="+", metavar="NAME")
    parser.add_argument("--data_dir", type=Path, default=cache_dir())
    options = parser.parse_args(arguments)
    try:
        for name in options.names:
            print(fetch(name, directory=options.data_dir))
    except (OSError, ValueError) as error:
        return str(error)
    return None


if __name__ == "__main__":
    sys.exit(main())
