"""Principal components against the eigenvectors of the covariance."""

import importlib.util

import numpy as np
import pytest

from seqnets.analysis import projection


def test_axes_are_the_eigenvectors_of_the_covariance():
    xs = np.random.default_rng(0).normal(size=(40, 5)) * [3, 1, 0.5, 2, 0.1] + 7
    axes = projection.principal_axes(xs)
    values, vectors = np.linalg.eigh(np.cov(xs.T))
    np.testing.assert_allclose(axes.shares, values[[-1, -2]] / values.sum())
    overlap = np.abs(np.sum(axes.directions * vectors[:, [-1, -2]], 0))
    np.testing.assert_allclose(overlap, 1)
    points = projection.project(xs, axes)
    np.testing.assert_allclose(points.var(0, ddof=1), values[[-1, -2]])
    np.testing.assert_allclose(points.mean(0), 0, atol=1e-9)


def test_missing_directions_are_zero_and_equal_vectors_are_one_point():
    axes = projection.principal_axes(np.ones((4, 1)))
    assert axes.directions.shape == (1, 2)
    np.testing.assert_array_equal(projection.project(np.ones((4, 1)), axes), 0)


def test_tsne_without_its_package_says_so(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match="pip install scikit-learn"):
        projection.tsne(np.ones((4, 2)))
