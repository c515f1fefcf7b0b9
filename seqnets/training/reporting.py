"""Metrics of a run as it goes: metrics.jsonl, TensorBoard and the terminal."""

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tqdm

from seqnets.training.tensorboard import Events

METRICS = "metrics.jsonl"


class Metrics:
    """Records, as lines of JSON and as TensorBoard's event files.

    A record has "step", "split" and numbers. Those of wall-clock end in `_s`; all
    others are functions of the seed. The event files are a copy of the lines, made
    anew whenever a run is taken up.
    """

    def __init__(self, workdir: Path | None, offset: int = 0):
        """Opens the files of a run folder.

        Args:
          workdir: the folder; None writes nothing.
          offset: how many bytes of the lines to keep.
        """
        path = Path(os.devnull) if workdir is None else workdir / METRICS
        self._file = open(path, "ab")  # noqa: SIM115  Closed by `close`.
        if workdir is not None:
            self.truncate(offset)
        self._events = Events(workdir, [] if workdir is None else read(workdir))

    def write(self, record: dict[str, Any]) -> None:
        """Appends a record."""
        self._file.write(json.dumps(record).encode() + b"\n")
        self._file.flush()
        self._events.add(record)

    def flush(self) -> int:
        """Flushes the lines to the disk, and returns their length in bytes."""
        self._file.flush()
        with contextlib.suppress(OSError):  # A device has nothing to sync.
            os.fsync(self._file.fileno())
        return self._file.tell()

    def truncate(self, offset: int) -> None:
        """Cuts the lines after `offset` bytes."""
        size = self._file.seek(0, os.SEEK_END)
        self._file.truncate(min(offset, size))
        self._file.seek(0, os.SEEK_END)

    def close(self) -> None:
        """Writes what is still on its way."""
        self._file.close()
        self._events.close()


def read(workdir: str | Path) -> list[dict[str, Any]]:
    """Returns the records of a run folder; a line that has no end yet is none.

    Raises:
      ValueError: for a line that is no record, with file and number, and where there is
        no file.
    """
    path = Path(workdir) / METRICS
    if not path.exists():
        raise ValueError(f"{path} is missing: put it back, or train in another folder")
    records, lines = [], path.read_bytes().split(b"\n")[:-1]
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if not (isinstance(record, dict) and {"step", "split"} <= record.keys()):
            raise ValueError(f"{path}, line {number}: not a record")
        records.append(record)
    return records


class Clock:
    """Seconds of the whole run, interruptions left out.

    Attributes:
      training_s: what training took since the last lap.
    """

    def __init__(self, elapsed_s: float = 0.0, training_s: float = 0.0):
        self._start = time.monotonic() - elapsed_s
        self._mark = time.monotonic() - training_s

    def position(self) -> dict[str, float]:
        """Returns the arguments that make a clock go on from here."""
        return {"elapsed_s": self.elapsed_s, "training_s": self.training_s}

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self._start

    @property
    def training_s(self) -> float:
        return time.monotonic() - self._mark

    def lap(self) -> float:
        """Returns what training took since the last lap, and begins the next."""
        lap = self.training_s
        self._mark = time.monotonic()
        return lap

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Does not count what is inside as training."""
        training_s = self.training_s
        yield
        self._mark = time.monotonic() - training_s


class Display:
    """A progress bar; where it cannot be drawn, a line at each evaluation."""

    def __init__(
        self,
        step: int,
        total: int,
        metric: str,
        rate: str,
        *,
        visible: bool = True,
    ):
        """Begins to display.

        Args:
          step: steps already taken.
          total: steps of the whole run.
          metric: which field of a record is shown.
          rate: which field is the speed.
          visible: False displays nothing.
        """
        self._step, self._first, self._total = step, step, total
        self._metric, self._rate, self._visible = metric, rate, visible
        self._start = time.monotonic()
        self._latest: dict[str, dict[str, Any]] = {}
        self._bar = tqdm.tqdm(
            total=total,
            initial=step,
            disable=not (visible and sys.stderr.isatty()),
            dynamic_ncols=True,
            bar_format="{percentage:3.0f}% {bar} {n}/{total} {remaining} left{postfix}",
        )

    def advance(self) -> None:
        """A step was taken."""
        self._step += 1
        self._bar.update()

    def show(self, record: dict[str, Any]) -> None:
        """Shows a record."""
        self._latest[record["split"]] = record
        if not self._bar.disable:
            self._bar.set_postfix_str(self._text(), refresh=False)
        elif self._visible and record["split"] != "train":
            done = max(self._step - self._first, 1)
            left = (time.monotonic() - self._start) / done * (self._total - self._step)
            left = tqdm.tqdm.format_interval(left)
            line = f"step {self._step}/{self._total}, {self._text()}, {left} left"
            print(line, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Leaves the bar as it is."""
        self._bar.close()

    def _text(self) -> str:
        parts = []
        for split in sorted(self._latest, key=lambda split: split != "train"):
            record = self._latest[split]
            if self._metric in record:
                name = self._metric.replace("_per_", "/")
                parts.append(f"{split} {name} {record[self._metric]:.4g}")
        if self._rate in self._latest.get("train", {}):
            unit = self._rate.removesuffix("_per_s")
            parts.append(f"{self._latest['train'][self._rate]:,.0f} {unit}/s")
        return ", ".join(parts)
