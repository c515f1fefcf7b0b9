"""The best extensions are those that sorting all of them would find."""

import jax
import numpy as np
import pytest
import scipy.special

from seqnets.decode import extensions

pytestmark = pytest.mark.usefixtures("quickly")

best = jax.jit(extensions.best, static_argnames="count")


def by_sorting(log_p, logits, allowed, count):
    own = log_p[:, :, None] + scipy.special.log_softmax(logits, -1)
    own = np.where(allowed, own, -np.inf).swapaxes(1, 2)  # The symbol first.
    flat = own.reshape(len(own), -1)
    order = np.argsort(-flat, 1, kind="stable")[:, :count]
    width = log_p.shape[1]
    return np.take_along_axis(flat, order, 1), order % width, order // width


@pytest.mark.parametrize(("width", "symbols", "count"), [(3, 50, 5), (4, 2, 8)])
def test_they_are_those_of_all_extensions_sorted(width, symbols, count):
    rng = np.random.default_rng(0)
    log_p = -rng.exponential(size=(40, width)).astype(np.float32)
    logits = rng.normal(scale=2, size=(40, width, symbols)).astype(np.float32)
    allowed = rng.random(logits.shape) < 0.8
    found = best(log_p, logits, allowed, count=count)
    expected = by_sorting(log_p, logits, allowed, count)
    real = expected[0] > -np.inf
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-5)
    for a, b in zip(found[1:], expected[1:], strict=True):
        np.testing.assert_array_equal(np.asarray(a)[real], b[real])


def test_of_equals_the_lower_symbol_and_then_the_lower_hypothesis_goes_first():
    log_p, logits = np.zeros((1, 2), np.float32), np.zeros((1, 2, 4), np.float32)
    logits[:, :, 0] = -1.0
    _, hypotheses, symbols = best(log_p, logits, None, count=5)
    assert symbols[0].tolist() == [1, 1, 2, 2, 3]
    assert hypotheses[0].tolist() == [0, 1, 0, 1, 0]


def test_nothing_is_an_extension_of_what_is_absent_unknown_or_forbidden():
    log_p = np.array([[-np.inf, 0.0, 0.0, 0.0]], np.float32)
    logits = np.zeros((1, 4, 3), np.float32)
    logits[0, 1] = np.nan
    logits[0, 2] = -np.inf
    logits[0, 3, 0] = -np.inf
    allowed = np.array([True, True, False])
    found, hypotheses, symbols = best(log_p, logits, allowed, count=3)
    np.testing.assert_allclose(found[0], [np.log(0.5), -np.inf, -np.inf], rtol=1e-6)
    assert (hypotheses[0, 0], symbols[0, 0]) == (3, 1)
