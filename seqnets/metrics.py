"""Metrics of predictions: accuracy as a sum and a count, and the edit distance."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
from jax import Array

from seqnets import losses


def accuracy(
    logits: Array, targets: Array, mask: Array | None = None
) -> tuple[Array, Array]:
    """Counts the targets that have the highest score.

    Args:
      logits: scores [..., K]; of equal ones the first counts as the highest.
      targets: classes [...], integers; one outside 0 ... K-1 is never right.
      mask: [...] bool, True where a target counts; everywhere by default.

    Returns:
      The number of right ones and of all, float32 scalars.
    """
    right = jnp.argmax(logits, -1) == targets
    return losses.total(right.astype(jnp.float32), mask)


def edit_distance(a: Sequence[Any], b: Sequence[Any]) -> int:
    """Returns the edit distance: replacements, insertions and deletions from a to b."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            change = diagonal + (x != y)
            diagonal = row[j]
            row[j] = min(change, row[j] + 1, row[j - 1] + 1)
    return row[-1]
