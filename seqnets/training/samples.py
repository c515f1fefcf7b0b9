"""The folder `samples` of a run: what an experiment's `report` writes."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import jax

from seqnets.training import devices, reporting
from seqnets.training.checkpoint import Checkpoints
from seqnets.training.task import Experiment

SAMPLES = "samples"


def write(
    experiment: Experiment, found: Any, workdir: str | Path, *, again: bool = False
) -> Path:
    """Writes the samples of a run, if its experiment has a `report`.

    Every process takes part in what `report` computes; the first one writes. A folder
    that bears the name is whole.

    Args:
      experiment: of the run.
      found: its parameters, or what a study found.
      workdir: the run folder.
      again: replaces samples that are there.

    Returns:
      Their folder.
    """
    workdir = Path(workdir)
    samples, unfinished = workdir / SAMPLES, workdir / f"{SAMPLES}.unfinished"
    if experiment.report is None or (samples.exists() and not again):
        return samples
    found = jax.device_get(found)
    if not devices.is_first_process():
        with tempfile.TemporaryDirectory() as elsewhere:
            experiment.report(found, Path(elsewhere))
        return samples
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    experiment.report(found, unfinished)
    meta = Checkpoints(workdir).meta()
    step = meta["progress"]["step"] if meta else 0
    reporting.show_pictures(workdir, unfinished, step)
    shutil.rmtree(samples, ignore_errors=True)
    unfinished.replace(samples)
    return samples
