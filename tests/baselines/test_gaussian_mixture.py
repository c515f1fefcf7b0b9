"""Laws of mixtures that are fitted by EM."""

import numpy as np
import pytest

from seqnets.baselines import gaussian_mixture

RNG = np.random.default_rng(0)
CLUSTERS = np.concatenate(
    [RNG.normal((-4, 0), 0.5, (300, 2)), RNG.normal((3, 2), (1.0, 0.3), (100, 2))]
)


def test_one_gaussian_has_the_moments_of_the_rows():
    found = gaussian_mixture.fit(CLUSTERS, 1, least=1e-6)
    np.testing.assert_allclose(found.means[0], CLUSTERS.mean(0))
    np.testing.assert_allclose(found.covariances[0], np.cov(CLUSTERS.T, bias=True))
    d = CLUSTERS - found.means[0]
    square = np.einsum("nd,de,ne->n", d, np.linalg.inv(found.covariances[0]), d)
    root = np.log(2 * np.pi) + np.log(np.linalg.det(found.covariances[0])) / 2
    np.testing.assert_allclose(found.log_density(CLUSTERS), -square / 2 - root)


def test_two_find_the_clusters_and_fit_better():
    one, two = (gaussian_mixture.fit(CLUSTERS, n, least=1e-3) for n in (1, 2))
    assert two.log_density(CLUSTERS).mean() > one.log_density(CLUSTERS).mean() + 0.5
    order = np.argsort(two.means[:, 0])
    np.testing.assert_allclose(two.means[order], [[-4, 0], [3, 2]], atol=0.2)
    np.testing.assert_allclose(two.weights[order], [0.75, 0.25], atol=0.01)


def test_none_collapses_on_equal_rows():
    found = gaussian_mixture.fit(np.ones((50, 2)), 3, least=0.1)
    # One point has the density of a Gaussian of the least deviation, at its middle.
    expected = -np.log(2 * np.pi * 0.01)
    assert found.log_density(np.ones((1, 2)))[0] == pytest.approx(expected, abs=0.1)


def test_fewer_rows_than_components_have_a_component_each():
    found = gaussian_mixture.fit(np.array([[0.0, 0.0], [9.0, 9.0]]), 20, least=0.1)
    assert len(found.weights) == 2 and np.isfinite(found.log_density(CLUSTERS)).all()
