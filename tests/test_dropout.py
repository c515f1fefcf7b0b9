"""Laws of dropout: what is dropped, how often, and what is left alone."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells, init_bidirectional
from seqnets.dropout import dropout, token_dropout, weight_drop
from tests.looping import like_init

pytestmark = pytest.mark.usefixtures("quickly")

D, UNK, BLANK = 3, 1, 2
MANY = 20_000


def random(make):
    return like_init(np.random.default_rng(0), make)


def test_without_a_key_or_a_rate_nothing_is_dropped(key):
    xs, tokens = np.ones((2, 3), np.float32), np.full((2, 3), 5)
    for k, rate in ((None, 0.5), (key, 0.0)):
        assert dropout(k, xs, rate) is xs
        assert token_dropout(k, tokens, rate, UNK) is tokens


def test_dropout_keeps_the_mean(key):
    drop = jax.jit(dropout, static_argnums=2)
    xs = np.asarray(drop(key, np.full(MANY, 2.0, jnp.bfloat16), 0.25))
    assert xs.dtype == jnp.bfloat16
    assert set(np.unique(xs.astype(np.float32))) == {
        0.0,
        np.float32(jnp.bfloat16(2 / 0.75)),
    }
    assert abs((xs != 0).mean() - 0.75) < 5 * np.sqrt(0.1875 / MANY)


def test_tokens_become_unknown_at_their_rates_except_those_that_are_kept(key):
    tokens = np.tile(np.int32([5, BLANK, 7]), (MANY, 1))
    rates = np.float32([0.3, 0.9, 0.0])
    drop = jax.jit(token_dropout, static_argnums=3)
    found = np.asarray(drop(key, tokens, rates, UNK, keep=tokens == BLANK))
    assert found.dtype == tokens.dtype
    np.testing.assert_array_equal(found[:, 1:], tokens[:, 1:])
    unknown = found[:, 0] == UNK
    assert ((found[:, 0] == 5) | unknown).all()
    assert abs(unknown.mean() - 0.3) < 5 * np.sqrt(0.21 / MANY)


TREES = {
    "stack": random(
        lambda key: cells.Stack((cells.LSTM(64, projection=48), cells.GRU(32))).init(
            key, D
        )
    ),
    "bidirectional": {
        "net": random(lambda key: init_bidirectional(cells.SRN(64), key, D))
    },
    "wrapped": random(lambda key: cells.TrainableStart(cells.LSTM(64)).init(key, D)),
}


@pytest.mark.parametrize("tree", TREES)
def test_weight_drop_changes_recurrent_weights_only(tree, key):
    params = TREES[tree]
    drop = jax.jit(weight_drop, static_argnums=2)
    dropped = jax.tree.map(np.asarray, drop(params, key, 0.3))
    before, after = (
        jax.tree_util.tree_flatten_with_path(t)[0] for t in (params, dropped)
    )
    masks = []
    for (path, old), (_, new) in zip(before, after, strict=True):
        if path[-1].name != "w_h":
            np.testing.assert_array_equal(new, old)
            continue
        kept = new != 0.0
        np.testing.assert_allclose(new[kept], old[kept] / 0.7, rtol=1e-6)
        assert abs(kept.mean() - 0.7) < 5 * np.sqrt(0.21 / kept.size)
        masks.append(kept)
    assert masks
    if tree == "bidirectional":
        assert (masks[0] != masks[1]).any()

    jax.tree.map(np.testing.assert_array_equal, dropped, drop(params, key, 0.3))


def test_an_array_alone_is_no_recurrent_weight(key):
    w = np.ones((2, 2), np.float32)
    assert weight_drop(w, key, 0.5) is w


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_a_rate_that_is_no_probability_is_refused(rate, key):
    with pytest.raises(ValueError, match=rf"weight_drop: .*in \[0, 1\), not {rate}"):
        weight_drop({}, key, rate)
