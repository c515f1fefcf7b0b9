"""The error message for `jax.jvp` through a custom gradient."""

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def advice(option: str) -> Iterator[None]:
    """Says what to do in place of JAX's error about a `custom_vjp` function.

    JAX raises it inside a `jax.jit` only when that is compiled, where nothing of ours
    runs; there its own message stays.

    Args:
      option: what the caller passes to have the gradient computed by JAX.

    Raises:
      ValueError: for a forward derivative of what is computed inside.
    """
    try:
        yield
    except TypeError as error:
        if "forward-mode" not in str(error):
            raise
        raise ValueError(
            "jax.jvp and jax.jacfwd cannot go through a custom gradient (custom_vjp):"
            f" pass {option}"
        ) from error
