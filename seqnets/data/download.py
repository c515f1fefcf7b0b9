"""Downloading files that are pinned to a commit of a public repository.

Every file is checked against its SHA-256. It is written under another name and gets its
own only once its checksum is right, so an interrupted download leaves nothing behind
that a later run could mistake for data.
"""

import os
import urllib.parse
from collections.abc import Mapping
from pathlib import Path

import pooch
import requests

BASE_URL = "https://raw.githubusercontent.com"


def fetch(
    repository: str,
    commit: str,
    pinned: Mapping[str, tuple[str, str, int]],
    folder: str | os.PathLike,
    *,
    base_url: str | None = None,
) -> None:
    """Downloads what is missing in a folder, with a progress bar for each file.

    Args:
      repository: "owner/name".
      commit: the commit's hash.
      pinned: the path in the folder -> path in the repository, SHA-256 and size.
      folder: the folder, which is made where it is missing.
      base_url: a mirror laid out as `<repository>/<commit>/<path>`, else `BASE_URL`.

    Raises:
      ValueError: a file has the wrong checksum.
      ConnectionError: the server does not answer, has no such file, or stops midway.
    """
    for name, (path, sha256, _) in pinned.items():
        place = f"{repository}/{commit}/{urllib.parse.quote(path)}"
        _fetch_file(f"{base_url or BASE_URL}/{place}", Path(folder, name), sha256)


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
    # The text of a `requests` error spans lines and repeats the URL.
    if error.response is not None:
        return f"the server says {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.ConnectionError | requests.Timeout):
        return "no answer from the server, is there a network?"
    return "the transfer broke off"
