"""Settings of the launcher's own process, and its place among several of one run."""

import ctypes
import os
import re
import sys
import time
import traceback

KEEP_MEMORY = "SEQNETS_KEEP_MEMORY"
# What makes a process one of several, by the argument of `jax.distributed.initialize`.
SEVERAL = {
    "coordinator_address": "JAX_COORDINATOR_ADDRESS",
    "num_processes": "JAX_NUM_PROCESSES",
    "process_id": "JAX_PROCESS_ID",
}
# What errors say, of whatever class, that come from another process.
_OF_ANOTHER = re.compile("gloo|nccl|coordination|^(unavailable|deadline|aborted)", re.I)
# Parameters of glibc's mallopt(3), and advice of Linux' madvise(2).
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX, _ARENA_MAX = -1, -2, -4, -8
_MADV_HUGEPAGE = 14
_LARGE_PAGE = 2**21
_LARGE_PAGES = 3 * 2**29  # Bytes; a heap is trimmed beyond 2 GiB, whatever is asked.


def prepare(*, say: bool = True) -> None:
    """Keeps freed memory, and joins the other processes of a run.

    The environment variable SEQNETS_KEEP_MEMORY=0 leaves memory as it is.

    Args:
      say: whether to print what was changed.

    Raises:
      ValueError: as `join`.
    """
    if os.environ.get(KEEP_MEMORY) != "0" and keep_memory() and say:
        print(f"keeping freed memory ({KEEP_MEMORY}=0 leaves it to the system)")
    join()


def join() -> None:
    """Joins the other processes of a run, if the environment says that there are any.

    Several processes compute one thing on the devices of all. Each is started with the
    same command, sees the same files, and has three environment variables:
    JAX_COORDINATOR_ADDRESS, HOST:PORT of the first one; JAX_NUM_PROCESSES; and
    JAX_PROCESS_ID, from 0. Under Slurm or Open MPI, JAX finds what is not given.

    Only the first one prints to standard output from here on. Where one dies, the
    others end by themselves: at the next step that they take together, or when JAX
    misses its heartbeat, after 100 s. The death of the first one, which JAX's service
    is part of, JAX reports in its own words.

    Raises:
      ValueError: if variables are missing, or contradict each other or the others'.
    """
    import jax

    given = {name: os.environ.get(variable) for name, variable in SEVERAL.items()}
    if not any(given.values()) or jax.distributed.is_initialized():
        return
    asked = {name: _number(name, text) for name, text in given.items() if text}
    host, _, port = asked.get("coordinator_address", "host:0").rpartition(":")
    if not (host and port.isdecimal()):
        raise ValueError(
            f"{SEVERAL['coordinator_address']} is HOST:PORT, not"
            f" {asked['coordinator_address']!r}"
        )
    count, place = asked.get("num_processes", 2**31), asked.get("process_id", 0)
    if not 0 <= place < count:
        raise ValueError(
            f"{SEVERAL['process_id']} is at least 0 and below"
            f" {SEVERAL['num_processes']}, not {place} of {count}"
        )
    missing = [SEVERAL[name] for name, text in given.items() if not text]
    for variable in missing:
        os.environ.pop(variable, None)  # JAX would take an empty text for a value.
    # It would take SIGTERM, which is `interruption`'s to heed.
    jax.config.update("jax_enable_preemption_service", False)
    try:
        jax.distributed.initialize(**asked)
    except (ValueError, RuntimeError) as error:
        if missing:
            raise ValueError(
                f"one of several processes needs {' and '.join(missing)} as well"
            ) from error
        raise ValueError(
            f"cannot join the other processes at {asked['coordinator_address']}:"
            f" {_first_line(error)}"
        ) from error
    sys.excepthook = _print_and_leave
    _meet()
    if jax.process_index() > 0:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  As long as the process.


def _meet() -> None:
    """Waits for the others; what gloo then prints is not part of our output."""
    from jax.experimental import multihost_utils

    output = os.dup(1)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    try:
        multihost_utils.sync_global_devices("joined")
    finally:
        os.dup2(output, 1)
        os.close(output)
        os.close(null)


def _number(name: str, text: str) -> int | str:
    if name == "coordinator_address":
        return text
    if not text.isdecimal():
        raise ValueError(f"{SEVERAL[name]} is a whole number, not {text!r}")
    return int(text)


def lost(error: Exception) -> str | None:
    """Returns what to say of an error if it is that another process is gone."""
    import jax

    text = _first_line(error)
    if not (jax.distributed.is_initialized() and _OF_ANOTHER.search(text)):
        return None
    return (
        f"another process of this run has ended, or is out of reach ({text}); the same"
        " command in each process resumes it"
    )


def leave(status: int) -> int:
    """Ends this process at once where it is one of several; else returns the status.

    An orderly end would wait for the others, which may be gone, or wait for this one.
    """
    import jax

    if not jax.distributed.is_initialized():
        return status
    sys.stdout.flush()
    sys.stderr.flush()
    if jax.process_index() == 0:
        time.sleep(1.0)  # The others end with it: they may have something to say.
    os._exit(status)


def _print_and_leave(kind, error, trace) -> None:
    traceback.print_exception(kind, error, trace)
    leave(1)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:200]


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
