"""Time from the start of `train` to its first finished training step."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import ROOT
from seqnets.training.reporting import METRICS

LIMIT_S = 600.0
POLL_S = 0.02


def measure(config: str = "configs/char_lm.py", runs: int = 3) -> dict[str, float]:
    """Trains a config until its first step is recorded, again and again.

    A run before those that count fills the system's file cache; a second one
    fills JAX's persistent compilation cache, for everything that takes any time.

    Args:
      config: what to train.
      runs: how many are counted, of which the median is returned.

    Returns:
      Seconds: "cold", nothing compiled before, and "cached".
    """
    cold = {"JAX_ENABLE_COMPILATION_CACHE": "false"}
    first_step(config, cold)
    seconds = {"cold": statistics.median(first_step(config, cold) for _ in range(runs))}
    with tempfile.TemporaryDirectory() as cache:
        cached = {
            "JAX_ENABLE_COMPILATION_CACHE": "true",
            "JAX_COMPILATION_CACHE_DIR": cache,
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        }
        first_step(config, cached)
        seconds["cached"] = statistics.median(
            first_step(config, cached) for _ in range(runs)
        )
    return seconds


def first_step(config: str, settings: dict[str, str]) -> float:
    """Returns the seconds from a process's start to the record of its first step.

    Args:
      config: what to train.
      settings: environment variables.

    Raises:
      RuntimeError: if the training ends, or takes ten minutes, without a step.
    """
    with tempfile.TemporaryDirectory() as folder:
        workdir, log = Path(folder, "run"), Path(folder, "log")
        words = [sys.executable, "-m", "experiments", "train", f"--config={config}"]
        words += [f"--workdir={workdir}", "--config.log_every=1"]
        with log.open("wb") as output:
            start = time.perf_counter()
            run = subprocess.Popen(
                words,
                cwd=ROOT,
                env=os.environ | settings,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                while not _recorded(workdir):
                    elapsed = time.perf_counter() - start
                    if run.poll() is not None or elapsed > LIMIT_S:
                        lines = log.read_text(errors="replace").strip().splitlines()
                        last = lines[-1] if lines else "no message"
                        raise RuntimeError(f"no step in {elapsed:.0f} s: {last}")
                    time.sleep(POLL_S)
                return time.perf_counter() - start
            finally:
                run.kill()
                run.wait()


def _recorded(workdir: Path) -> bool:
    path = workdir / METRICS
    return path.exists() and path.stat().st_size > 0
