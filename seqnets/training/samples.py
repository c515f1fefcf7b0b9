"""The folder `samples` of a run: what an experiment's `report` writes."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from seqnets.training import devices, tensorboard
from seqnets.training.checkpoint import Checkpoints
from seqnets.training.task import Experiment

SAMPLES = "samples"


def write(
    experiment: Experiment, found: Any, workdir: str | Path, *, again: bool = False
) -> Path:
    """Writes the samples of a run, if its experiment has a `report`.

    Every process takes part in what `report` computes; what the first one writes is
    kept. A folder that bears the name is whole.

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
    done = samples.exists() and not again
    devices.wait_for_all("samples")  # Before one of them writes what others look for.
    if experiment.report is None or done:
        return samples
    if devices.is_first_process():
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        experiment.report(found, unfinished)
    else:
        with tempfile.TemporaryDirectory() as elsewhere:
            experiment.report(found, Path(elsewhere))
    meta = Checkpoints(workdir).meta()  # All processes read at the same time.
    if devices.is_first_process():
        step = meta["progress"]["step"] if meta else 0
        tensorboard.show_pictures(workdir, unfinished, step)
        shutil.rmtree(samples, ignore_errors=True)
        unfinished.replace(samples)
    devices.wait_for_all("samples")
    return samples
