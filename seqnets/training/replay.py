"""A training over again, for what its course shows."""

from collections.abc import Iterable, Mapping
from typing import Any

import jax
import numpy as np

from seqnets.training import devices, optimizer
from seqnets.training.progress import total_steps
from seqnets.training.step import program_of
from seqnets.training.task import Params, Task


def replay(
    task: Task, config: Mapping[str, Any], steps: Iterable[int]
) -> dict[int, Params]:
    """Trains from the start, and returns the parameters on the way.

    Batches and keys are functions of the position, so they are those of the run, as
    long as the rate of learning is: one that a plateau lowers is not.

    Args:
      task: what was trained.
      config: of the run.
      steps: after which steps; 0 is before the first. Those past the end are left out.

    Returns:
      By step, in ascending order, trees of host arrays.

    Raises:
      ValueError: if the schedule is "plateau".
    """
    if config["optimizer"]["schedule"] == "plateau":
        raise ValueError("a training whose rate a plateau lowers cannot be replayed")
    total = total_steps(config, task.steps_per_epoch)
    wanted = sorted({step for step in steps if step <= total})
    if not wanted:
        return {}
    batches = devices.prefetch(task.batches("train"))
    first = next(batches)
    program = program_of(task, config, first)
    state, batch, found = program.initial(), first, {}
    for step in range(wanted[-1] + 1):
        if step in wanted:
            params = optimizer.averaged(state.opt_state, state.params)
            # The next step takes the buffers for its own.
            found[step] = jax.tree.map(np.array, devices.local(params))
        if step < wanted[-1]:
            state, _ = program.step(state, batch, np.int32(step), np.float32(1))
            batch = next(batches)
    return found
