"""A relation network against a loop over pairs."""

import jax
import numpy as np
import pytest

from seqnets.relation import POOLS, Relation, he
from tests.looping import like_init

pytestmark = pytest.mark.usefixtures("quickly")
RNG = np.random.default_rng(0)
B, S, M, Q = 2, 3, 4, 2


@pytest.fixture
def seen():
    objects, question = RNG.normal(size=(B, S, M)), RNG.normal(size=(B, Q))
    return objects.astype(np.float32), question.astype(np.float32)


@pytest.mark.parametrize("pool", POOLS)
def test_it_pools_a_net_over_all_pairs_and_the_question(seen, pool):
    net, (objects, question) = Relation(5, 3, pool), seen
    params = like_init(RNG, net.init, M, Q)
    w = np.concatenate([params.w_i, params.w_j, params.w_q])
    pairs = []
    for i, j in np.ndindex(S, S):
        gs = np.concatenate([objects[:, i], objects[:, j], question], -1)
        gs = np.maximum(gs @ w + params.b, 0)
        for upper, b in params.upper:
            gs = np.maximum(gs @ upper + b, 0)
        pairs.append(gs)
    total, largest = sum(pairs), np.max(pairs, 0)
    both = np.concatenate([largest, total / S**1.5], -1)
    expected = {"sum": total / S, "max": largest, "both": both}[pool]
    assert len(params.upper) == 2
    found = jax.jit(net.apply)(params, objects, question)
    assert found.shape == (B, net.out_dim)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("pool", POOLS)
def test_the_order_of_objects_is_no_matter_and_the_question_is(key, seen, pool):
    net, (objects, question) = Relation(5, 2, pool), seen
    params = net.init(key, M, Q)
    run = jax.jit(net.apply)
    found = run(params, objects, question)
    turned = run(params, objects[:, [2, 0, 1]], question)
    np.testing.assert_allclose(turned, found, rtol=1e-4, atol=1e-6)
    assert np.abs(run(params, objects, -question) - found).max() > 0.01


def test_weights_for_rectifiers_depend_on_what_they_read_alone(key):
    w = he(key, (600, 50))
    np.testing.assert_allclose((w**2).mean(), 2 / 600, rtol=0.05)


def test_widths_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="depth must be a positive integer"):
        Relation(5, 0)
    with pytest.raises(ValueError, match="one of sum, max, both, not 'mean'"):
        Relation(5, 1, "mean")
