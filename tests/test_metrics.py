"""What is counted is counted once."""

import jax.numpy as jnp
import pytest

from seqnets import metrics


def test_accuracy_counts_the_highest_scores_where_targets_count():
    logits = jnp.array([[1.0, 2.0], [3.0, 0.0], [0.0, 1.0]])
    targets = jnp.array([1, 1, 1])
    assert metrics.accuracy(logits, targets) == (2.0, 3.0)
    mask = jnp.array([True, True, False])
    assert metrics.accuracy(logits, targets, mask) == (1.0, 2.0)
    assert metrics.accuracy(logits, targets, jnp.zeros(3, bool)) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("a", "b", "count"),
    [("", "", 0), ("123", "", 3), ("", "12", 2), ("123", "13", 1), ("123", "1923", 1)]
    + [("kitten", "sitting", 3), ("12", "21", 2)],
)
def test_edits_are_the_fewest(a, b, count):
    assert metrics.edit_distance(a, b) == metrics.edit_distance(b, a) == count
