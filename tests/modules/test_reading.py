"""A sequence is read where its runs end, whatever is padded behind them."""

import jax
import numpy as np
import pytest

from seqnets import cells
from seqnets.modules.bag import Bag, hashed
from seqnets.modules.reading import READINGS, Reading
from tests.looping import draw

CELL = cells.Stack((cells.LSTM(4), cells.LSTM(3)))
XS = jax.random.normal(jax.random.key(1), (3, 6, 5))
LENGTHS = np.array([6, 4, 1])
MASK = np.arange(6) < LENGTHS[:, None]


@pytest.fixture(scope="module", params=[False, True], ids=["forwards", "both"])
def params(request):
    """Returns whether it reads both ways, and parameters that suit every reading."""
    reading = Reading(CELL, request.param, "attention", 4)
    return request.param, reading.init(jax.random.key(0), XS, mask=MASK)


@pytest.mark.parametrize("how", READINGS)
def test_padding_leaves_a_reading_alone(params, how):
    both, variables = params
    reading = Reading(CELL, both, how, 4)
    padded, weights = reading.apply(variables, XS, mask=MASK)
    assert padded.shape == (3, 6 if both else 3)
    for b, length in enumerate(LENGTHS):
        alone, own = reading.apply(
            variables, XS[b : b + 1, :length], mask=np.ones((1, length), bool)
        )
        np.testing.assert_allclose(padded[b], alone[0], rtol=1e-5, atol=1e-6)
        if weights is not None:
            np.testing.assert_allclose(weights[b, :length], own[0], rtol=1e-5)


def test_the_last_state_of_the_backward_run_has_read_everything(params):
    both, variables = params
    changed = XS.at[:, 0].add(1.0)

    def backward(how, xs):
        vector, _ = Reading(CELL, both, how, 4).apply(variables, xs, mask=MASK)
        return vector[0, 3:]

    if not both:
        last, _ = Reading(CELL, both, "last", 4).apply(variables, XS, mask=MASK)
        place, _ = Reading(CELL, both, "position", 4).apply(variables, XS, mask=MASK)
        np.testing.assert_array_equal(last, place)
        return
    assert np.abs(backward("last", XS) - backward("last", changed)).max() > 1e-3
    # The layers below read both ways, but 004's top backward half starts at the end.
    one = cells.Stack((cells.LSTM(3),))
    variables = Reading(one, True, "position", 4).init(jax.random.key(0), XS, mask=MASK)
    read = Reading(one, True, "position", 4)
    before, after = (read.apply(variables, xs, mask=MASK)[0] for xs in (XS, changed))
    np.testing.assert_array_equal(before[0, 3:], after[0, 3:])
    assert np.abs(before[0, :3] - after[0, :3]).max() > 1e-4


def test_an_unknown_reading_is_refused():
    with pytest.raises(ValueError, match="'first'"):
        Reading(CELL, False, "first").init(jax.random.key(0), XS, mask=MASK)


def test_a_bag_does_not_know_the_order_and_a_bag_of_bigrams_does():
    tokens = np.array([[1, 2, 3, 0], [3, 2, 1, 0]])
    mask = np.array([[1, 1, 1, 0]] * 2, bool)
    for order, same in ((0, True), (1, True), (2, False)):
        bag = Bag(2, 64, order)
        blank = bag.init(jax.random.key(0), tokens, mask=mask)
        variables = draw(np.random.default_rng(0), blank)
        scores = bag.apply(variables, tokens, mask=mask)
        assert np.allclose(scores[0], scores[1], atol=1e-5) == same


def test_hashes_depend_on_every_word_and_spread():
    tokens = np.arange(4096).reshape(64, 64)
    mask = np.ones(tokens.shape, bool)
    for n in (1, 2, 3):
        ids, whole = hashed(tokens, mask, n, 1 << 20)
        assert (np.asarray(whole).sum(1) == 64 - n + 1).all()
        ids = np.asarray(ids)[np.asarray(whole)]
        # Of N balls in M boxes about N²/2M meet.
        assert len(np.unique(ids)) > 0.99 * len(ids)
    swapped, _ = hashed(tokens[:, ::-1], mask, 2, 1 << 20)
    plain, _ = hashed(tokens, mask, 2, 1 << 20)
    assert not np.intersect1d(swapped[:, 1:], plain[:, 1:]).size > 40
