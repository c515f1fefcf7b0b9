"""Losses are sums over real steps, whatever stands elsewhere."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import losses

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(3, 5, 7)).astype(np.float32)
TARGETS = RNG.integers(7, size=(3, 5))
MASK = RNG.random((3, 5)) < 0.6


def test_cross_entropy_matches_its_equation():
    p = np.exp(LOGITS) / np.exp(LOGITS).sum(-1, keepdims=True)
    picked = np.take_along_axis(p, TARGETS[..., None], -1)[..., 0]

    loss, count = losses.cross_entropy(LOGITS, TARGETS, MASK)

    np.testing.assert_allclose(loss, -np.log(picked)[MASK].sum(), rtol=1e-5)
    assert count == MASK.sum()


def test_binary_cross_entropy_matches_its_equation():
    z, y = LOGITS[..., 0], RNG.random((3, 5)).astype(np.float32)
    p = 1.0 / (1.0 + np.exp(-z))

    loss, count = losses.binary_cross_entropy(z, y, MASK)

    expected = -(y * np.log(p) + (1 - y) * np.log(1 - p))[MASK].sum()
    np.testing.assert_allclose(loss, expected, rtol=1e-5)
    assert count == MASK.sum()


@pytest.mark.parametrize("rubbish", [np.nan, np.inf, -np.inf, 1e30])
@pytest.mark.parametrize(
    "loss", [losses.cross_entropy, lambda z, y, m: losses.total(z.sum(-1), m)]
)
def test_rubbish_at_masked_steps_changes_no_bit(loss, rubbish):
    spoilt = np.where(MASK[..., None], LOGITS, rubbish)
    np.testing.assert_array_equal(
        loss(jnp.asarray(spoilt), TARGETS, MASK),
        loss(jnp.asarray(LOGITS), TARGETS, MASK),
    )


def test_extreme_logits_stay_finite():
    loss, _ = losses.binary_cross_entropy(jnp.array([1e4, -1e4]), jnp.array([0.0, 1.0]))
    np.testing.assert_allclose(loss, 2e4)
    loss, _ = losses.cross_entropy(jnp.array([[1e4, -1e4]]), jnp.array([1]))
    np.testing.assert_allclose(loss, 2e4)


def test_a_mean_of_nothing_is_zero_and_has_no_gradient():
    assert losses.mean(jnp.float32(6.0), jnp.float32(4.0)) == 1.5
    mask = jnp.zeros(3, bool)

    def loss(values):
        return losses.mean(*losses.total(values, mask))

    assert loss(jnp.ones(3)) == 0.0
    assert not jax.grad(loss)(jnp.ones(3)).any()
