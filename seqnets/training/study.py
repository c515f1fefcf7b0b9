"""Studies: results that are computed rather than trained, in the same run folders."""

import contextlib
import os
import time
import zipfile
import zlib
from pathlib import Path

import numpy as np
from ml_collections import ConfigDict

from seqnets.training import devices, placement, reporting, run_folder
from seqnets.training.task import Experiment

FOUND = "found.npz"

Found = dict[str, np.ndarray]


class Study(Experiment):
    """A computation with a result: a capacity, an alignment, a figure of gradients.

    A subclass gives `compute`; `report` and the other abilities get what it found in
    the place of parameters.
    """

    def compute(self) -> tuple[Found, dict[str, dict[str, float]]]:
        """Returns {name: array}, and {split: {metric: value}}.

        Raises:
          ValueError: for what cannot be computed.
        """
        raise NotImplementedError


def run(study: Study, config: ConfigDict, workdir: str | Path) -> bool:
    """Computes a study, unless its run folder has the result already.

    Args:
      study: what to compute.
      config: is written to `config.json`.
      workdir: the run folder, which has been checked and locked. It receives
        `metrics.jsonl` and `found.npz` as well.

    Returns:
      Whether it was computed now.

    Raises:
      ValueError: if `compute` refuses, or groups of devices are asked for.
    """
    workdir = Path(workdir)
    done = (workdir / FOUND).exists()
    devices.wait_for_all("study")  # Before one of them writes what others look for.
    if not done:
        placement.require_cuts({})
        start = time.monotonic()
        found, metrics = study.compute()
        if devices.is_first_process():
            # A config that cannot be computed has been refused, leaving no folder.
            run_folder.claim(workdir, config, study.goal)
            if study.assets is not None:
                study.assets.save(workdir)
            _write(workdir, found, metrics, time.monotonic() - start)
        devices.wait_for_all(FOUND)
    return not done


def restore(workdir: str | Path) -> Found:
    """Reads what a study found.

    Raises:
      ValueError: if the run folder has nothing yet, or the file is damaged.
    """
    path = Path(workdir) / FOUND
    if not path.exists():
        raise ValueError(f"run folder {workdir} has no {FOUND} yet")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path} is damaged: {error}") from error


def _write(
    workdir: Path,
    found: Found,
    metrics: dict[str, dict[str, float]],
    elapsed_s: float,
) -> None:
    """Writes the metrics and then the arrays, whose name says that both are whole."""
    with contextlib.closing(reporting.Metrics(workdir)) as lines:
        for split, values in metrics.items():
            numbers = {name: float(value) for name, value in values.items()}
            elapsed = {"elapsed_s": round(elapsed_s, 3)}
            lines.write({"step": 0, "split": split} | numbers | elapsed)
    unfinished = workdir / f"{FOUND}.unfinished"
    with open(unfinished, "wb") as file:
        np.savez(file, **{name: np.asarray(array) for name, array in found.items()})
        os.fsync(file.fileno())
    unfinished.replace(workdir / FOUND)
