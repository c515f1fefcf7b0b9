"""Dropout of activations, of tokens and of recurrent weights."""

import zlib
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.checks import require_rate


def drop(xs: Array, kept: Array, rate: float) -> Array:
    """Returns m ⊙ x / (1 - rate), so that the expectation is x.

    Args:
      xs: [...].
      kept: the mask m, bool, that broadcasts against `xs`.
      rate: probability with which an entry of `kept` was False.
    """
    return jnp.where(kept, xs / (1.0 - rate), 0.0).astype(xs.dtype)


def dropout(key: Array | None, xs: Array, rate: float) -> Array:
    """Drops activations (Srivastava et al., 2014).

    x becomes m ⊙ x / (1 - rate),  m ~ Bernoulli(1 - rate)

    Args:
      key: random key; None for evaluation, which leaves `xs` as they are.
      xs: [...].
      rate: probability of dropping, in [0, 1); a Python number.
    """
    if key is None or not rate:
        return xs
    return drop(xs, jax.random.bernoulli(key, 1.0 - rate, xs.shape), rate)


def token_dropout(
    key: Array | None,
    tokens: Array,
    rate: float | Array,
    unk: int,
    *,
    keep: Array | None = None,
) -> Array:
    """Replaces random tokens by the unknown one (Iyyer et al., 2015).

    Args:
      key: random key; None for evaluation, which leaves `tokens` as they are.
      tokens: ids, int [...].
      rate: probability of replacing a token: a number, or an array that broadcasts
        against `tokens`.
      unk: id of the unknown token.
      keep: bool, True at tokens that are never replaced, such as the blank of a
        cloze; nowhere by default.

    Returns:
      Ids like `tokens`.
    """
    if key is None or (isinstance(rate, int | float) and not rate):
        return tokens
    gone = jax.random.bernoulli(key, rate, tokens.shape)
    if keep is not None:
        gone &= ~keep
    return jnp.where(gone, unk, tokens)


def weight_drop(params: Any, key: Array, rate: float) -> Any:
    """Drops recurrent weights for one run over a sequence (Merity et al., 2018).

    W_h becomes M ⊙ W_h / (1 - rate),  M ~ Bernoulli(1 - rate)

    Args:
      params: any tree in which the NamedTuples of cells hold a `w_h`.
      key: random key.
      rate: probability of dropping a weight, in [0, 1).

    Returns:
      A tree like `params`.

    Raises:
      ValueError: for a rate outside [0, 1).
    """
    require_rate("weight_drop", rate=rate)

    def visit(path, leaf):
        if not path or getattr(path[-1], "name", None) != "w_h":
            return leaf
        # The name is hashed by content: equal trees draw equal masks anywhere.
        own = jax.random.fold_in(key, zlib.crc32(jax.tree_util.keystr(path).encode()))
        return drop(leaf, jax.random.bernoulli(own, 1.0 - rate, leaf.shape), rate)

    return jax.tree_util.tree_map_with_path(visit, params)
