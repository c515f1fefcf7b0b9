"""Decisions in turn: probabilities that sum to one, and draws that have them."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets.modules.nade import NADE

pytestmark = pytest.mark.usefixtures("quickly")

K, D = 4, 3
EVERY = np.array(list(itertools.product((0, 1), repeat=K)), np.uint8)


@pytest.fixture(scope="module", params=[0, 5])
def net(request):
    """A net with weights that matter, and the logits of all answers to one y."""
    net, y = NADE(K, request.param), jnp.linspace(-1, 1, D)
    ys = jnp.broadcast_to(y, (len(EVERY), D))
    shapes = jax.eval_shape(net.init, jax.random.key(0), ys, EVERY)
    rng = np.random.default_rng(0)
    drawn = jax.tree.map(lambda a: rng.normal(0, 2, a.shape).astype(a.dtype), shapes)
    return net, drawn, y, np.asarray(jax.jit(net.apply)(drawn, ys, EVERY))


def probabilities(logits):
    on = 1 / (1 + np.exp(-logits))
    return np.where(EVERY == 1, on, 1 - on).prod(1)


def test_the_probabilities_of_all_answers_sum_to_one(net):
    assert probabilities(net[3]).sum() == pytest.approx(1, abs=1e-5)


def test_a_decision_depends_on_those_before_it_only(net):
    net, _, _, logits = net
    for k in range(K):
        for prefix in set(map(tuple, EVERY[:, :k])):
            same = (EVERY[:, :k] == prefix).all(1)
            assert np.ptp(logits[same, k]) < 1e-5
    later = np.ptp(logits[:, -1])
    assert later > 0.1 if net.hidden else later < 1e-5


def test_draws_have_these_probabilities(net):
    net, params, y, logits = net
    ys = jnp.broadcast_to(y, (20_000, D))
    draw = jax.jit(lambda ys, key: net.apply(params, ys, key, method="draw"))
    found = np.asarray(draw(ys, jax.random.key(1)))
    codes = found @ (2 ** np.arange(K)[::-1])
    share = np.bincount(codes, minlength=2**K) / len(found)
    np.testing.assert_allclose(share, probabilities(logits), atol=0.02)
