"""The environment of a process with several virtual devices on the cores of a CPU."""

import os

COUNT = "--xla_force_host_platform_device_count"
# XLA has a pool of as many threads as there are devices, or cores. Where one of them
# does something else, the others wait in an all-reduce until it kills the process.
THREADS = "16"


def environment(devices: int) -> dict[str, str]:
    """Returns that of this process, for another one with virtual devices."""
    pool = {"NPROC": THREADS} if devices > 1 else {}
    flags = f"{os.environ['XLA_FLAGS']} {COUNT}={devices}"
    return os.environ | pool | {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
