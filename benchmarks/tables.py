"""The results of a race as Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from benchmarks.cases import Case
from benchmarks.contenders import JAX_PEERS, OURS
from benchmarks.race import DENSE
from benchmarks.timing import geometric_mean, ratio, summarise

BEST = "best other JAX"


class Row(NamedTuple):
    """One case in one mode: seconds of a call by contender, one per round."""

    case: Case
    mode: str
    seconds: Mapping[str, Sequence[float]]

    def ratios(self) -> dict[str, float]:
        """Returns each peer's time over ours, and that of the fastest JAX peer."""
        ours = self.seconds[OURS]
        peers = {n: ratio(s, ours) for n, s in self.seconds.items() if n != OURS}
        in_jax = [peers[name] for name in JAX_PEERS if name in peers]
        return peers | ({BEST: min(in_jax)} if in_jax else {})


def markdown(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Returns a Markdown table; all columns but the first are to the right.

    Raises:
      ValueError: for a row of another width than the header.
    """
    lines = [list(header), ["---", *["---:"] * (len(header) - 1)]]
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"the table has {len(header)} columns, a row {len(row)}")
        lines.append([str(cell).replace("|", "\\|") for cell in row])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def race(rows: Sequence[Row], contenders: Sequence[str], peak: Mapping) -> str:
    """Returns a table per cell and dtype, a row per case and mode.

    Args:
      rows: in order.
      contenders: the columns.
      peak: operations per second of matrix products, by dtype.
    """
    peers = [name for name in contenders if name != OURS]
    header = ["T, B, I, H", "variant", "mode", f"{OURS} ms", "of peak", *peers]
    tables = []
    for title in dict.fromkeys(_title(row) for row in rows):
        body = []
        for row in rows:
            if _title(row) != title:
                continue
            case, ratios = row.case, row.ratios()
            ours = summarise(row.seconds[OURS])
            share = case.flops(row.mode) / ours.median / peak[case.dtype]
            shape = f"{case.length}, {case.batch_size}, {case.in_dim}, {case.dim}"
            theirs = [
                f"{_ms(row.seconds[name])} **{ratios[name]:.2f}x**"
                if name in row.seconds
                else "-"
                for name in peers
            ]
            ms = _ms(row.seconds[OURS])
            body.append([shape, case.variant, row.mode, ms, f"{share:.0%}", *theirs])
        tables.append(f"### {title}\n\n{markdown(header, body)}")
    return "\n\n".join(tables)


def summary(rows: Sequence[Row], contenders: Sequence[str]) -> str:
    """Returns the geometric mean and the least ratio, per cell, variant and mode."""
    columns = [BEST, *(name for name in contenders if name != OURS)]
    groups: dict[tuple[str, str, str], list[dict[str, float]]] = {}
    for row in rows:
        key = _title(row), row.case.variant, row.mode
        groups.setdefault(key, []).append(row.ratios())
    body = []
    titles = list(dict.fromkeys(title for title, *_ in groups))
    for key in sorted(groups, key=lambda key: (titles.index(key[0]), *key[1:])):
        cells = []
        for name in columns:
            found = [ratios[name] for ratios in groups[key] if name in ratios]
            mean = f"**{geometric_mean(found):.2f}x**" if found else "-"
            cells.append(f"{mean} ({min(found):.2f})" if found else mean)
        body.append([*key, *cells])
    return markdown(["cell", "variant", "mode", *columns], body)


def padding(rows: Sequence[Row]) -> str:
    """Returns our time for ragged batches over that for dense ones, per cell."""
    found: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        if DENSE in row.seconds:
            cost = 1.0 / ratio(row.seconds[DENSE], row.seconds[OURS])
            found.setdefault((_title(row), row.mode), []).append(cost)
    body = [
        [*key, f"{geometric_mean(costs):.2f}", f"{max(costs):.2f}"]
        for key, costs in found.items()
    ]
    return markdown(["cell", "mode", "geometric mean", "most"], body) if body else ""


def _title(row: Row) -> str:
    return f"{row.case.title}, {row.case.dtype}"


def _ms(seconds: Sequence[float]) -> str:
    """Returns median and quartiles in milliseconds."""
    parts = [f"{1e3 * s:.3g}" for s in summarise(seconds)]
    return f"{parts[0]} ({parts[1]}-{parts[2]})"
