"""Pooling weighs real steps, by the equations, whatever stands in the padding."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import attention
from seqnets.convolution import largest
from tests.looping import like_init

pytestmark = pytest.mark.usefixtures("quickly")

B, T, D, A = 2, 5, 3, 4
MASK = np.arange(T) < np.array([[5], [2]])

pool, mean = jax.jit(attention.pool), jax.jit(attention.mean)


def drawn():
    """Returns parameters and states [B, T, D]."""
    rng = np.random.default_rng(0)
    hs = rng.normal(size=(B, T, D)).astype(np.float32)
    return like_init(rng, attention.init_pooling, D, A), hs


def test_pooling_is_its_equations():
    params, hs = drawn()
    pooled, weights = map(np.asarray, pool(params, hs, MASK))
    for b, length in enumerate(MASK.sum(1)):
        theta = [np.tanh(h @ params.w + params.b) for h in hs[b, :length]]
        scores = np.exp([theta_t @ params.u for theta_t in theta])
        alpha = scores / scores.sum()
        np.testing.assert_allclose(weights[b, :length], alpha, rtol=1e-5)
        expected = sum(a * h for a, h in zip(alpha, hs[b], strict=False))
        np.testing.assert_allclose(pooled[b], expected, rtol=1e-5, atol=1e-6)
    assert not weights[~MASK].any()


def test_padding_changes_nothing_in_values_or_gradients():
    params, hs = drawn()

    def loss(params, hs):
        pooled, weights = attention.pool(params, hs, MASK)
        return (pooled**2).sum() + (weights**3).sum() + attention.mean(hs, MASK).sum()

    run = jax.jit(jax.value_and_grad(loss, argnums=(0, 1)))
    clean = run(params, hs)
    dirty = run(params, np.where(MASK[..., None], hs, np.float32(np.nan)))
    jax.tree.map(np.testing.assert_array_equal, clean, dirty)
    assert not np.asarray(clean[1][1])[~MASK].any()


def test_a_row_of_padding_gives_zero_and_a_zero_gradient():
    params, hs = drawn()
    none = np.zeros((B, T), bool)
    pooled, weights = pool(params, hs, none)
    assert not np.any(pooled) and not np.any(weights)
    assert not np.any(mean(hs, none))
    grad = jax.jit(jax.grad(lambda p: attention.pool(p, hs, none)[0].sum()))
    grads = grad(params)
    assert all(not np.asarray(g).any() for g in grads)


def test_without_a_mask_every_step_counts():
    params, hs = drawn()
    everywhere = np.ones((B, T), bool)
    for pooled in (pool(params, hs), pool(params, hs, everywhere)):
        np.testing.assert_allclose(np.sum(pooled[1], -1), 1.0, rtol=1e-6)
    np.testing.assert_allclose(mean(hs), mean(hs, everywhere), rtol=1e-6)


def test_float64_stays_float64(x64):
    params, hs = jax.tree.map(np.float64, drawn())
    theta = np.tanh(hs @ params.w + params.b)
    scores = np.exp(theta @ params.u)
    expected = scores / scores.sum(-1, keepdims=True)
    pooled, weights = pool(params, hs)
    np.testing.assert_allclose(weights, expected, rtol=1e-13)
    assert pooled.dtype == jnp.float64


def test_means_are_summed_in_float32_or_wider():
    hs = np.full((2, 1000, D), 200.0, np.float16)
    for mask in (None, np.ones((2, 1000), bool)):
        found = mean(hs, mask)
        assert found.dtype == jnp.float16 and np.all(found == 200.0)
    weights = jax.eval_shape(attention.masked_softmax, hs[..., 0])
    assert weights.dtype == jnp.float32


@pytest.mark.parametrize("shape", [(2, 0), (0, 3)], ids=["no steps", "no rows"])
def test_no_steps_and_no_rows_pool_to_zero(shape):
    params, _ = drawn()

    @jax.jit
    def run(hs, mask):
        return [
            (*attention.pool(params, hs, m), attention.mean(hs, m), largest(hs, m))
            for m in (None, mask)
        ]

    for found in run(np.ones((*shape, D), np.float32), np.ones(shape, bool)):
        pooled, weights, *others = found
        assert weights.shape == shape
        for each in (pooled, *others):
            assert each.shape == (shape[0], D) and not each.any()


def test_large_scores_do_not_overflow():
    scores = jnp.array([[1e30, -1e30, 1e30]])
    weights = attention.masked_softmax(scores, jnp.array([[True, True, False]]))
    np.testing.assert_array_equal(weights, [[1.0, 0.0, 0.0]])
