"""Placement of arrays: parameters on every device, the rows of a batch sharded.

One code path for one device or many: a mesh over all there are, whose axis "data"
counts groups of devices, and whose axis "model" the devices of a group: one, unless
wide tables are to be cut, which `placement` does. Rows are cut among all. Each process
holds the rows of its own devices. Several processes take the same steps: what is on the
devices of all, they compute together, and what is on the devices of one, each for
itself.
"""

import collections
import functools
import hashlib
import os
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

MODEL_DEVICES = "SEQNETS_MODEL_DEVICES"


def mesh() -> Mesh:
    """Returns all devices of all processes, [groups, devices of a group].

    The environment variable SEQNETS_MODEL_DEVICES says how many devices are a group; it
    is of the launch, not of the run, which may go on with another number.

    Raises:
      ValueError: if there are no such groups.
    """
    size, found = group_size(), np.asarray(jax.devices())
    if len(found) % size:
        raise ValueError(
            f"{len(found)} devices are no groups of {MODEL_DEVICES}={size}: give a"
            " number that divides them"
        )
    return Mesh(found.reshape(-1, size), ("data", "model"))


def group_size() -> int:
    """Returns how many devices share the tables that are cut; see `mesh`."""
    text = os.environ.get(MODEL_DEVICES) or "1"
    if not (text.isdecimal() and int(text) > 0):
        raise ValueError(f"{MODEL_DEVICES} is a whole number above 0, not {text!r}")
    return int(text)


def replicated() -> NamedSharding:
    """Whole on every device."""
    return NamedSharding(mesh(), PartitionSpec())


def by_rows() -> NamedSharding:
    """The leading axis cut in equal parts, one per device."""
    return NamedSharding(mesh(), PartitionSpec(("data", "model")))


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


def pad(batch: dict[str, Any]) -> dict[str, Any]:
    """Adds rows of zeros, so that the rows can be cut in equal parts.

    Args:
      batch: as for `put`, with "rows" [B], bool, where the added rows are False.

    Raises:
      ValueError: if the batch has no "rows".
    """
    count = by_rows().num_devices
    if row_count(batch) % count == 0:
        return batch

    def fill(value: Any) -> Any:
        if _is_shared(value) or np.ndim(value) == 0:
            return value
        more = -len(value) % count
        return np.pad(value, [(0, more), *[(0, 0)] * (np.ndim(value) - 1)])

    return jax.tree.map(fill, batch, is_leaf=_is_shared)


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


def replicate(tree: Any) -> Any:
    """Puts arrays, the same in every process, whole on every device of all."""
    whole = replicated()
    return place(tree, jax.tree.map(lambda _: whole, tree))


def place(tree: Any, shardings: Any) -> Any:
    """Puts arrays, the same in every process, where they belong.

    Args:
      tree: of arrays; what the devices of several processes hold stays as it is.
      shardings: a tree of the same structure.
    """
    if replicated().is_fully_addressable:
        return jax.device_put(tree, shardings)
    return jax.tree.map(
        lambda a, sharding: (
            a
            if isinstance(a, jax.Array) and not a.is_fully_addressable
            else _place(np.asarray(a), sharding)
        ),
        tree,
        shardings,
    )


def local(tree: Any) -> Any:
    """Takes arrays from one of this process's own devices, whole.

    A process can compute with them alone. What is cut among devices is put together,
    which all processes do at a time.
    """

    def take(a: Any) -> Any:
        if not isinstance(a, jax.Array) or a.sharding.num_devices == 1:
            return a
        return (a if a.is_fully_replicated else _whole()(a)).addressable_data(0)

    return jax.tree.map(take, tree)


@functools.cache
def _whole() -> Any:
    return jax.jit(lambda a: a, out_shardings=replicated())


def is_first_process() -> bool:
    """Tells whether this is the process that writes files, and prints."""
    return jax.process_index() == 0


def largest(value: int) -> jax.Array:
    """Returns the largest of the values that the processes give, an int32 scalar.

    It is on its way when this returns, as the result of a step is.
    """
    values = jax.make_array_from_callback(
        (jax.device_count(),), by_rows(), lambda _: np.full(1, value, np.int32)
    )
    return _maximum()(values)


@functools.cache
def _maximum() -> Any:
    return jax.jit(jnp.max, out_shardings=replicated())


def text_of_first(text: str | None) -> str | None:
    """Returns in every process the text that the first one has; None for None."""
    if jax.process_count() == 1:
        return text
    told = b"" if text is None else b"=" + text.encode("utf-8", "surrogatepass")
    length = int(multihost_utils.broadcast_one_to_all(np.int32(len(told))))
    # Few sizes, since each is compiled.
    buffer = np.zeros(1 << max(length - 1, 255).bit_length(), np.uint8)
    if is_first_process():
        buffer[:length] = np.frombuffer(told, np.uint8)
    found = multihost_utils.broadcast_one_to_all(buffer)[:length].tobytes()
    return found[1:].decode("utf-8", "surrogatepass") if found else None


def lines_of_first(lines: Iterable[str]) -> Iterator[str]:
    """Yields in every process the lines of the first one; others read none."""
    lines = iter(lines) if is_first_process() else iter(())
    while (line := text_of_first(next(lines, None))) is not None:
        yield line


def is_same(text: str) -> bool:
    """Tells every process whether all of them have the same text."""
    if jax.process_count() == 1:
        return True
    digest = np.frombuffer(hashlib.sha256(text.encode()).digest(), np.uint8)
    found = np.reshape(multihost_utils.process_allgather(digest), (-1, len(digest)))
    return bool((found == digest).all())


def wait_for_all(name: str) -> None:
    """Returns when every process has come here."""
    if jax.process_count() > 1:
        multihost_utils.sync_global_devices(name)


def located(shapes: Any, shardings: Any) -> Any:
    """Returns a tree of shapes and dtypes with the place of each array.

    Args:
      shapes: of anything that has a shape and a dtype.
      shardings: a tree of the same structure, or one for all.
    """
    if isinstance(shardings, NamedSharding):
        one = shardings
        shardings = jax.tree.map(lambda _: one, shapes)
    return jax.tree.map(
        lambda a, place: jax.ShapeDtypeStruct(a.shape, a.dtype, sharding=place),
        shapes,
        shardings,
    )
