"""What many tests start from."""

import os
from pathlib import Path

import jax
import pytest

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


@pytest.fixture
def key():
    return jax.random.key(0)


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
