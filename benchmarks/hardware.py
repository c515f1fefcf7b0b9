"""On what a race was run: machine, versions and settings."""

import importlib.metadata
import os
import platform
from pathlib import Path

VERSIONS = (
    "jax",
    "jaxlib",
    "flax",
    "dm-haiku",
    "equinox",
    "keras",
    "torch",
    "numpy",
)
# Variables that change how fast something runs.
SETTINGS = ("JAX_", "XLA_", "OMP_", "MKL_", "GLIBC_", "MALLOC_", "SEQNETS_", "CUDA_")
PLACES = ("SEQNETS_DATA", "JAX_COMPILATION_CACHE_DIR")  # Paths, which change nothing.
EXTENSIONS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "sve")


def cores() -> int:
    """Returns how many cores this process may use, which is what XLA takes."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def describe() -> dict[str, str]:
    """Returns what to know of machine and software, in words, by name."""
    import jax

    found = {}
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text() if cpuinfo.exists() else ""
    fields = dict(
        map(str.strip, line.split(":", 1)) for line in text.splitlines() if ":" in line
    )
    model = fields.get("model name") or platform.processor() or platform.machine()
    flags = (fields.get("flags") or fields.get("Features") or "").split()
    known = [name for name in EXTENSIONS if name in flags]
    found["CPU"] = ", ".join([model, f"{cores()} cores", *known])
    gpus = [d.device_kind for d in jax.devices() if d.platform == "gpu"]
    found["GPU"] = ", ".join(gpus) or "none"
    if hasattr(os, "getloadavg"):
        load = os.getloadavg()[0]
        found["load before the race"] = f"{load:.1f} of {cores()} cores"
    found["versions"] = ", ".join(
        [f"Python {platform.python_version()}", *filter(None, map(_version, VERSIONS))]
    )
    names = (name for name in os.environ if name not in PLACES)
    set_ = sorted(name for name in names if name.startswith(SETTINGS))
    found["settings"] = ", ".join(f"{n}={os.environ[n]}" for n in set_) or "none"
    return found


def _version(package: str) -> str | None:
    try:
        return f"{package} {importlib.metadata.version(package)}"
    except importlib.metadata.PackageNotFoundError:
        return None
