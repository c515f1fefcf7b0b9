"""What many devices cost, and what they send each other: see README.md.

python -m benchmarks.scaling
python -m benchmarks.scaling --rounds 9 --output scaling.md
"""

import argparse
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import ROOT, hardware
from benchmarks.collectives import Collective
from benchmarks.scaling_worker import Shape
from benchmarks.tables import markdown
from benchmarks.timing import interleave, ratio, summarise
from seqnets.training.devices import MODEL_DEVICES
from seqnets.training.process import SEVERAL

COUNT = "--xla_force_host_platform_device_count"
COUNTS = (1, 2, 4, 8)
CUT = "Tables cut among the devices of a group"
MB = 1e6


class Launch(NamedTuple):
    """Virtual devices, and what is trained on them."""

    devices: int  # Of each process.
    rows: int  # Of all devices.
    processes: int = 1
    group: int = 1  # Devices that share the tables.


class Workers:
    """The processes of one launch, which wait to be asked."""

    def __init__(self, launch: Launch, shape: Shape):
        with socket.socket() as free:
            free.bind(("localhost", 0))
            address = f"localhost:{free.getsockname()[1]}"
        flags = f"{os.environ.get('XLA_FLAGS', '')} {COUNT}={launch.devices}"
        environment = os.environ | {
            "XLA_FLAGS": flags,
            "JAX_PLATFORMS": "cpu",
            MODEL_DEVICES: str(launch.group),
        }
        words = [sys.executable, "-m", "benchmarks.scaling_worker"]
        asked = shape._replace(rows=launch.rows)._asdict()
        self._processes = []
        for place in range(launch.processes):
            if launch.processes > 1:
                several = address, str(launch.processes), str(place)
                environment |= dict(zip(SEVERAL.values(), several, strict=True))
            self._processes.append(
                subprocess.Popen(
                    [*words, json.dumps(asked)],
                    cwd=ROOT,
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )

    def ask(self, word: str) -> Any:
        """Returns the answer of the first process; all do what it is asked.

        Raises:
          RuntimeError: it has ended.
        """
        for process in self._processes:
            process.stdin.write(f"{word}\n")
            process.stdin.flush()
        answer = self._processes[0].stdout.readline()
        if not answer:
            raise RuntimeError("a process that trains has ended without an answer")
        return json.loads(answer)

    def close(self) -> None:
        for process in self._processes:
            process.stdin.close()
        for process in self._processes:
            process.wait()


def launches(rows: int) -> dict[str, dict[str, Launch]]:
    """Returns what is raced, by section and name; the first of each counts as 1.

    Args:
      rows: of a batch on the most devices; the most devices divide it.
    """
    share, most = rows // COUNTS[-1], COUNTS[-1]
    return {
        "The same rows": {f"devices: {n}": Launch(n, rows) for n in COUNTS},
        "As many rows a device": {
            f"devices: {n}, rows: {n * share}": Launch(n, n * share) for n in COUNTS
        },
        "Two processes": {
            "one process of 2 devices": Launch(2, rows),
            "two processes of one": Launch(1, rows, processes=2),
        },
        CUT: {
            f"{most} devices, groups of {m}": Launch(most, rows, group=m)
            for m in COUNTS
        },
    }


def race(
    shape: Shape, section: Iterable[Launch], rounds: int
) -> tuple[dict[Launch, list[float]], dict[Launch, Any]]:
    """Returns the seconds of a step in each round, and the reports, by launch."""
    with contextlib.ExitStack() as stack:
        workers = {}
        for launch in section:
            workers[launch] = Workers(launch, shape)
            stack.callback(workers[launch].close)
            workers[launch].ask("1")  # Compiles; one launch after the other.
        seconds = interleave(
            {launch: lambda w=w: w.ask("1") for launch, w in workers.items()}, rounds
        )
        reports = {launch: w.ask("report") for launch, w in workers.items()}
    return seconds, reports


def memory(shape: Shape, rows: int) -> dict[int, Any]:
    """Returns reports of programs that are only compiled, by group."""
    found = {}
    for group in COUNTS:
        workers = Workers(Launch(COUNTS[-1], rows, group=group), shape)
        found[group] = workers.ask("report")
        workers.close()
    return found


def times(
    seconds: Mapping[Launch, list[float]], section: Mapping[str, Launch], weak: bool
) -> str:
    """Returns the table of a section; weak: beside N times the time of the first."""
    first, body = next(iter(section.values())), []
    for name, launch in section.items():
        times = launch.rows / first.rows if weak else 1.0
        ms = [f"{1e3 * s:.0f}" for s in summarise(seconds[launch])]
        cost = ratio(seconds[launch], seconds[first]) / times
        body.append([name, f"{ms[0]} ({ms[1]}-{ms[2]})", f"{cost:.2f}"])
    over = "over that of the first, a row" if weak else "over the first"
    return markdown(["", "ms a step", over], body)


def sent(reports: Mapping[Launch, Any]) -> str:
    """Returns the table of collectives, a line for each launch and kind."""
    body = []
    for launch, report in sorted(reports.items()):
        kinds: dict[tuple[str, int], list[Collective]] = {}
        for one in map(Collective._make, report["collectives"]):
            kinds.setdefault((one.kind, one.group), []).append(one)
        for (kind, group), own in sorted(kinds.items()):
            count = sum(c.count for c in own)
            size = sum(c.count * c.size for c in own) / MB
            out = sum(map(Collective.sent.fget, own)) / MB
            where = [str(launch.devices * launch.processes), str(launch.group)]
            body.append(
                [*where, str(launch.rows), f"{kind} of {group}", str(count)]
                + [f"{size:.2f}", f"{out:.2f}"]
            )
    header = ["devices", "group", "rows", "operation", "a step", "MB", "MB sent"]
    return markdown(header, body)


def held(reports: Mapping[int, Mapping[int, Any]]) -> str:
    """Returns the table of what a device needs, by vocabulary and group."""
    body = [
        [f"{vocabulary:,}", str(group)]
        + [f"{report[name] / MB:.4g}" for name in ("parameters", "planned")]
        + [f"{_sent(report) / MB:.4g}"]
        for vocabulary, groups in reports.items()
        for group, report in groups.items()
    ]
    header = ["V", "group", "MB of parameters", "MB planned beside", "MB sent a step"]
    return markdown(header, body)


def _sent(report: Any) -> float:
    return sum(Collective(*c).sent for c in report["collectives"])


def agreement(reports: Iterable[Any]) -> float:
    """Returns the largest distance of the losses of equal rows, of the first's."""
    first, *others = (report["losses"] for report in reports)
    pairs = ((a, b) for own in others for a, b in zip(own, first, strict=True))
    return max(abs(a - b) / abs(b) for a, b in pairs)


def report(shape: Shape, rows: int, rounds: int) -> Iterator[str]:
    """Yields the page, part by part, as it is measured."""
    lines = [f"- {name}: {value}" for name, value in hardware.describe().items()]
    lines += [f"- T = {shape.length}, H = {shape.dim}, V = {shape.vocabulary:,}"]
    yield "# Many devices"
    yield "\n".join(lines)
    reports: dict[Launch, Any] = {}
    for title, section in launches(rows).items():
        seconds, own = race(shape, section.values(), rounds)
        reports |= own
        yield f"## {title}"
        yield times(seconds, section, "As many" in title)
    alike = {launch: own for launch, own in reports.items() if launch.rows == rows}
    yield f"Losses of {rows} rows, relative distance: {agreement(alike.values()):.1e}."
    yield "## Sent"
    yield sent(alike)
    small = {x.group: reports[x] for x in launches(rows)[CUT].values()}
    large = shape._replace(vocabulary=20 * shape.vocabulary)
    yield "## Memory"
    yield held({shape.vocabulary: small, large.vocabulary: memory(large, rows)})


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each")
    parser.add_argument("--rows", type=int, default=32, help="of a batch, B")
    parser.add_argument("--dim", type=int, default=Shape().dim, help="width, H")
    parser.add_argument("--quick", action="store_true", help="does it work?")
    parser.add_argument("--output", type=Path, help="file for the page")
    args = parser.parse_args(words)
    if min(args.rounds, args.dim) < 1 or args.rows < 1 or args.rows % COUNTS[-1]:
        parser.error(f"rows are a multiple of {COUNTS[-1]}, all numbers positive")
    shape = Shape(dim=args.dim)
    if args.quick:
        shape = Shape(length=5, dim=8, vocabulary=64)
    parts = []
    with tempfile.TemporaryDirectory() as cache:
        # What a launch compiles, others take.
        os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", cache)
        for part in report(shape, args.rows, args.rounds):
            print(part, end="\n\n", flush=True)
            parts.append(part)
    if args.output is not None:
        args.output.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
