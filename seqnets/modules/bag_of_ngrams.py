"""Bags of words and of n-grams: scores that are sums over those of a text."""

from flax import linen as nn
from jax import Array
from jax import numpy as jnp

from seqnets.linear import look_up


class BagOfNgrams(nn.Module):
    """Scores K classes by a bag of words or of n-grams: z = Σ_t W[x_t] + b.

    With an order n the bag holds all sequences of 1 ... n words, each hashed to one of
    the rows of W (Weinberger et al., 2009).

    Attributes:
      classes: K.
      rows: of W; the size of the vocabulary where order = 0.
      order: n; 0 looks words up by their ids, without hashing.
    """

    classes: int
    rows: int
    order: int = 0

    @nn.compact
    def __call__(self, tokens: Array, *, mask: Array) -> Array:
        """Returns logits [B, K] of tokens [B, T], whose words lead each row.

        A token below 0 or from `rows` on adds nothing.
        """
        table = self.param("w", nn.initializers.zeros, (self.rows, self.classes))
        scores = self.param("b", nn.initializers.zeros, (self.classes,))
        for n in range(1, self.order + 1) if self.order else (0,):
            ids, whole = hashed(tokens, mask, n, self.rows) if n else (tokens, mask)
            scores += jnp.where(whole[..., None], look_up(table, ids), 0.0).sum(1)
        return scores


def hashed(tokens: Array, mask: Array, n: int, rows: int) -> tuple[Array, Array]:
    """Hashes the n words that end at each step to a number.

    Args:
      tokens: [B, T], integers.
      mask: [B, T] bool, True at words, which lead each row.
      n: how many words, at least one.
      rows: numbers are below it.

    Returns:
      The numbers [B, T], and where there are n words, bool [B, T].
    """
    ids = jnp.zeros(tokens.shape, jnp.uint32)
    for back in range(n - 1, -1, -1):
        word = jnp.roll(tokens, back, 1).astype(jnp.uint32)
        # Odd factors, and the high bits folded into the low ones, mix all of them.
        ids = (ids ^ (word + jnp.uint32(n))) * jnp.uint32(0x9E3779B1)
        ids = (ids ^ (ids >> 15)) * jnp.uint32(0x85EBCA77)
        ids = ids ^ (ids >> 13)
    return ids % jnp.uint32(rows), mask & (jnp.arange(tokens.shape[1]) >= n - 1)
