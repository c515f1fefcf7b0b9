import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets.data import schemes
from seqnets.decode import crf

pytestmark = pytest.mark.usefixtures("quickly")

B, T, K = 4, 4, 3
# Full, padded at the end, in the middle and before, and one step.
MASK = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [0, 1, 0, 1], [0, 0, 1, 0]], bool)


def drawn(dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    params = crf.CRFParams(*(rng.normal(size=s) for s in ((K, K), K, K)))
    emissions = rng.normal(size=(B, T, K)) * 2.0
    return jax.tree.map(lambda a: np.asarray(a, dtype), (params, emissions))


def told(params, emissions, tags):
    """The score of one sequence, as the equation has it."""
    total = params.start[tags[0]] + params.stop[tags[-1]]
    total += sum(e[tag] for e, tag in zip(emissions, tags, strict=True))
    return total + sum(params.transition[i, j] for i, j in itertools.pairwise(tags))


def enumerated(params, emissions, mask):
    """All sequences of each row and their scores, the best first."""
    params = jax.tree.map(np.asarray, params)
    for row, real in zip(np.asarray(emissions), mask, strict=True):
        every = itertools.product(range(K), repeat=int(real.sum()))
        scored = [(told(params, row[real], tags), tags) for tags in every]
        yield sorted(scored, reverse=True)


def test_everything_is_as_enumerated(x64):
    params, emissions = drawn()
    rubbish = np.where(MASK[..., None], emissions, np.nan)
    rows = list(enumerated(params, emissions, MASK))
    log_z = np.array([np.logaddexp.reduce([s for s, _ in row]) for row in rows])
    for parallel in (False, True):
        found = jax.jit(crf.log_partition, static_argnames="parallel")(
            params, rubbish, MASK, parallel=parallel
        )
        np.testing.assert_allclose(found, log_z, rtol=1e-12)

    marginals = np.zeros((B, T, K))
    for b, row in enumerate(rows):
        for score, tags in row:
            np.add.at(marginals[b], (MASK[b], tags), np.exp(score - log_z[b]))
    found = jax.jit(crf.marginals)(params, rubbish, MASK)
    np.testing.assert_allclose(found, marginals, atol=1e-12)

    n = 5  # The last row has three sequences only.
    n_best = jax.jit(crf.n_best, static_argnames="n")
    tags, scores = map(np.asarray, n_best(params, rubbish, MASK, n=n))
    best, top = map(np.asarray, jax.jit(crf.viterbi)(params, rubbish, MASK))
    for b, row in enumerate(rows):
        for rank, (score, expected) in enumerate(row[:n]):
            np.testing.assert_array_equal(tags[b, rank][MASK[b]], expected)
            np.testing.assert_allclose(scores[b, rank], score, rtol=1e-12)
        assert (scores[b, len(row) :] <= crf.FORBIDDEN / 2).all()
        np.testing.assert_array_equal(best[b], tags[b, 0])
        np.testing.assert_allclose(top[b], row[0][0], rtol=1e-12)
        assert not tags[b][:, ~MASK[b]].any()

    scored = jax.jit(crf.score)(params, rubbish, best, MASK)
    np.testing.assert_allclose(scored, top, rtol=1e-12)
    likely = jax.jit(crf.log_likelihood)(params, rubbish, best, MASK)
    np.testing.assert_allclose(likely, top - log_z, atol=1e-12)


def test_both_recursions_have_one_gradient(x64):
    params, emissions = drawn()
    tags = np.random.default_rng(1).integers(0, K, (B, T))

    def gradient(parallel):
        def loss(params, emissions):
            p = crf.log_likelihood(params, emissions, tags, MASK, parallel=parallel)
            return p @ jnp.arange(1.0, B + 1)

        return jax.jit(jax.grad(loss, (0, 1)))(params, emissions)

    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, atol=1e-12),
        gradient(False),
        gradient(True),
    )


def test_rows_without_steps_score_nothing():
    params, emissions = drawn(np.float32)
    none = np.zeros((B, T), bool)
    n_best = jax.jit(crf.n_best, static_argnames="n")
    tags, scores = n_best(params, emissions, none, n=2)
    assert not tags.any()
    np.testing.assert_array_equal(scores, np.float32([[0.0, crf.FORBIDDEN]] * B))
    likely = jax.jit(crf.log_likelihood)(params, emissions, tags[:, 0], none)
    np.testing.assert_array_equal(likely, np.zeros(B))


