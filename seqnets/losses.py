"""Losses over sequences: sums over real steps, and how many there were.

A loss is returned as (sum, count): a mean over a batch, a split or an epoch is
the ratio of two such sums, whatever the batches were.
"""

import jax
import jax.numpy as jnp
from jax import Array


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
      The sum in nats and the number of targets, float32 scalars.
    """
    log_p = jnp.take_along_axis(logits, targets[..., None], -1)[..., 0]
    losses = jax.nn.logsumexp(logits.astype(jnp.float32), -1) - log_p
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
      The sum in nats and the number of decisions, float32 scalars.
    """
    z = logits.astype(jnp.float32)
    return total(jnp.logaddexp(0.0, z) - targets * z, mask)


def mean(total: Array, count: Array) -> Array:
    """Returns what a sum comes to for each, and zero for none.

    Args:
      total, count: as the losses return them.
    """
    return total / jnp.maximum(count, 1.0)


def total(values: Array, mask: Array | None = None) -> tuple[Array, Array]:
    """Sums values where `mask` is True.

    Args:
      values: [...]; what stands at masked places never matters.
      mask: [...] bool; everywhere by default.

    Returns:
      The sum and the count, float32 scalars.
    """
    if mask is None:
        return values.sum(), jnp.float32(values.size)
    return jnp.where(mask, values, 0.0).sum(), mask.sum(dtype=jnp.float32)
