"""What predictions are worth: sums over what counts, and how many there were."""

import jax.numpy as jnp
from jax import Array

from seqnets import losses


def accuracy(
    logits: Array, targets: Array, mask: Array | None = None
) -> tuple[Array, Array]:
    """Counts the targets that have the highest score.

    Args:
      logits: scores [..., K]; of equal ones the first counts as the highest.
      targets: classes [...], integers.
      mask: [...] bool, True where a target counts; everywhere by default.

    Returns:
      How many are right and how many there were, float32 scalars.
    """
    right = jnp.argmax(logits, -1) == targets
    return losses.total(right.astype(jnp.float32), mask)
