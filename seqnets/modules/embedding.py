"""Embedding: a vector for each symbol, trained or one-hot."""

from typing import Any

import jax
from flax import linen as nn
from jax import Array
from jax import numpy as jnp

from seqnets.checks import require_choice
from seqnets.linear import look_up, supported


def uniform(key: Array, shape: tuple[int, int]) -> Array:
    """Draws U(-√(3/E), √(3/E)), whose variance is 1/E, float32 [rows, E]."""
    bound = (3.0 / shape[1]) ** 0.5
    return jax.random.uniform(key, shape, minval=-bound, maxval=bound)


INITIAL = {
    "normal": nn.initializers.normal(0.1),
    "standard": nn.initializers.normal(1.0),
    "uniform": uniform,
}


class Embedding(nn.Module):
    """Looks up the vectors of symbols, E[x_t]; without a width they are one-hot.

    Attributes:
      rows: number of symbols.
      dim: width E of a vector; None gives one-hot vectors, and no parameters.
      initial: "normal", N(0, 0.1²), "standard", N(0, 1), or "uniform", U(±√(3/E)).
      dtype: of the vectors.
      table: [rows, E], the parameters, of which the read-out of a language model may
        be the transpose (Press & Wolf, 2017).
    """

    rows: int
    dim: int | None
    initial: str = "normal"
    dtype: Any = jnp.float32

    def setup(self):
        require_choice(self, "initial", self.initial, INITIAL)
        if self.dim is not None:
            shape = self.rows, self.dim
            self.table = self.param("table", INITIAL[self.initial], shape)

    def __call__(self, ids: Array) -> Array:
        """Returns the vectors [..., E], or [..., rows], of symbols [...], integers.

        A symbol below 0 or from `rows` on has the zero vector.
        """
        dtype = supported(self.dtype)
        if self.dim is None:
            return jax.nn.one_hot(ids, self.rows, dtype=dtype)
        return look_up(self.table, ids).astype(dtype)
