"""How fast the machine multiplies matrices: what a recurrent network can hope for."""

import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.cases import DTYPES
from benchmarks.contenders import CONTENDERS
from benchmarks.contenders.torch import prepare


def measure(dim: int = 2048, rounds: int = 10) -> dict[str, float]:
    """Measures the machine's best matrix product, JAX's or torch's.

    Args:
      dim: products of [dim, dim] matrices.
      rounds: the fastest of so many counts.

    Returns:
      Operations per second, by dtype.
    """
    makers = [_jax_product]
    if CONTENDERS["torch"].absent() is None:
        makers.append(_torch_product)
    return {
        dtype: max(_rate(make(dim, dtype), dim, rounds) for make in makers)
        for dtype in DTYPES
    }


def _rate(product: Callable[[], Any], dim: int, rounds: int) -> float:
    seconds = []
    for _ in range(rounds + 1):  # The first compiles.
        start = time.perf_counter()
        product()
        seconds.append(time.perf_counter() - start)
    return 2.0 * dim**3 / min(seconds[1:])


def _jax_product(dim: int, dtype: str) -> Callable[[], Any]:
    a = jax.random.normal(jax.random.key(0), (dim, dim)).astype(dtype)
    product = jax.jit(jnp.matmul)
    return lambda: product(a, a).block_until_ready()


def _torch_product(dim: int, dtype: str) -> Callable[[], Any]:
    import torch

    device = prepare()
    a = torch.randn(dim, dim).to(device, getattr(torch, dtype))

    def product() -> None:
        torch.mm(a, a)
        if device == "cuda":
            torch.cuda.synchronize()

    return product
