"""What many tests start from."""

import gc
import os
import signal
from pathlib import Path

import jaxlib.version

# XLA compiles small programs for CPUs in two thirds of the time in one piece, and
# without its newer code generator of fusions, where it still has the older one.
QUICK = "--xla_cpu_parallel_codegen_split_count=1"
if jaxlib.version.__version_info__ < (0, 11):
    QUICK += " --xla_cpu_use_fusion_emitters=false"
os.environ["XLA_FLAGS"] = f"{QUICK} {os.environ.get('XLA_FLAGS', '')}"

import jax  # noqa: E402  XLA reads the flags when it is loaded.
import pytest  # noqa: E402

# What one test has compiled, others take: in this process, in those that tests start
# (which inherit the environment), and when the tests are run again.
CACHE = {
    "JAX_COMPILATION_CACHE_DIR": str(
        Path(__file__).parent.parent / ".pytest_cache/jax"
    ),
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.1",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}
for name, value in CACHE.items():
    os.environ.setdefault(name, value)
jax.config.update("jax_compilation_cache_dir", os.environ["JAX_COMPILATION_CACHE_DIR"])
# Equal on every device: by default, a GPU multiplies float32 with fewer bits.
jax.config.update("jax_default_matmul_precision", "highest")
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)
jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def pytest_collection_finish():
    """Spares the garbage collector what lasts: it is a tenth of the time otherwise."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture
def key():
    return jax.random.key(0)


@pytest.fixture
def signals():
    """SIGINT and SIGTERM as a terminal leaves them, whatever started the tests."""
    handlers = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGTERM: signal.SIG_DFL,
    }
    before = {n: signal.signal(n, handler) for n, handler in handlers.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def x64():
    """Lets one test compute in float64; every other test stays in float32."""
    with jax.enable_x64(True):
        yield


@pytest.fixture(scope="module")
def quickly():
    """Compiles without most optimisations: for laws that take many compilations."""
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)
