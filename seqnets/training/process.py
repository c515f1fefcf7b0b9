"""Settings of the launcher's own process, made before JAX starts."""

import ctypes
import os
import sys

KEEP_MEMORY = "SEQNETS_KEEP_MEMORY"
# Parameters of glibc's mallopt(3), and advice of Linux' madvise(2).
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX, _ARENA_MAX = -1, -2, -4, -8
_MADV_HUGEPAGE = 14
_LARGE_PAGE = 2**21
_LARGE_PAGES = 3 * 2**29  # Bytes; a heap is trimmed beyond 2 GiB, whatever is asked.


def prepare(*, say: bool = True) -> None:
    """Keeps freed memory, and joins the other processes of a run.

    The environment variable SEQNETS_KEEP_MEMORY=0 leaves memory as it is.

    Several processes, started with JAX_COORDINATOR_ADDRESS, JAX_NUM_PROCESSES and
    JAX_PROCESS_ID set, train one model on the devices of all.

    Args:
      say: whether to print what was changed.
    """
    if os.environ.get(KEEP_MEMORY) != "0" and keep_memory() and say:
        print(f"keeping freed memory ({KEEP_MEMORY}=0 leaves it to the system)")
    if "JAX_COORDINATOR_ADDRESS" in os.environ:
        import jax

        jax.distributed.initialize()


def keep_memory() -> bool:
    """Keeps what is freed, in large pages where Linux has them.

    A training step on a CPU frees and takes the same hundreds of megabytes again.
    Given back to the system in between, every page is faulted in anew: 100 MB took
    40 ms, kept 6 ms. JAX allocates on threads of its own, whose large blocks glibc
    would map afresh each time, so all threads share one heap.

    Returns:
      Whether the C library can be asked for this.
    """
    library = ctypes.CDLL(None)
    mallopt = getattr(library, "mallopt", None)
    if mallopt is None:
        return False
    mallopt(_MMAP_MAX, 0)
    mallopt(_TRIM_THRESHOLD, 2**31 - 1)
    mallopt(_TOP_PAD, 2**28)
    mallopt(_ARENA_MAX, 1)
    if sys.platform == "linux":
        _use_large_pages(library)
    return True


def _use_large_pages(library: ctypes.CDLL) -> None:
    # The heap grows once, untouched, is marked, and is kept when freed.
    malloc, free, madvise = library.malloc, library.free, library.madvise
    malloc.restype, malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    free.argtypes = [ctypes.c_void_p]
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    block = malloc(_LARGE_PAGES)
    if block:  # A process whose address space is limited does without.
        skipped = -block % _LARGE_PAGE
        madvise(block + skipped, _LARGE_PAGES - _LARGE_PAGE, _MADV_HUGEPAGE)
        free(block)
