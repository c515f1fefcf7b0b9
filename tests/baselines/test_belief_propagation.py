"""Belief propagation and label propagation against exact answers of small graphs."""

import itertools

import numpy as np

from seqnets.baselines import belief_propagation, label_propagation

FOREST = np.array([[0, 1], [1, 2], [1, 3], [4, 5]])


def test_marginals_of_a_forest_are_those_of_all_assignments():
    rng = np.random.default_rng(0)
    local, affinity = rng.normal(size=(6, 3)), rng.uniform(0.1, 1, (3, 3))
    affinity += affinity.T
    expected = np.zeros((6, 3))
    for classes in itertools.product(range(3), repeat=6):
        p = np.exp(local[np.arange(6), list(classes)].sum())
        for u, v in FOREST:
            p *= affinity[classes[u], classes[v]]
        expected[np.arange(6), list(classes)] += p
    expected /= expected.sum(1, keepdims=True)
    found = belief_propagation.marginals(local, FOREST, affinity, rounds=4)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_labels_spread_as_the_linear_equations_say():
    """Of a chain with both ends known, shares go evenly from the one to the other."""
    chain = np.stack([np.arange(5), np.arange(1, 6)], 1)
    ends, labels = np.array([0, 5]), np.array([1, 0])
    found = label_propagation.propagate(chain, 7, ends, labels, classes=2)
    np.testing.assert_allclose(found[:6, 0], np.arange(6) / 5, atol=1e-6)
    np.testing.assert_allclose(found[:6].sum(1), 1, atol=1e-6)
    np.testing.assert_array_equal(found[6], 0)  # A node alone hears of nothing.
