"""The best parameters of a run, their metrics on a split, and their answers."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax import Array

from seqnets.training import devices, placement, study
from seqnets.training.checkpoint import Checkpoints
from seqnets.training.task import Batch, Experiment, Params, State, Task


def restore(task: Experiment, workdir: str | Path) -> Any:
    """Reads the best parameters of a run folder, or what a study found.

    Of several processes, each has them on its own device: what follows a training is
    computed by each for itself, but for what goes through `evaluate` and `answers`.

    Raises:
      ValueError: if there are none, or they are not of this task.
    """
    if isinstance(task, study.Study):
        return study.restore(workdir)
    shapes = jax.eval_shape(task.init, jax.random.key(0))
    target = devices.located(shapes, devices.replicated())
    checkpoints = Checkpoints(workdir)
    params = checkpoints.restore_best(target)
    if params is None:
        progress = (checkpoints.meta() or {}).get("progress", {})
        if progress.get("complete") or progress.get("best") is not None:
            raise ValueError(
                f"run folder {workdir} has lost its best parameters: put back"
                f" {checkpoints.folder / 'best'}, or train in another folder"
            )
        raise ValueError(
            f"run folder {workdir} has no checkpoint yet: parameters are kept at the"
            " first evaluation"
        )
    return devices.local(params)


def evaluate(
    task: Task,
    params: Params,
    split: str,
    *,
    limit: int | None = None,
    batches: Iterable[Batch] | None = None,
) -> dict[str, float]:
    """Returns the metrics of a split, and its scores if the task has any.

    Args:
      task: what was trained.
      params: its parameters.
      split: "train" only together with `batches`: its own never end.
      limit: how many examples `task.scores` decodes; None = all.
      batches: one pass of others than the task's own; `task.scores` is left out.

    Raises:
      ValueError: if there are no batches, or one of them has no "rows".
    """
    params = devices.place(params, placement.shardings(params, task.cuts))
    add_batch = _compiled(task, "evaluate", lambda: _batch_sums(task))
    carry, parts = None, []
    given = task.batches(split, 0) if batches is None else batches
    for batch in devices.prefetch(map(devices.pad, given)):
        if carry is None:
            rows = devices.row_count(batch)
            start = _compiled(task, ("start", rows), lambda n=rows: _start(task, n))
            carry = start(params)
        carry, sums = add_batch(params, carry, batch)
        parts.append(sums)
    if not parts:
        raise ValueError(f"split {split!r} has no batches")
    # Added as Python floats: float32 would lose the end of a long sum.
    parts = devices.fetch(parts)
    columns = {name: np.array([part[name] for part in parts]) for name in parts[0]}
    found = task.finish({n: tuple(c.sum(0).tolist()) for n, c in columns.items()})
    if task.scores is not None and batches is None:
        found |= task.scores(devices.local(params), split, limit)
    return found


def answers(
    function: Callable[[Params, Batch], Any], params: Params, batches: Iterable[Batch]
) -> list[Any]:
    """Runs a function over batches, on all devices.

    It is compiled once for each shape of batch. A method of a task stays compiled as
    long as the task is there.

    Args:
      function: `(params, batch) -> pytree of arrays [B, ...]`, pure.
      params: of the task.
      batches: one pass; each has "rows", and may have "index".

    Returns:
      A pytree of host arrays for each row that is an example: in the order of "index"
      where the batches have it, and else as they come.
    """
    params = devices.replicate(params)
    owner = getattr(function, "__self__", None)
    run = _compiled(owner, function, lambda: _with_rows(function))
    found, before = [], None
    for batch in devices.prefetch(map(devices.pad, batches)):
        # The rows of a batch are taken apart while the next one is computed.
        before, last = run(params, batch), before
        found += _rows(last)
    found += _rows(before)
    if found and found[0][0] is not None:
        found.sort(key=lambda pair: pair[0])
    return [answer for _, answer in found]


def _rows(result: tuple[Any, ...] | None) -> Iterator[tuple[int | None, Any]]:
    if result is None:
        return
    found, rows, index = jax.device_get(result)
    for i in np.flatnonzero(rows):
        place = None if index is None else int(index[i])
        yield place, jax.tree.map(lambda a, i=i: a[i], found)


def _with_rows(function: Callable[[Params, Batch], Any]) -> Callable[..., Any]:
    def run(params: Params, batch: Batch) -> tuple[Any, Array, Array | None]:
        found = function(params, batch), batch["rows"], batch.get("index")
        # Whole in every process, which reads only its own parts.
        return jax.lax.with_sharding_constraint(found, devices.replicated())

    return run


def _start(task: Task, rows: int) -> Callable[[Params], State]:
    def run(params: Params) -> State:
        carry = task.initial_state(params, rows)
        return jax.lax.with_sharding_constraint(carry, devices.by_rows())

    return run


def _batch_sums(task: Task) -> Callable[..., Any]:
    def run(params: Params, carry: State, batch: Batch) -> tuple[State, Any]:
        _, (carry, sums) = task.loss(params, carry, batch, None)
        carry = jax.lax.with_sharding_constraint(carry, devices.by_rows())
        return carry, jax.lax.with_sharding_constraint(sums, devices.replicated())

    return run


def _compiled(
    owner: Any, name: Any, make: Callable[[], Callable[..., Any]]
) -> Callable[..., Any]:
    """Compiles a function once for its owner, which holds it: no cache of JAX does.

    A cache of its own would keep every owner, and its data, alive.
    """
    kept = isinstance(owner, Experiment)
    made = vars(owner).setdefault("_compiled", {}) if kept else {}
    if name not in made:
        made[name] = jax.jit(make())
    return made[name]