def test_a_tag_that_there_is_not_is_forbidden_and_masked_ones_do_not_matter():
    params, emissions = drawn(np.float32)
    tags = np.zeros((B, T), int)

    def loss(params, emissions, tags):
        found = crf.log_likelihood(params, emissions, tags, MASK)
        return found.sum(), found

    measure = jax.jit(jax.value_and_grad(loss, (0, 1), has_aux=True))
    clean = measure(params, emissions, tags)
    for tag in (-1, K, -K, 10**6):
        spoilt = np.where(MASK[..., None], emissions, np.float32(np.nan))
        found = measure(params, spoilt, np.where(MASK, tags, tag))
        jax.tree.map(np.testing.assert_array_equal, found, clean)
        assert not np.asarray(found[1][1])[~MASK].any()

        strange = tags.copy()
        strange[1, 1] = tag  # A real step of one row.
        (_, found), gradients = measure(params, emissions, strange)
        assert crf.FORBIDDEN * T < found[1] < crf.FORBIDDEN / 2
        others = np.arange(B) != 1
        np.testing.assert_array_equal(found[others], clean[0][1][others])
        assert all(np.isfinite(g).all() for g in jax.tree.leaves(gradients))


@pytest.mark.parametrize("shape", [(2, 0), (0, 3)], ids=["no steps", "no rows"])
def test_no_steps_score_nothing_and_no_rows_nothing_at_all(shape):
    params = jax.tree.map(jnp.asarray, drawn(np.float32)[0])

    @jax.jit
    def run(emissions, tags, mask):
        scores = (
            crf.score(params, emissions, tags),
            crf.log_partition(params, emissions, mask),
            crf.log_partition(params, emissions, parallel=True),
            crf.viterbi(params, emissions)[1],
        )
        marginals = crf.marginals(params, emissions)
        return scores, marginals, crf.n_best(params, emissions, mask, n=2)

    given = (
        np.zeros((*shape, K), np.float32),
        np.zeros(shape, int),
        np.ones(shape, bool),
    )
    scores, marginals, (tags, best) = run(*given)
    for found in scores:
        np.testing.assert_array_equal(found, np.zeros(shape[0]))
    assert marginals.shape == (*shape, K)
    assert tags.shape == (shape[0], 2, shape[1])
    expected = np.float32([[0.0, crf.FORBIDDEN]] * shape[0]).reshape(-1, 2)
    np.testing.assert_array_equal(best, expected)


@pytest.mark.parametrize("scheme", schemes.SCHEMES)
def test_constraints_leave_the_sequences_of_a_scheme(scheme):
    names = sorted({t for n in (1, 2, 3) for t in schemes.tags_of(
        [schemes.Span(0, n, "X")], n, scheme
    )} | {"O"})  # fmt: skip
    classes, length = len(names), 4
    rng = np.random.default_rng(0)
    allowed = crf.CRFParams(*schemes.allowed(names, scheme))
    params = crf.constrain(crf.init(classes), allowed)
    emissions = rng.normal(size=(1, length, classes)).astype(np.float32) * 9.0
    every = list(itertools.product(range(classes), repeat=length))
    legal = []
    for ids in every:
        tags = [names[i] for i in ids]
        if schemes.convert(tags, scheme, scheme) == tags:
            legal.append(sum(emissions[0, t, i] for t, i in enumerate(ids)))
    log_z = jax.jit(crf.log_partition)(params, emissions)
    np.testing.assert_allclose(log_z, [np.logaddexp.reduce(legal)], rtol=1e-5)
    n_best = jax.jit(crf.n_best, static_argnames="n")
    _, scores = n_best(params, emissions, n=len(legal) + 2)
    np.testing.assert_allclose(scores[0, : len(legal)], sorted(legal)[::-1], rtol=1e-5)
    assert (scores[0, len(legal) :] <= crf.FORBIDDEN / 2).all()


def test_forbidden_scores_get_no_gradient_and_make_none_infinite():
    params, emissions = drawn(np.float32)
    allowed = jax.tree.map(lambda a: np.ones(a.shape, bool), params)
    allowed.transition[0, 1] = allowed.start[2] = False
    tags = np.zeros((B, T), int)
    tags[:, 1] = 1  # Forbidden, in rows that have both steps.

    def loss(params, emissions):
        params = crf.constrain(params, allowed)
        return crf.log_likelihood(params, emissions, tags, MASK).sum()

    measure = jax.jit(jax.value_and_grad(loss, (0, 1)))
    value, (own, of_emissions) = measure(params, emissions)
    assert np.isfinite(value) and np.isfinite(of_emissions).all()
    assert own.transition[0, 1] == own.start[2] == 0.0
    assert np.abs(own.transition[1, 0]) > 0.0


@pytest.mark.parametrize("n", [0, -1])
def test_one_sequence_is_the_least_that_can_be_asked_for(n):
    with pytest.raises(ValueError, match=f"n must be 1 or more, not {n}"):
        crf.n_best(crf.init(K), np.zeros((1, 2, K)), n=n)
