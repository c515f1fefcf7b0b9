"""Decisions in turn: probabilities that sum to one, and draws that have them."""

import itertools

import jax
import numpy as np
import pytest

from seqnets import nade
from seqnets.modules.nade import NADE

pytestmark = pytest.mark.usefixtures("quickly")

K, D = 4, 3
EVERY = np.array(list(itertools.product((0, 1), repeat=K)), np.uint8)


@pytest.fixture(scope="module", params=[0, 5])
def net(request):
    """Weights that matter, those of the hidden units or None, and all answers' logits.

    The logits are of the answers `EVERY` to one y.
    """
    rng, m = np.random.default_rng(0), request.param
    shapes = [(D, K), (K,), *([(D, m), (m,), (K, m), (K, m)] if m else [])]
    w, b, *hidden = (rng.normal(0, 2, s).astype(np.float32) for s in shapes)
    params = nade.NADEParams(w, b, nade.HiddenParams(*hidden) if m else None)
    y = np.linspace(-1, 1, D, dtype=np.float32)
    ys = np.broadcast_to(y, (len(EVERY), D))
    return params, y, np.asarray(jax.jit(nade.score)(params, ys, EVERY))


def probabilities(logits):
    on = 1 / (1 + np.exp(-logits))
    return np.where(EVERY == 1, on, 1 - on).prod(1)


def test_the_probabilities_of_all_answers_sum_to_one(net):
    assert probabilities(net[2]).sum() == pytest.approx(1, abs=1e-5)


def test_a_decision_depends_on_those_before_it_only(net):
    params, _, logits = net
    for k in range(K):
        for prefix in set(map(tuple, EVERY[:, :k])):
            same = (EVERY[:, :k] == prefix).all(1)
            assert np.ptp(logits[same, k]) < 1e-5
    later = np.ptp(logits[:, -1])
    assert later > 0.1 if params.hidden else later < 1e-5


def test_draws_have_these_probabilities(net):
    params, y, logits = net
    ys = np.broadcast_to(y, (20_000, D))
    found = np.asarray(jax.jit(nade.draw)(params, ys, jax.random.key(1)))
    codes = found @ (2 ** np.arange(K)[::-1])
    share = np.bincount(codes, minlength=2**K) / len(found)
    np.testing.assert_allclose(share, probabilities(logits), atol=0.02)


def test_the_module_has_the_same_parameters_and_scores(net):
    params, y, logits = net
    hidden = {} if params.hidden is None else params.hidden._asdict()
    module = NADE(K, len(params.hidden.b_a) if hidden else 0)
    given = {"params": {"w": params.w, "b": params.b, **hidden}}
    ys = np.broadcast_to(y, (len(EVERY), D))
    shapes = jax.eval_shape(module.init, jax.random.key(0), ys, EVERY)
    assert jax.tree.map(np.shape, given) == jax.tree.map(np.shape, shapes)
    found = jax.jit(module.apply)(given, ys, EVERY)
    np.testing.assert_allclose(found, logits, rtol=1e-6)
