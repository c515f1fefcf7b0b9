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

ROOT = Path(__file__).resolve().parents[1]


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


def jobs() -> dict[str, Any]:
    """Returns the functions that can be called, by name."""
    from benchmarks import compiling, hardware, memory, peak, race

    return {
        "race": race.run,
        "peak": peak.measure,
        "describe": hardware.describe,
        "compiling": compiling.measure,
        "memory": memory.measure,
    }


def main(job: str, arguments: str) -> None:
    arguments = json.loads(arguments)
    if arguments.pop("keep_memory", False):
        from seqnets.training import process

        process.keep_memory()
    print(f"\n{json.dumps(jobs()[job](**arguments))}")


if __name__ == "__main__":
    main(*sys.argv[1:])
