"""The command that lists and fetches data sets.

python -m seqnets.datasets                  lists them
python -m seqnets.datasets fetch ptb sst    downloads some into the cache
"""

import argparse
import os
import sys
from collections.abc import Iterator

from seqnets.data import files
from seqnets.datasets import DATASETS
from seqnets.datasets.sources import fetch, read_sources


def rows(data_dir: str | os.PathLike | None = None) -> Iterator[tuple[str, ...]]:
    """Yields name, kinds, size, licence, state and summary of each data set.

    Args:
      data_dir: where the files are looked for first.
    """
    sources = read_sources()
    for name, entry in DATASETS.items():
        needed, size = entry.files, "-"
        if name in sources:
            pinned = sources[name].files
            needed, size = (
                tuple(pinned),
                _megabytes(sum(f.size for f in pinned.values())),
            )
        places = files.folders(name, data_dir)
        here = all(any(files.find_in(p, file) for p in places) for file in needed)
        state = "generated" if not needed else "here" if here else "not here"
        kinds = ", ".join(entry.readers)
        yield name, kinds, size, entry.licence, state, entry.summary


def main(arguments: list[str] | None = None) -> str | None:
    """Runs the command.

    Args:
      arguments: those of the command line by default.

    Returns:
      A message where it failed.
    """
    parser = argparse.ArgumentParser(
        prog="python -m seqnets.datasets", description="Lists or fetches data sets."
    )
    parser.add_argument("--data_dir", help="where data sets are, or are fetched to")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("list", help="list all data sets (the default)")
    command = commands.add_parser("fetch", help="download data sets")
    command.add_argument("names", nargs="+", metavar="NAME")
    command.add_argument("--data_dir", default=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        if options.command == "fetch":
            for name in options.names:
                print(fetch(name, data_dir=options.data_dir))
        else:
            print(_table([_HEADING, *rows(options.data_dir)]))
    except (OSError, ValueError) as error:
        return str(error)
    return None


_HEADING = ("name", "kinds", "size", "licence", "state", "summary")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _table(lines: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


if __name__ == "__main__":
    sys.exit(main())
