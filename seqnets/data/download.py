"""Fetching corpora that may be fetched, into a cache folder.

    python -m seqnets.data.download ptb tinyshakespeare

Every file is pinned to one commit of a public repository and to its SHA-256. It is
written under another name and gets its own only once its checksum is right, so an
interrupted download leaves nothing behind that a later run could mistake for data.
"""

import argparse
import dataclasses
import os
import sys
import urllib.parse
from pathlib import Path

import pooch
import requests

BASE_URL = "https://raw.githubusercontent.com"


@dataclasses.dataclass(frozen=True)
class Source:
    """Files of one commit of one repository.

    Attributes:
      repository: "owner/name".
      commit: the commit's hash.
      files: our path -> (the repository's path, SHA-256).
    """

    repository: str
    commit: str
    files: dict[str, tuple[str, str]]


SOURCES = {
    "ptb": Source(
        "locuslab/TCN",
        "2f8c2b817050206397458dfd1f5a25ce8a32fe65",
        {
            "ptb.train.txt": (
                "TCN/word_cnn/data/penn/train.txt",
                "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf",
            ),
            "ptb.valid.txt": (
                "TCN/word_cnn/data/penn/valid.txt",
                "c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2",
            ),
            "ptb.test.txt": (
                "TCN/word_cnn/data/penn/test.txt",
                "dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0",
            ),
        },
    ),
    "tinyshakespeare": Source(
        "jcjohnson/torch-rnn",
        "6e72b866e0a7fe544b7de2d9951063c9c11c00e3",
        {
            "input.txt": (
                "data/tiny-shakespeare.txt",
                "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
            ),
        },
    ),
    "wangfeng": Source(
        "phunterlau/wangfeng-rnn",
        "f56627b2e3f7bf22fa6f2449dce050da27f53699",
        {
            "input.txt": (
                "input.txt",
                "b37c87e34e050a1bddd3fbd21d344631d8304a11de4de28d2fe631e777188c7d",
            ),
        },
    ),
    "zh_poems": Source(
        "chinese-poetry/chinese-poetry",
        "99ebbef7e1345c0985c44b9fd96a3f9e776f117b",
        {
            "tang300.json": (
                "全唐诗/唐诗三百首.json",
                "d77a145f7470da2ed2f79515944563c062ffc43fceda07f195a36ead66b7e5c7",
            ),
            "ci300.json": (
                "宋词/宋词三百首.json",
                "ca5d74f7fdb9d5a6acc22a7c8b4395228cad4bb8be53df44c19ba83ab6983b20",
            ),
            "quan_tang_shi/poet.tang.0.json": (
                "全唐诗/poet.tang.0.json",
                "4f88f429938082523cdc72a1612bd7a7c3e3f7a33f8192c61ae51340efc3c92d",
            ),
            "quan_tang_shi/poet.tang.1000.json": (
                "全唐诗/poet.tang.1000.json",
                "6e703b8d8dcedbd6110f6d48d043665ca2131db2035a5bfcef5e59a19aeb6d75",
            ),
            "quan_tang_shi/poet.tang.2000.json": (
                "全唐诗/poet.tang.2000.json",
                "ec28efa7e2ae9cdbbba09f0ed186e32ccae47a325ad1e5816b7ad56071c1665a",
            ),
            "quan_tang_shi/poet.tang.3000.json": (
                "全唐诗/poet.tang.3000.json",
                "9e4ba2323752b6b9fbdba875cdbc6a26636fe0cabc85fd066370d4915952001f",
            ),
            "quan_tang_shi/poet.tang.4000.json": (
                "全唐诗/poet.tang.4000.json",
                "b8a7946c879b9658a6c667a4c55f776fae7e5e00a17789ab06b274c1429afc66",
            ),
            "quan_tang_shi/poet.tang.5000.json": (
                "全唐诗/poet.tang.5000.json",
                "a0306e6962cff01639ad9a00b042a201b8dec1f30fa5d768a7b112589887861e",
            ),
            "quan_tang_shi/poet.tang.6000.json": (
                "全唐诗/poet.tang.6000.json",
                "982a21d2b15922b406911f1c825785054314c686da86b2155d7aebb362d22771",
            ),
            "quan_tang_shi/poet.tang.7000.json": (
                "全唐诗/poet.tang.7000.json",
                "a6fb69d7b4343c904dc56ae5aae34facc2478d196b51c37ceba9d1e2f171b342",
            ),
            "quan_tang_shi/poet.tang.8000.json": (
                "全唐诗/poet.tang.8000.json",
                "ac3848e95b02736168003863795de4474838c2d6a71a24ca2a4a280ea5177773",
            ),
            "quan_tang_shi/poet.tang.9000.json": (
                "全唐诗/poet.tang.9000.json",
                "b99d6596e3a1fe1a661652383083f92d196b8baf4e461d087081d5e1e1b7a51f",
            ),
        },
    ),
}


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
