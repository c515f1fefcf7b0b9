"""Pooling of many vectors to one: by attention, and by their mean (B4).

Yang et al. (2016), and the equations of 000; Bahdanau et al. (2015) without a query.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets import initializers
from seqnets.linear import affine, memory_dtype


class PoolingParams(NamedTuple):
    w: Array  # [D, A]
    b: Array  # [A]
    u: Array  # [A], the context vector.


def init_pooling(key: Array, in_dim: int, dim: int) -> PoolingParams:
    """Draws parameters for `pool`.

    Args:
      key: random key.
      in_dim: D, width of what is pooled.
      dim: A, width in which it is compared with the context vector.
    """
    key_w, key_u = jax.random.split(key)
    return PoolingParams(
        w=initializers.glorot(key_w, (in_dim, dim)),
        b=jnp.zeros(dim),
        u=initializers.glorot(key_u, (dim, 1))[:, 0],
    )


def pool(
    params: PoolingParams, hs: Array, mask: Array | None = None
) -> tuple[Array, Array]:
    """Averages steps with weights from their similarity to a context vector.

    θ_t = tanh(W h_t + b),   α_t = softmax_t(θ_tᵀ u),   C = Σ_t α_t h_t

    Args:
      params: W, b and u.
      hs: states [..., T, D].
      mask: [..., T] bool, True at real steps; everywhere by default. The values
        of others do not matter; where all are masked, C is zero.

    Returns:
      C [..., D], in the dtype of `hs`, and the weights α [..., T], float32 or
      wider.
    """
    hs = hs if mask is None else jnp.where(mask[..., None], hs, 0.0)
    theta = jnp.tanh(affine(hs, params.w.astype(hs.dtype), params.b))
    alpha = masked_softmax(theta @ params.u, mask)
    pooled = jnp.einsum("...t,...td->...d", alpha, hs.astype(alpha.dtype))
    return pooled.astype(hs.dtype), alpha


def masked_softmax(scores: Array, mask: Array | None = None) -> Array:
    """Returns softmax over the last axis, zero where `mask` is False.

    Args:
      scores: [..., T].
      mask: [..., T] bool; a row without a True gives zeros, and a zero gradient.

    Returns:
      [..., T], float32 or wider.
    """
    scores = scores.astype(memory_dtype(scores.dtype))
    if mask is None:
        return jax.nn.softmax(scores, -1)
    scores = jnp.where(mask, scores, jnp.finfo(scores.dtype).min)
    return jnp.where(mask, jax.nn.softmax(scores, -1), 0.0)


def mean(hs: Array, mask: Array | None = None) -> Array:
    """Averages real steps (003): h = 1/N Σ_t h_t.

    Args:
      hs: states [..., T, D].
      mask: [..., T] bool; everywhere by default. Nothing real gives zero.

    Returns:
      [..., D], in the dtype of `hs`; sums are float32 or wider.
    """
    wide = memory_dtype(hs.dtype)
    count = hs.shape[-2]
    if mask is not None:
        hs = jnp.where(mask[..., None], hs, 0.0)
        count = mask.sum(-1, keepdims=True)
    mean = hs.sum(-2, dtype=wide) / jnp.maximum(count, 1).astype(wide)
    return mean.astype(hs.dtype)
