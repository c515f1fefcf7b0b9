"""How much memory there is to compute in: of a machine, a container or a device."""

import functools
import os
from collections.abc import Iterator
from pathlib import Path

import jax

GROUP = Path("/proc/self/cgroup")
LIMITS = Path("/sys/fs/cgroup")


@functools.cache
def total(backend: str) -> int | None:
    """Returns the bytes that a computation can have at most, in use or not.

    What is free at the moment would differ from run to run, and so would what is chosen
    by it.

    Args:
      backend: "cpu", "gpu" or "tpu".

    Returns:
      Of "cpu" the machine's memory, or the limit of the container where that is less;
      of others what JAX may take of a device. None where the system does not tell, and
      for several processes, which must all choose alike on unlike machines.
    """
    if jax.process_count() > 1:
        return None
    if backend == "cpu":
        return host()
    stats = jax.local_devices()[0].memory_stats()
    return (stats or {}).get("bytes_limit")


def host(group: Path = GROUP, limits: Path = LIMITS) -> int | None:
    """Returns the bytes of the machine, or the least limit of its control groups.

    Args:
      group: the file that names the control groups of this process (Linux).
      limits: where their limits are.
    """
    found = [*_physical(), *_limits(group, limits)]
    return min(found, default=None)


def _physical() -> Iterator[int]:
    try:
        pages, size = (os.sysconf(n) for n in ("SC_PHYS_PAGES", "SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):  # Windows; names it does not know.
        return
    if pages > 0 and size > 0:
        yield pages * size


def _limits(group: Path, limits: Path) -> Iterator[int]:
    """Yields the limit of each group that this process is in, and of those above."""
    try:
        lines = group.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:  # Version 2.
            root, name = limits, "memory.max"
        elif "memory" in controllers.split(","):
            root, name = limits / "memory", "memory.limit_in_bytes"
        else:
            continue
        # Inside a container the path may be the one outside of it, which is not there;
        # the root is then the container's own group.
        parts = [part for part in path.split("/") if part not in ("", "..")]
        for depth in range(len(parts) + 1):
            yield from _limit(root.joinpath(*parts[:depth], name))


def _limit(path: Path) -> Iterator[int]:
    try:
        text = path.read_text().strip()
    except OSError:
        return
    if text.isdecimal():  # Without a limit it is "max", or larger than any memory.
        yield int(text)
