"""A fresh process for every measurement, so that none inherits another's memory.

    python -m benchmarks.worker JOB '{"argument": ...}'

prints the job's result as JSON on the last line.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import ROOT


class WorkerError(RuntimeError):
    """A measurement ended without a result."""


def call(job: str, **arguments: Any) -> Any:
    """Runs a job in a process of its own.

    Args:
      job: a name in `jobs`.
      arguments: what it takes; JSON.

    Raises:
      WorkerError: with the last line that the process wrote.
    """
    words = [sys.executable, "-m", "benchmarks.worker", job, json.dumps(arguments)]
    # JAX would take most of a GPU's memory, and leave torch none.
    environment = {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"} | os.environ
    run = subprocess.run(
        words, cwd=ROOT, env=environment, capture_output=True, text=True
    )
    if run.returncode:
        last = (run.stderr.strip().splitlines() or ["no message"])[-1]
        raise WorkerError(f"exit status {run.returncode}: {last}")
    return json.loads(run.stdout.strip().splitlines()[-1])


class Kept:
    """Measurements that a file keeps, so that a race can be taken up again."""

    def __init__(self, path: Path | None):
        self.path = path
        self.results: dict[str, Any] = {}
        if path is not None and path.exists():
            for number, line in enumerate(path.read_text().splitlines(), 1):
                try:
                    question, answer = json.loads(line)
                except ValueError:
                    raise ValueError(
                        f"{path}, line {number}: not a measurement; remove the line"
                    ) from None
                self.results[question] = answer

    def call(self, job: str, **arguments: Any) -> Any:
        """Does as `call`, unless the file has the result; it gets what is new."""
        question = json.dumps([job, arguments], sort_keys=True)
        if question not in self.results:
            self.results[question] = call(job, **arguments)
            if self.path is not None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                with self.path.open("a") as file:
                    file.write(json.dumps([question, self.results[question]]) + "\n")
        return self.results[question]


def jobs() -> dict[str, Any]:
    """Returns the functions that can be called, by name."""
    from benchmarks import compiling, hardware, memory, peak, race, startup

    return {
        "race": race.run,
        "peak": peak.measure,
        "describe": hardware.describe,
        "compiling": compiling.measure,
        "memory": memory.measure,
        "startup": startup.measure,
    }


def main(job: str, arguments: str) -> None:
    arguments = json.loads(arguments)
    if arguments.pop("keep_memory", False):
        from seqnets.training import process

        process.keep_memory()
    print(f"\n{json.dumps(jobs()[job](**arguments))}")


if __name__ == "__main__":
    main(*sys.argv[1:])
