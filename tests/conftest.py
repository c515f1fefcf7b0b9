"""What many tests start from."""

import jax
import pytest


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
