"""Heads against SciPy, and what holds of intervals."""

import jax
import numpy as np
import pytest
from scipy import stats

from seqnets import heads

pytestmark = pytest.mark.usefixtures("quickly")

LEVELS = (0.05, 0.25, 0.5, 0.9)


def at(head, outputs, places):
    return np.asarray(jax.jit(head.at)(outputs, places))


@pytest.fixture
def outputs():
    return np.random.default_rng(0).normal(0, 2, (50, 4)).astype(np.float32)


def test_the_gaussian_is_that_of_scipy(outputs):
    head, targets = heads.Gaussian(), outputs[:, 2]
    mask = np.arange(50) % 3 > 0
    deviations = np.log1p(np.exp(outputs[:, 1])) + heads.LEAST
    expected = -stats.norm.logpdf(targets, outputs[:, 0], deviations)[mask].sum()
    total, count = jax.jit(head.loss)(outputs[:, :2], targets, mask)
    np.testing.assert_allclose(total, expected, rtol=1e-4)
    assert count == mask.sum()
    found = at(head, outputs[:, :2], stats.norm.ppf(0.9))
    np.testing.assert_allclose(
        found, stats.norm.ppf(0.9, outputs[:, 0], deviations), rtol=1e-4, atol=1e-5
    )


def test_quantiles_never_cross_and_are_found_at_their_levels(outputs):
    head = heads.Quantiles(LEVELS)
    places = stats.norm.ppf(LEVELS).astype(np.float32)
    found = at(head, outputs, places[:, None])
    assert (np.diff(found, axis=0) > 0).all()
    np.testing.assert_allclose(found[0], outputs[:, 0], atol=1e-5)
    fine = at(head, outputs, np.linspace(-4, 4, 99)[:, None])
    assert (np.diff(fine, axis=0) > 0).all()


def test_the_pinball_loss_is_its_definition(outputs):
    head, targets = heads.Quantiles(LEVELS), outputs[:, 0] + 1
    places = stats.norm.ppf(LEVELS).astype(np.float32)[:, None]
    quantiles = at(head, outputs, places)
    expected = sum(
        (level if y >= q else 1 - level) * abs(y - q)
        for level, row in zip(LEVELS, quantiles, strict=True)
        for y, q in zip(targets, row, strict=True)
    )
    total, _ = jax.jit(head.loss)(outputs, targets, np.ones(50, bool))
    np.testing.assert_allclose(total, expected / len(LEVELS), rtol=1e-4)


def test_quantiles_of_a_gaussian_are_the_gaussian_beyond_them_too():
    places = stats.norm.ppf(LEVELS)
    steps = np.diff(3 + 2 * places)
    outputs = np.concatenate([[3 + 2 * places[0]], np.log(np.expm1(steps))])
    n = np.linspace(-3, 3, 13)
    found = at(heads.Quantiles(LEVELS), np.float32(outputs), n)
    np.testing.assert_allclose(found, 3 + 2 * n, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", heads.HEADS)
def test_what_is_masked_changes_no_loss_and_no_gradient(name, outputs):
    head = heads.build(name, LEVELS)
    outputs, mask = outputs[:, : head.size], np.arange(50) < 20
    rubbish = np.where(mask, outputs[:, 0] + 1, np.nan)

    def loss(outputs):
        return head.loss(outputs, rubbish, mask)[0]

    total, slope = map(np.asarray, jax.jit(jax.value_and_grad(loss))(outputs))
    assert np.isfinite(total) and np.isfinite(slope).all() and not slope[20:].any()


@pytest.mark.parametrize("levels", [(0.5,), (0.9, 0.1), (0.1, 0.1), (0.0, 0.5)])
def test_levels_that_do_not_ascend_between_0_and_1_are_refused(levels):
    with pytest.raises(ValueError, match="ascend between 0 and 1"):
        heads.build("gaussian", levels)


def test_a_head_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="one of mean, gaussian, .* not 'median'"):
        heads.build("median", LEVELS)
