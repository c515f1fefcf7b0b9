"""Commands that list: a table of runs, and all experiments and configs."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator, Mapping

import experiments
from experiments.commands import errors
from experiments.commands.flags import Args
from seqnets.training import table as tables


def table(args: Args) -> None:
    """Prints a Markdown table of runs; seeds of one config share a row.

    Raises:
      ValueError: after the table, for the run folders that cannot be read.
    """
    if not args.folders:
        raise ValueError("table needs folders of runs, as in `table runs/*`")
    folders = tables.find(args.folders)
    if not folders:
        raise ValueError(f"no run folders in {' '.join(args.folders)}")
    runs, damaged = [], []
    for folder in folders:
        try:
            runs.append(tables.read(folder))
        except (ValueError, OSError) as error:
            damaged.append(errors.message(error))
    if runs:
        print(tables.markdown(runs))
    if damaged:
        raise ValueError(f"left out of the table: {'; '.join(damaged)}")


def list_all(args: Args) -> None:
    """Prints every experiment and every config, a line each."""
    del args
    known = experiments.names()
    own = {n: line for n, line in first_lines("experiments") if n in known}
    print("Experiments:")
    print_columns(own)
    print("\nConfigs (train --config=FILE):")
    print_columns({f"configs/{n}.py": line for n, line in first_lines("configs")})


def print_columns(lines: Mapping[str, str]) -> None:
    """Prints names and what they are, one below the other."""
    width = max(map(len, lines)) + 2
    for name, line in lines.items():
        print(f"  {name:{width}}{line}")


def first_lines(package: str) -> Iterator[tuple[str, str]]:
    """Yields the name of each module of a package, and what its first line says."""
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
        source = module.module_finder.find_spec(module.name).loader.get_source(
            module.name
        )
        docstring = ast.get_docstring(ast.parse(source)) or ""
        yield module.name, docstring.partition("\n")[0]


def side_by_side(metrics: Mapping[str, float]) -> str:
    """Returns a table of metrics called `metric/name`, or a list of others.

    The names stand below each other, the metrics beside each other; other metrics
    follow.
    """
    pairs = [name.partition("/")[::2] for name in metrics if "/" in name]
    columns = list(dict.fromkeys(metric for metric, _ in pairs))
    names = list(dict.fromkeys(name for _, name in pairs))
    widths = [max(12, len(column) + 2) for column in columns]
    lines = ["".join(map(str.rjust, columns, widths))] if names else []
    for name in names:
        values = [metrics.get(f"{column}/{name}") for column in columns]
        cells = ["-" if x is None else number(x) for x in values]
        lines.append(f"{''.join(map(str.rjust, cells, widths))}  {name}")
    lines += [f"{number(x):>12}  {n}" for n, x in metrics.items() if "/" not in n]
    return "\n".join(lines)


def number(value: float) -> str:
    """Returns a count as a whole number, and others with four decimals."""
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"
