"""Clipping the gradient of a part of the parameters."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from seqnets.clipping import clip_gradient

PARAMS = {"w": jnp.array([3.0, 4.0]), "none": None, "b": jnp.array(-2.0)}


def loss(params):
    return jnp.sum(params["w"] ** 2) / 2.0 + 3.0 * params["b"]


@pytest.mark.parametrize("norm", [0.5, 5.0, 100.0])
def test_the_gradient_is_the_one_that_the_optimiser_clips(norm):
    clipped = jax.grad(lambda p: loss(clip_gradient(p, norm)))(PARAMS)
    clip = optax.clip_by_global_norm(norm)
    expected, _ = clip.update(jax.grad(loss)(PARAMS), clip.init(PARAMS))
    jax.tree.map(np.testing.assert_allclose, clipped, expected)


def test_the_value_is_left_alone():
    jax.tree.map(np.testing.assert_array_equal, clip_gradient(PARAMS, 0.1), PARAMS)
    assert loss(clip_gradient(PARAMS, 0.1)) == loss(PARAMS)


def test_each_part_is_clipped_by_itself():
    def both(parts):
        return sum(loss(clip_gradient(part, 1.0)) for part in parts)

    parts = [PARAMS, jax.tree.map(lambda p: 100.0 * p, PARAMS)]
    for grads in jax.grad(both)(parts):
        assert optax.tree.norm(grads) == pytest.approx(1.0, rel=1e-6)


def test_a_gradient_of_zero_stays_zero():
    grads = jax.grad(lambda p: 0.0 * loss(clip_gradient(p, 1.0)))(PARAMS)
    assert optax.tree.norm(grads) == 0.0
