"""What a launcher does to its own process before JAX starts; no library code does."""

import ctypes
import os

# Parameters of glibc's mallopt(3).
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4


def prepare() -> None:
    """Keeps freed memory, and joins the other processes of a run.

    A training step on a CPU frees and takes the same hundreds of megabytes again;
    given back to the system in between, every page of them is faulted in anew, which
    took a quarter to a third of a step of small language models. The environment
    variable SEQNETS_KEEP_MEMORY=0 leaves the allocator as it is.

    Several processes, started with JAX_COORDINATOR_ADDRESS, JAX_NUM_PROCESSES and
    JAX_PROCESS_ID set, train one model on the devices of all.
    """
    if os.environ.get("SEQNETS_KEEP_MEMORY") != "0":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc has it.
        if mallopt is not None:
            mallopt(_MMAP_MAX, 0)
            mallopt(_TRIM_THRESHOLD, 2**31 - 1)
            mallopt(_TOP_PAD, 2**28)
    if "JAX_COORDINATOR_ADDRESS" in os.environ:
        import jax

        jax.distributed.initialize()
