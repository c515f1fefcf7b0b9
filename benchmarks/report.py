"""What is measured in which order, and the page that is made of it."""

import argparse
import dataclasses
import sys
from typing import Any

from benchmarks import memory, tables
from benchmarks.cases import BIDIRECTIONAL, Case, select
from benchmarks.contenders import OURS
from benchmarks.worker import Kept, WorkerError, call

MEMORY_LENGTHS = (1000, 10_000)
QUICK_LENGTHS = (10, 20)
PEAK, QUICK_PEAK = {"dim": 2048}, {"dim": 64, "rounds": 2}


@dataclasses.dataclass
class Report:
    """Measurements as they come in; each runs in a process of its own."""

    contenders: list[str]
    command: str
    date: str
    kept: Kept
    machine: dict[str, str] = dataclasses.field(default_factory=dict)
    peak: dict[str, float] = dataclasses.field(default_factory=dict)
    rows: list[tables.Row] = dataclasses.field(default_factory=list)
    out: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    distances: dict[str, float] = dataclasses.field(default_factory=dict)
    startup: dict[str, float] = dataclasses.field(default_factory=dict)
    compiling: list[list[Any]] = dataclasses.field(default_factory=list)
    memory: list[list[Any]] = dataclasses.field(default_factory=list)
    failures: list[str] = dataclasses.field(default_factory=list)

    def measure(self, args: argparse.Namespace) -> None:
        """Measures the sections asked for; a failure is noted, and the rest goes on."""
        self.machine = call("describe")
        if args.keep_memory:
            self.machine["settings"] += ", --keep-memory"
        self.peak = self.kept.call("peak", **(QUICK_PEAK if args.quick else PEAK))
        for section in args.sections:
            getattr(self, f"measure_{section}")(args)

    def measure_race(self, args: argparse.Namespace) -> None:
        selected = select(args.cells, args.shapes, args.variants, args.dtypes)
        selected = [case for case in selected if case.form in ("", *args.forms)]
        for number, case in enumerate(selected, 1):
            shape = (case.length, case.batch_size, case.in_dim, case.dim)
            what = f"{case.title}, {case.dtype}, {case.variant}, {shape}"
            _say(f"{number}/{len(selected)} {what}")
            result = self._try(
                what,
                "race",
                case=dataclasses.asdict(case),
                contenders=self.contenders,
                modes=args.only,
                rounds=args.rounds,
                keep_memory=args.keep_memory,
            )
            if result is None:
                continue
            for mode, seconds in result["seconds"].items():
                self.rows.append(tables.Row(case, mode, seconds))
            for name, reason in result["failed"].items():
                self.failures.append(f"{name}, {what}: {reason}")
            for name, reason in result["out"].items():
                if reason not in self.out.setdefault(name, []):
                    self.out[name].append(reason)
            for name, distance in result["distances"].items():
                key = f"{name}, {case.dtype}"
                self.distances[key] = max(distance, self.distances.get(key, 0.0))

    def measure_startup(self, args: argparse.Namespace) -> None:
        _say("start of char_lm")
        runs = 1 if args.quick else 3
        self.startup = self._try("start of char_lm", "startup", runs=runs) or {}

    def measure_compiling(self, args: argparse.Namespace) -> None:
        shape = args.shapes[0] if args.quick else BIDIRECTIONAL
        for case in select(args.cells, [shape], ["dense"], ["float32"]):
            what = f"compiling {case.title}"
            _say(what)
            fields = dataclasses.asdict(case)
            seconds = self._try(
                what, "compiling", case=fields, contenders=self.contenders
            )
            for name, parts in (seconds or {}).items():
                self.compiling.append([case.title, name, *(f"{s:.2f}" for s in parts)])

    def measure_memory(self, args: argparse.Namespace) -> None:
        for length in QUICK_LENGTHS if args.quick else MEMORY_LENGTHS:
            case = Case("LSTM", "", length, 16, 128, 128)
            for name in [OURS, memory.RECOMPUTED, *self.contenders[1:]]:
                what = f"memory of {name} at T = {length}"
                _say(what)
                fields = dataclasses.asdict(case)
                used = self._try(what, "memory", case=fields, contender=name)
                if used is not None:
                    mib = [_mib(used["planned"]), _mib(used["resident"])]
                    ms = f"{1e3 * used['seconds']:.3g}"
                    self.memory.append([length, name, *mib, ms])

    def text(self) -> str:
        """Returns the page."""
        lines = [f"- {name}: {value}" for name, value in self.machine.items()]
        lines += [
            f"- matrix products, {dtype}: {rate / 1e9:.0f} GFLOP/s"
            for dtype, rate in self.peak.items()
        ]
        parts = [
            "# Results",
            f"Written by `{self.command}` on {self.date}; see README.md.",
            "\n".join(lines),
        ]
        if self.rows:
            parts += [
                f"## Ratios to {OURS}",
                "Geometric mean over the rows, and the least: above 1, we are faster.",
                tables.summary(self.rows, self.contenders),
            ]
        ragged = tables.padding(self.rows)
        if ragged:
            parts += ["## Our ragged batches, relative to dense ones", ragged]
        if self.rows:
            parts += ["## Rows", tables.race(self.rows, self.contenders, self.peak)]
        if self.startup:
            body = [[name, f"{s:.1f}"] for name, s in self.startup.items()]
            header = ["compiled programs", "seconds"]
            parts += [
                "## First training step of char_lm",
                tables.markdown(header, body),
            ]
        if self.compiling:
            header = ["cell", "contender", "tracing s", "compiling s"]
            parts += ["## Compilation", tables.markdown(header, self.compiling)]
        if self.memory:
            header = ["T", "contender", "planned MiB", "resident MiB", "ms"]
            title = "## Memory of a training step, LSTM, B 16, I 128, H 128"
            parts += [title, tables.markdown(header, self.memory)]
        if self.distances:
            body = [[name, f"{d:.1e}"] for name, d in sorted(self.distances.items())]
            header = ["contender", "largest ‖a - b‖ / ‖b‖"]
            parts += [f"## Agreement with {OURS}", tables.markdown(header, body)]
        if self.out:
            lines = [f"- {name}: {'; '.join(out)}" for name, out in self.out.items()]
            parts += ["## Not raced", "\n".join(lines)]
        if self.failures:
            parts += ["## Failed", "\n".join(f"- {what}" for what in self.failures)]
        return "\n\n".join(parts)

    def _try(self, what: str, job: str, **arguments: Any) -> Any:
        try:
            return self.kept.call(job, **arguments)
        except WorkerError as error:
            self.failures.append(f"{what}: {error}")
            return None


def _mib(used: float | None) -> str:
    return "-" if used is None else f"{used / 2**20:.1f}"


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
