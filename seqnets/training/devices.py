"""Placement of arrays: parameters on every device, the rows of a batch sharded.

One code path for one device or many: a mesh over all there are, with the one axis
"data". Each process holds the rows of its own devices.
"""

import collections
import functools
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec


def mesh() -> Mesh:
    """Returns all devices of all processes in a row."""
    return Mesh(np.asarray(jax.devices()), ("data",))


def replicated() -> NamedSharding:
    """Whole on every device."""
    return NamedSharding(mesh(), PartitionSpec())


def by_rows() -> NamedSharding:
    """The leading axis cut in equal parts, one per device."""
    return NamedSharding(mesh(), PartitionSpec("data"))


class Shared(NamedTuple):
    """Marks what all rows of a batch share, such as a graph: whole on every device.

    The loss finds it as it was put in the batch, as in `batch["graph"].tree`.
    """

    tree: Any  # A pytree of arrays of any shapes.


def put(batch: dict[str, Any]) -> dict[str, Any]:
    """Puts the rows of a batch, and what they share, where they belong.

    Args:
      batch: a dict of pytrees of arrays [B, ...], and of `Shared` ones; the same in
        every process.

    Raises:
      ValueError: if the rows cannot be cut in equal parts.
    """
    rows, whole = by_rows(), replicated()
    return {
        name: jax.tree.map(
            functools.partial(_put, name, rows, whole), value, is_leaf=_is_shared
        )
        for name, value in batch.items()
    }


def _put(name: str, rows: NamedSharding, whole: NamedSharding, value: Any) -> Any:
    if _is_shared(value):
        return jax.tree.map(lambda a: _place(np.asarray(a), whole), value)
    array = np.asarray(value)
    if array.ndim == 0 or len(array) % rows.num_devices:
        raise ValueError(
            f"batch[{name!r}] of shape {array.shape} cannot be cut by rows among"
            f" {rows.num_devices} devices: take a batch size that they divide, and"
            " mark what all rows share as devices.Shared"
        )
    return _place(array, rows)


def _place(array: np.ndarray, sharding: NamedSharding) -> jax.Array:
    return jax.make_array_from_callback(array.shape, sharding, array.__getitem__)


def _is_shared(value: Any) -> bool:
    return isinstance(value, Shared)


def row_count(batch: dict[str, Any], given: int | None = None) -> int:
    """Returns the number of rows of a batch, those that are filling included.

    Args:
      batch: has "rows" [B], or else `given` counts.
      given: the batch size of the config.

    Raises:
      ValueError: if neither is there.
    """
    if "rows" in batch:
        return len(batch["rows"])
    if given is None:
        raise ValueError(
            f'a batch needs "rows", bool [B], or the config a batch_size; it has'
            f" {', '.join(map(repr, batch))}"
        )
    return given


def shapes(batch: dict[str, Any]) -> Any:
    """Returns what a batch is compiled for: its tree, shapes and dtypes; hashable."""
    leaves, tree = jax.tree.flatten(batch)
    return tree, tuple((a.shape, a.dtype) for a in leaves)


def prefetch(
    batches: Iterable[dict[str, Any]], ahead: int = 2
) -> Iterator[dict[str, Any]]:
    """Yields the batches on the devices, with `ahead` more on their way there."""
    queue = collections.deque()
    for batch in batches:
        queue.append(put(batch))
        if len(queue) > ahead:
            yield queue.popleft()
    yield from queue


def fetch(scalars: Any) -> Any:
    """Returns a tree of scalars as Python floats; waits until they are computed."""
    return jax.tree.map(float, jax.device_get(scalars))


def is_first_process() -> bool:
    """Tells whether this is the process that writes files."""
    return jax.process_index() == 0


def wait_for_all(name: str) -> None:
    """Returns when every process has come here."""
    if jax.process_count() > 1:
        multihost_utils.sync_global_devices(name)


def located(shapes: Any, sharding: NamedSharding) -> Any:
    """Returns a tree of shapes and dtypes with the place of each array."""
    return jax.tree.map(
        lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype, sharding=sharding), shapes
    )
