"""Alignment functions are their equations, and padding is not there."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import alignment
from seqnets.alignment import Additive, Concat, Dot, General, LocalP, read
from tests.looping import draw
from tests.variants import label

pytestmark = pytest.mark.usefixtures("quickly")

T, B, S, M, A = 2, 3, 5, 4, 3
# A sentence with padding at its end, one with padding inside, and an empty one.
MASK = np.array([[1, 1, 1, 1, 0], [0, 1, 0, 1, 1], [0] * S], bool)
FUNCTIONS = [
    Additive(A),
    Dot(),
    General(),
    Concat(A),
    LocalP(A, window=1),
    LocalP(A, window=2, score=Additive(A)),
]


def drawn(function, query_dim=M, dtype=np.float32):
    """Returns parameters, values [B, S, M] and queries [T, B, Q]."""
    rng = np.random.default_rng(0)
    key = jax.random.key(0)
    params = draw(rng, jax.eval_shape(lambda: function.init(key, query_dim, M)), dtype)
    return params, *draw(rng, (np.zeros((B, S, M)), np.zeros((T, B, query_dim))), dtype)


def score(function, params, query, value):
    match function:
        case Additive():
            return params.v @ np.tanh(query @ params.w + value @ params.u)
        case Dot():
            return query @ value
        case General():
            return value @ params.w @ query
        case Concat():
            return params.v @ np.tanh(np.concatenate([query, value]) @ params.w)


def weigh_one(function, params, query, values):
    """Returns the weights of the real values [N, M] of one sentence, by the papers."""
    local = isinstance(function, LocalP)
    inside, own = (function.score, params.score) if local else (function, params)
    scores = np.exp([score(inside, own, query, value) for value in values])
    if not local:
        return scores / scores.sum()
    place = params.v @ np.tanh(query @ params.w)
    place = len(values) / (1.0 + np.exp(-place))
    apart = np.arange(len(values)) - place
    near = np.where(np.abs(apart) <= function.window, scores, 0.0)
    gaussian = np.exp(-(apart**2) / (2.0 * (function.window / 2) ** 2))
    return near / near.sum() * gaussian


@pytest.mark.parametrize("function", FUNCTIONS, ids=label)
def test_weights_are_the_equations_of_the_papers(function):
    params, values, queries = drawn(function)

    @jax.jit
    def run(params, values, queries):
        keys = function.keys(params, values, MASK)
        alpha = function.weights(params, keys, queries)
        at_one_step = function.weights(params, keys, queries[0])
        return alpha, read(keys, alpha), at_one_step

    alpha, context, at_one_step = run(params, values, queries)
    np.testing.assert_allclose(alpha[0], at_one_step, atol=1e-6)
    expected = np.zeros((T, B, S))
    for t in range(T):
        for b in range(B - 1):
            real = values[b, MASK[b]]
            own = weigh_one(function, params, queries[t, b], real)
            expected[t, b, MASK[b]] = own
    np.testing.assert_allclose(alpha, expected, rtol=1e-5, atol=1e-6)
    assert not alpha[:, ~MASK].any() and not context[:, -1].any()
    whole = np.einsum("tbs,bsm->tbm", expected, values)
    np.testing.assert_allclose(context, whole, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("function", FUNCTIONS, ids=label)
def test_no_rubbish_in_the_padding_reaches_a_weight_or_a_gradient(function):
    params, values, queries = drawn(function)

    @jax.jit
    def run(values):
        def loss(params, values, queries):
            keys = function.keys(params, values, MASK)
            alpha = function.weights(params, keys, queries)
            return (alpha**2).sum() + (read(keys, alpha) ** 2).sum()

        return jax.value_and_grad(loss, (0, 1, 2))(params, values, queries)

    clean = run(values)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(clean))
    assert not clean[1][1][~MASK].any()
    for rubbish in (np.nan, np.inf):
        dirty = run(np.where(MASK[..., None], values, np.float32(rubbish)))
        jax.tree.map(np.testing.assert_array_equal, dirty, clean)


@pytest.mark.parametrize("function", FUNCTIONS, ids=label)
def test_weights_of_bfloat16_are_float32(function):
    def run(params, values, queries):
        keys = function.keys(params, values, MASK)
        alpha = function.weights(params, keys, queries)
        return alpha, read(keys, alpha)

    given = jax.tree.map(lambda a: a.astype(jnp.bfloat16), drawn(function))
    alpha, context = jax.eval_shape(run, *given)
    assert alpha.dtype == jnp.float32 and context.dtype == jnp.bfloat16


def test_without_a_mask_all_values_are_real():
    function = LocalP(A, window=1, score=Dot())
    params, values, queries = drawn(function)

    def weights(mask):
        return function.weights(params, function.keys(params, values, mask), queries)

    expected = jax.jit(weights)(np.ones((B, S), bool))
    np.testing.assert_allclose(jax.jit(weights)(None), expected, atol=1e-6)


def test_dot_refuses_widths_that_differ(key):
    with pytest.raises(ValueError, match="width 3 with a memory of width 4"):
        Dot().init(key, 3, 4)


def test_functions_are_hashable_and_their_sizes_are_checked():
    assert set(map(type, FUNCTIONS)) == set(alignment.ALIGNMENTS.values())
    assert len(set(FUNCTIONS)) == len(FUNCTIONS)
    for make in (Additive, Concat, LocalP, lambda n: LocalP(A, window=n)):
        with pytest.raises(ValueError, match="must be a positive integer, not 0"):
            make(0)
