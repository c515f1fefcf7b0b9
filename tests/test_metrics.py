"""What is counted is counted once."""

import jax.numpy as jnp

from seqnets import metrics


def test_accuracy_counts_the_highest_scores_where_targets_count():
    logits = jnp.array([[1.0, 2.0], [3.0, 0.0], [0.0, 1.0]])
    targets = jnp.array([1, 1, 1])
    assert metrics.accuracy(logits, targets) == (2.0, 3.0)
    mask = jnp.array([True, True, False])
    assert metrics.accuracy(logits, targets, mask) == (1.0, 2.0)
    assert metrics.accuracy(logits, targets, jnp.zeros(3, bool)) == (0.0, 0.0)
