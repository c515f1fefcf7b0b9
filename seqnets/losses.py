"""Losses over sequences, as the sum over real steps and their count.

A mean over a batch, a split or an epoch is the ratio of two sums of such pairs, and
does not depend on how examples were batched.
"""

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.linear import memory_dtype


def cross_entropy(
    logits: Array, targets: Array, mask: Array | None = None
) -> tuple[Array, Array]:
    """Sums -log p of the targets over real steps (001 eq 6, 22).

    L = -Σ log softmax(logits)[target]

    Args:
      logits: scores [..., K].
      targets: classes [...], integers.
      mask: [...] bool, True where a target counts; everywhere by default.

    Returns:
      The sum in nats, float32 or wider, and the number of targets, float32.
    """
    log_p = jnp.take_along_axis(logits, targets[..., None], -1)[..., 0]
    losses = jax.nn.logsumexp(logits.astype(memory_dtype(logits.dtype)), -1) - log_p
    return total(losses, mask)


def binary_cross_entropy(
    logits: Array, targets: Array, mask: Array | None = None
) -> tuple[Array, Array]:
    """Sums the losses of independent yes-no decisions (002).

    L = -Σ y log σ(z) + (1 - y) log (1 - σ(z))

    Args:
      logits: scores z [...].
      targets: y [...], in [0, 1].
      mask: [...] bool, True where a decision counts; everywhere by default.

    Returns:
      The sum in nats, float32 or wider, and the number of decisions, float32.
    """
    z = logits.astype(memory_dtype(logits.dtype))
    return total(jnp.logaddexp(0.0, z) - targets * z, mask)


def perceptron(
    scores: Array, targets: Array, mask: Array | None = None
) -> tuple[Array, Array]:
    """Sums how far the highest score is above the target's (Rosenblatt, 1958).

    L = Σ max_j z_j - z_y

    Its gradient is zero where the target has the highest score, so that one step of
    gradient descent with rate 1 on one example is the perceptron rule.

    Args:
      scores: z [..., K].
      targets: classes y [...], integers.
      mask: [...] bool, True where a target counts; everywhere by default.

    Returns:
      The sum, float32 or wider, and the number of targets, float32.
    """
    own = jnp.take_along_axis(scores, targets[..., None], -1)[..., 0]
    return total((scores.max(-1) - own).astype(memory_dtype(scores.dtype)), mask)


def binary_perceptron(
    scores: Array, targets: Array, mask: Array | None = None
) -> tuple[Array, Array]:
    """Sums how far scores are on the wrong side of zero (Rosenblatt, 1958).

    L = Σ (ŷ - y) z,  ŷ = 1 if z > 0 else 0

    `perceptron` of the scores (0, z) of two classes. Descending it one example at a
    time is the perceptron rule w ← w + η (y - ŷ) x.

    Args:
      scores: z [...].
      targets: y [...], 0 or 1.
      mask: [...] bool, True where a target counts; everywhere by default.

    Returns:
      The sum, float32 or wider, and the number of targets, float32.
    """
    z = scores.astype(memory_dtype(scores.dtype))
    predicted = (z > 0).astype(z.dtype)
    return total((predicted - targets) * z, mask)


def mean(total: Array, count: Array) -> Array:
    """Returns sum / count, and zero where the count is zero.

    Args:
      total, count: as the losses return them.
    """
    return total / jnp.maximum(count, 1.0)


def total(values: Array, mask: Array | None = None) -> tuple[Array, Array]:
    """Sums values where `mask` is True.

    Args:
      values: [...]; those at masked places do not matter.
      mask: [...] bool; everywhere by default.

    Returns:
      The sum, in the dtype of `values`, and the count, float32.
    """
    if mask is None:
        return values.sum(), jnp.float32(values.size)
    return jnp.where(mask, values, 0.0).sum(), mask.sum(dtype=jnp.float32)
