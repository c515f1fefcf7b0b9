"""Where arrays are: parameters on every device, the rows of a batch shared out.

One code path for one device or many: a mesh over all there are, with the one axis
"data". Each process holds the rows of its own devices.
"""

import collections
from collections.abc import Iterable, Iterator
from typing import Any

import jax
import numpy as np
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


def put(batch: dict[str, np.ndarray]) -> dict[str, jax.Array]:
    """Puts the rows of a batch [B, ...] where they belong.

    Args:
      batch: all rows, the same in every process.

    Raises:
      ValueError: if the rows cannot be shared out equally.
    """
    sharding = by_rows()

    def place(name: str, rows: Any) -> jax.Array:
        rows = np.asarray(rows)
        if rows.ndim == 0 or len(rows) % sharding.num_devices:
            raise ValueError(
                f"batch[{name!r}] of shape {rows.shape} cannot be shared out by rows"
                f" among {sharding.num_devices} devices"
            )
        return jax.make_array_from_callback(rows.shape, sharding, rows.__getitem__)

    return {name: place(name, rows) for name, rows in batch.items()}


def prefetch(
    batches: Iterable[dict[str, np.ndarray]], ahead: int = 2
) -> Iterator[dict[str, jax.Array]]:
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


def located(shapes: Any, sharding: NamedSharding) -> Any:
    """Returns a tree of shapes and dtypes with the place of each array."""
    return jax.tree.map(
        lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype, sharding=sharding), shapes
    )
