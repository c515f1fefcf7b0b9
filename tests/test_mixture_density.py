"""Laws of mixture densities: sums of one, finite wherever, drawn as they say."""

import functools

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


@functools.partial(jax.jit, static_argnames=("least", "bias"))
def measure(raw, points, **options):
    """Returns a mixture and the ln p of points."""
    found = mixture(raw, **options)
    return found, mixture_density.log_density(found, points)


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
    _, found = measure(raw, xs, least=LEAST)
    expected = [by_hand(*pair) for pair in zip(raw, xs, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_the_density_is_one_in_sum_over_the_plane():
    axis = np.linspace(-12, 12, 481, dtype=np.float32)
    page = np.stack(np.meshgrid(axis, axis), -1)
    found, log_p = measure(outputs(seed=2), page, least=LEAST)
    p = np.exp(log_p)
    np.testing.assert_allclose(p.sum() * (axis[1] - axis[0]) ** 2, 1.0, rtol=1e-3)
    np.testing.assert_allclose(np.exp(found.log_pens).sum(-1), 1.0, rtol=1e-6)


@jax.jit
@functools.partial(jax.value_and_grad, has_aux=True)
def nats_of(raw, points):
    found = mixture(raw, least=1e-2)
    pens = mixture_density.log_probability(found, jnp.zeros(len(raw), jnp.int32))
    return -(mixture_density.log_density(found, points) + pens).mean(), found


@pytest.mark.parametrize("size", [1.0, 1e3, 1e6])
@pytest.mark.parametrize("far", [0.0, 1e6, 1e30])
def test_no_output_and_no_point_gives_anything_but_finite_numbers(size, far):
    points = np.full((50, 2), far, np.float32)
    (value, found), gradient = nats_of(outputs(50, scale=size), points)
    assert np.isfinite(value) and np.isfinite(gradient).all()
    assert (np.abs(found.correlations) < 1).all()
    assert (np.asarray(found.log_scales) >= np.log(1e-2) - 1e-5).all()


def test_a_bias_narrows_gaussians_and_prefers_the_probable_one():
    raw = outputs(seed=3)
    nowhere = np.zeros(2, np.float32)
    plain, biased = (
        measure(raw, nowhere, least=LEAST, bias=bias)[0] for bias in (0.0, 2.0)
    )
    np.testing.assert_allclose(biased.log_scales, plain.log_scales - 2, rtol=1e-5)
    ratio = np.subtract.outer(plain.log_weights, plain.log_weights)
    own = np.subtract.outer(biased.log_weights, biased.log_weights)
    np.testing.assert_allclose(own, 3 * ratio, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(biased.means, plain.means)


def test_draws_have_the_moments_and_shares_of_the_mixture(key):
    rows = 40_000
    found = Mixture(
        np.log(np.float32([0.7, 0.3])),
        np.float32([[0.0, 1.0], [14.0, -2.0]]),
        np.log(np.float32([[0.5, 1.0], [0.5, 0.2]])),
        np.float32([0.8, -0.5]),
        np.log(np.float32([0.6, 0.3, 0.1])),
    )
    many = jax.tree.map(lambda a: np.broadcast_to(a, (rows, *a.shape)), found)
    offsets, pens = jax.device_get(jax.jit(mixture_density.draw)(key, many))
    weights, means = np.exp(found.log_weights), np.asarray(found.means)
    np.testing.assert_allclose(offsets.mean(0), weights @ means, atol=0.15)
    own = offsets[offsets[:, 0] < 7]  # Those of the first Gaussian.
    assert np.corrcoef(own.T)[0, 1] == pytest.approx(0.8, abs=0.03)
    shares = np.bincount(pens, minlength=3) / rows
    np.testing.assert_allclose(shares, [0.6, 0.3, 0.1], atol=0.01)
