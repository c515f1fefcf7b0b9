"""The best parameters of a run, and what they are worth on a split."""

import functools
from pathlib import Path

import jax
import numpy as np

from seqnets.training import devices
from seqnets.training.checkpoint import Checkpoints
from seqnets.training.task import Params, Task


def restore(task: Task, workdir: str | Path) -> Params:
    """Reads the best parameters of a run folder.

    Raises:
      ValueError: if there are none, or they are not of this task.
    """
    shapes = jax.eval_shape(task.init, jax.random.key(0))
    target = devices.located(shapes, devices.replicated())
    params = Checkpoints(workdir).restore_best(target)
    if params is None:
        raise ValueError(f"run folder {workdir} has no checkpoint yet")
    return params


def evaluate(
    task: Task, params: Params, split: str, *, limit: int | None = None
) -> dict[str, float]:
    """Returns the metrics of a split, and its scores if the task decodes any.

    Args:
      limit: how many examples `task.scores` decodes; None = all.

    Raises:
      ValueError: if the split has no batches.
    """
    params = jax.device_put(params, devices.replicated())
    carry, parts = None, []
    for batch in devices.prefetch(task.batches(split, 0)):
        if carry is None:
            carry = task.initial_state(params, len(jax.tree.leaves(batch)[0]))
            carry = jax.device_put(carry, devices.by_rows())
        carry, sums = _evaluate_batch(task.loss, params, carry, batch)
        parts.append(sums)
    if not parts:
        raise ValueError(f"split {split!r} has no batches")
    # Added as Python floats: float32 would lose the end of a long sum.
    parts = devices.fetch(parts)
    columns = {name: np.array([part[name] for part in parts]) for name in parts[0]}
    scores = task.finish(
        {name: tuple(c.sum(0).tolist()) for name, c in columns.items()}
    )
    if task.scores is not None:
        scores |= task.scores(params, split, limit)
    return scores


@functools.partial(jax.jit, static_argnums=0)
def _evaluate_batch(loss, params, carry, batch):
    _, (carry, sums) = loss(params, carry, batch, None)
    carry = jax.lax.with_sharding_constraint(carry, devices.by_rows())
    return carry, jax.lax.with_sharding_constraint(sums, devices.replicated())
