"""The command that lists and fetches data sets.

python -m seqnets.datasets                  lists them
python -m seqnets.datasets fetch ptb sst    downloads some into the cache
"""

import argparse
import os
import sys
from collections.abc import Iterator

from seqnets.datasets import DATASETS, fetch, find_place


def rows(data_dir: str | os.PathLike | None = None) -> Iterator[tuple[str, ...]]:
    """Yields name, kinds, size, licence, state and summary of each data set.

    Args:
      data_dir: where the files are looked for first.
    """
    for name, entry in DATASETS.items():
        place = find_place(name, data_dir)
        size = sum(size for *_, size in entry.files.values()) if entry.commit else 0
        here = all(map(place.has, entry.files))
        state = "generated" if not entry.files else "here" if here else "not here"
        kinds, shown = ", ".join(entry.readers), f"{size / 1e6:.1f} MB" if size else "-"
        yield name, kinds, shown, entry.licence, state, entry.summary


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


def _table(lines: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


if __name__ == "__main__":
    sys.exit(main())
