"""Laws of mixture densities: sums of one, finite wherever, drawn as they say."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import mixture_density
from seqnets.mixture_density import Mixture, mixture

pytestmark = pytest.mark.usefixtures("quickly")

M, LEAST = 3, 0.1


def outputs(*shape, seed=0, scale=1.0):
    rng = np.random.default_rng(seed)
    drawn = scale * rng.normal(size=(*shape, mixture_density.width(M)))
    return drawn.astype(np.float32)


def by_hand(raw, x):
    """Returns ln p of one point, by the density of each Gaussian as it is written."""
    raw = raw.astype(np.float64)
    weights, means, scales, rhos = np.split(raw[3:], [M, 3 * M, 5 * M])
    weights = np.exp(weights) / np.exp(weights).sum()
    scales = LEAST * np.exp(np.log1p(np.exp(scales - np.log(LEAST))))
    rhos = 0.998 * np.tanh(rhos)
    total = 0.0
    parts = zip(weights, means.reshape(-1, 2), scales.reshape(-1, 2), rhos, strict=True)
    for weight, mean, (a, b), rho in parts:
        covariance = np.array([[a * a, rho * a * b], [rho * a * b, b * b]])
        d = x - mean
        square = d @ np.linalg.inv(covariance) @ d
        root = 2 * np.pi * np.sqrt(np.linalg.det(covariance))
        total += weight * np.exp(-square / 2) / root
    return np.log(total)


def test_the_density_is_the_sum_of_correlated_gaussians():
    raw, xs = outputs(20), np.random.default_rng(1).normal(size=(20, 2))
    found = mixture_density.log_density(mixture(raw, least=LEAST), xs.astype("f4"))
    expected = [by_hand(*pair) for pair in zip(raw, xs, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_the_density_is_one_in_sum_over_the_plane():
    axis = np.linspace(-12, 12, 481, dtype=np.float32)
    page = np.stack(np.meshgrid(axis, axis), -1)
    found = mixture(outputs(seed=2), least=LEAST)
    p = np.exp(mixture_density.log_density(found, page))
    np.testing.assert_allclose(p.sum() * (axis[1] - axis[0]) ** 2, 1.0, rtol=1e-3)
    np.testing.assert_allclose(np.exp(found.log_pens).sum(-1), 1.0, rtol=1e-6)


@pytest.mark.parametrize("size", [1.0, 1e3, 1e6])
@pytest.mark.parametrize("far", [0.0, 1e6, 1e30])
def test_no_output_and_no_point_gives_anything_but_finite_numbers(size, far):
    raw = jnp.asarray(outputs(50, scale=size))
    points = jnp.full((50, 2), far)

    def nats(raw):
        found = mixture(raw, least=1e-2)
        pens = mixture_density.log_probability(found, jnp.zeros(50, jnp.int32))
        return -(mixture_density.log_density(found, points) + pens).mean()

    value, gradient = jax.jit(jax.value_and_grad(nats))(raw)
    assert np.isfinite(value) and np.isfinite(gradient).all()
    found = mixture(raw, least=1e-2)
    assert (np.abs(found.correlations) < 1).all()
    assert (np.asarray(found.log_scales) >= np.log(1e-2) - 1e-5).all()


def test_a_bias_narrows_gaussians_and_prefers_the_probable_one():
    raw = outputs(seed=3)
    plain, biased = (mixture(raw, least=LEAST, bias=bias) for bias in (0.0, 2.0))
    np.testing.assert_allclose(biased.log_scales, plain.log_scales - 2, rtol=1e-5)
    ratio = np.subtract.outer(plain.log_weights, plain.log_weights)
    own = np.subtract.outer(biased.log_weights, biased.log_weights)
    np.testing.assert_allclose(own, 3 * ratio, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(biased.means, plain.means)


def test_draws_have_the_moments_and_shares_of_the_mixture(key):
    rows = 40_000
    found = Mixture(
        jnp.log(jnp.array([0.7, 0.3])),
        jnp.array([[0.0, 1.0], [14.0, -2.0]]),
        jnp.log(jnp.array([[0.5, 1.0], [0.5, 0.2]])),
        jnp.array([0.8, -0.5]),
        jnp.log(jnp.array([0.6, 0.3, 0.1])),
    )
    many = jax.tree.map(lambda a: jnp.broadcast_to(a, (rows, *a.shape)), found)
    offsets, pens = jax.device_get(jax.jit(mixture_density.draw)(key, many))
    weights, means = np.exp(found.log_weights), np.asarray(found.means)
    np.testing.assert_allclose(offsets.mean(0), weights @ means, atol=0.15)
    own = offsets[offsets[:, 0] < 7]  # Those of the first Gaussian.
    assert np.corrcoef(own.T)[0, 1] == pytest.approx(0.8, abs=0.03)
    shares = np.bincount(pens, minlength=3) / rows
    np.testing.assert_allclose(shares, [0.6, 0.3, 0.1], atol=0.01)
