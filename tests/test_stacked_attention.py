"""Stacked attention against its equations in NumPy."""

import jax
import numpy as np
import pytest

from seqnets.stacked_attention import StackedAttention
from tests.looping import like_init

pytestmark = pytest.mark.usefixtures("quickly")
RNG = np.random.default_rng(0)
B, S, M, U = 2, 3, 4, 5


def test_each_look_adds_what_it_finds_to_the_question():
    net = StackedAttention(U, 6, 2)
    params = like_init(RNG, net.init, M)
    regions = RNG.normal(size=(B, S, M)).astype(np.float32)
    question = RNG.normal(size=(B, U)).astype(np.float32)
    vs, u, weights = np.tanh(regions @ params.w + params.b), question, []
    for look in params.looks:
        asked = u @ look.w_q + look.b
        scores = np.tanh(vs @ look.w_i + asked[:, None]) @ look.w_p
        p = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
        u = u + np.einsum("bs,bsu->bu", p, vs)
        weights.append(p)
    found, seen = jax.jit(net.apply)(params, regions, question)
    np.testing.assert_allclose(found, u, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(seen, np.stack(weights, 1), rtol=1e-4, atol=1e-5)


def test_a_single_region_is_looked_at_whole_and_half_precision_stays():
    net = StackedAttention(U, 6, 3)
    params = like_init(RNG, net.init, M)
    regions = RNG.normal(size=(B, 1, M)).astype(jax.numpy.bfloat16)
    found, weights = jax.jit(net.apply)(params, regions, np.zeros((B, U), np.float32))
    np.testing.assert_array_equal(weights, np.ones((B, 3, 1)))
    assert found.dtype == regions.dtype and weights.dtype == np.float32
