"""A bag of n-grams ignores the order of words as far as its n-grams do."""

import jax
import numpy as np
import pytest

from seqnets.modules.bag_of_ngrams import BagOfNgrams, hashed
from tests.looping import draw

pytestmark = pytest.mark.usefixtures("quickly")


def test_a_bag_does_not_know_the_order_and_a_bag_of_bigrams_does():
    tokens = np.array([[1, 2, 3, 0], [3, 2, 1, 0]])
    mask = np.array([[1, 1, 1, 0]] * 2, bool)
    for order, same in ((0, True), (1, True), (2, False)):
        bag = BagOfNgrams(2, 64, order)
        blank = bag.init(jax.random.key(0), tokens, mask=mask)
        variables = draw(np.random.default_rng(0), blank)
        scores = bag.apply(variables, tokens, mask=mask)
        assert np.allclose(scores[0], scores[1], atol=1e-5) == same


def test_a_word_that_there_is_not_adds_nothing():
    bag = BagOfNgrams(2, 64)
    variables = {"params": {"w": np.ones((64, 2), np.float32), "b": np.zeros(2)}}
    tokens = np.array([[1, -1], [1, 64], [1, 2]])
    scores = bag.apply(variables, tokens, mask=np.ones((3, 2), bool))
    np.testing.assert_array_equal(scores[:, 0], [1.0, 1.0, 2.0])


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
