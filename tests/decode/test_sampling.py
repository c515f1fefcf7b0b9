"""Draws follow the predicted probabilities; filters agree with enumeration."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
import scipy.stats

from seqnets.decode import sampling
from seqnets.decode.constraints import Constraint

pytestmark = pytest.mark.usefixtures("quickly")

V = 6
DRAWS = 10_000
TABLE = np.random.default_rng(0).normal(size=(V, V)).astype(np.float32)


def bigram(state, token):
    """A model whose next symbol depends on the last one only; counts its steps."""
    return state + 1, jnp.asarray(TABLE)[token]


OPTIONS = ("length", "temperature", "top_k", "top_p", "eos", "no_repeat", "forbidden")


filtered = jax.jit(
    sampling.filter_logits, static_argnames=("temperature", "top_k", "top_p")
)


@functools.partial(jax.jit, static_argnames=OPTIONS)
def sample(first, key, **options):
    state = jnp.zeros(first.shape, jnp.int32)
    return sampling.sample(bigram, state, first, key, **options)


def draw(first, *, seed=0, length=8, **options):
    first = jnp.asarray(first, jnp.int32)
    drawn = sample(first, jax.random.key(seed), length=length, **options)
    return jax.tree.map(np.asarray, drawn)


def agreement(symbols, probabilities):
    """Returns the p-value of Pearson's chi-square test."""
    counts = np.bincount(symbols, minlength=len(probabilities))
    expected = counts.sum() * np.asarray(probabilities, np.float64)
    return scipy.stats.chisquare(
        counts, expected * counts.sum() / expected.sum()
    ).pvalue


def brute_force_nucleus(probabilities, top_p):
    """The heaviest of the smallest sets whose mass reaches `top_p`."""
    for size in range(1, V + 1):
        sets = itertools.combinations(range(V), size)
        best = max(sets, key=lambda s: sum(probabilities[list(s)]))
        if sum(probabilities[list(best)]) >= top_p:
            return set(best)
    raise AssertionError("the whole distribution has mass 1")


@pytest.mark.parametrize("temperature", [1.0, 0.5, 2.0])
def test_draws_follow_the_predicted_probabilities(temperature):
    tokens, _ = draw(np.full(DRAWS, 3), length=1, temperature=temperature)
    predicted = scipy.special.softmax(TABLE[3] / temperature)
    assert agreement(tokens[:, 0], predicted) > 0.01


def test_uniform_draws_would_fail_the_same_test():
    uniform = np.random.default_rng(0).integers(V, size=DRAWS)
    assert agreement(uniform, scipy.special.softmax(TABLE[3])) < 1e-12


def test_every_symbol_is_drawn_given_the_one_before_it():
    tokens, _ = draw(np.full(DRAWS, 3), length=2)
    for symbol in range(V):
        followers = tokens[tokens[:, 0] == symbol, 1]
        assert agreement(followers, scipy.special.softmax(TABLE[symbol])) > 0.001


@pytest.mark.parametrize("k", [1, 2, V - 1, V, V + 5])
def test_top_k_keeps_the_k_largest(k):
    kept = np.isfinite(filtered(TABLE, top_k=k))
    for row, logits in zip(kept, TABLE, strict=True):
        assert set(np.flatnonzero(row)) == set(np.argsort(logits)[::-1][:k])


@pytest.mark.parametrize("top_p", [1e-6, 0.3, 0.5, 0.9, 0.999])
def test_nucleus_is_the_smallest_set_that_reaches_the_mass(top_p):
    kept = np.isfinite(filtered(TABLE, top_p=top_p))
    for row, logits in zip(kept, TABLE, strict=True):
        nucleus = brute_force_nucleus(scipy.special.softmax(logits), top_p)
        assert set(np.flatnonzero(row)) == nucleus


def test_nucleus_counts_the_mass_that_temperature_and_top_k_left():
    kept = np.isfinite(filtered(TABLE, temperature=2.0, top_k=3, top_p=0.8))
    for row, logits in zip(kept, TABLE, strict=True):
        left = np.where(logits >= np.sort(logits)[-3], logits / 2.0, -np.inf)
        nucleus = brute_force_nucleus(scipy.special.softmax(left), 0.8)
        assert set(np.flatnonzero(row)) == nucleus


def test_of_equal_logits_the_lower_index_stays():
    level = np.zeros((2, 5), np.float32)
    for options, count in [
        ({"top_k": 2}, 2),
        ({"top_p": 0.5}, 3),
        ({"temperature": 0}, 1),
    ]:
        kept = np.isfinite(filtered(level, **options))
        np.testing.assert_array_equal(kept, np.arange(5)[None].repeat(2, 0) < count)


def test_what_is_kept_keeps_its_odds():
    logits = filtered(TABLE, top_k=3)
    kept = np.isfinite(logits)
    np.testing.assert_array_equal(np.asarray(logits)[kept], TABLE[kept])


def test_without_options_nothing_changes():
    logits = filtered(TABLE, top_p=1.0)
    np.testing.assert_array_equal(logits, TABLE)


def test_forbidden_symbols_stay_forbidden():
    logits = np.float32([-np.inf, 0.0, -np.inf, 1.0])
    for options in ({"temperature": 0.7}, {"top_k": 3}, {"top_p": 0.9999}):
        kept = np.isfinite(filtered(logits, **options))
        np.testing.assert_array_equal(kept, [False, True, False, True])


@pytest.mark.parametrize("temperature", [0, 1e-300, 1e-42, 1e-30])
def test_cold_sampling_is_greedy(temperature):
    first = np.arange(V)
    tokens, _ = draw(first, length=5, temperature=temperature)
    last = first
    for t in range(5):
        last = TABLE[last].argmax(-1)
        np.testing.assert_array_equal(tokens[:, t], last)


def test_low_precision_logits_are_filtered_in_float32():
    logits = filtered(np.zeros(300, jnp.bfloat16), top_p=0.5)
    assert logits.dtype == jnp.float32
    assert np.isfinite(logits).sum() in (150, 151)  # 1/300 rounds either way.


def test_a_seed_fixes_the_sample_and_another_changes_it():
    first = np.zeros(16)
    np.testing.assert_array_equal(draw(first)[0], draw(first)[0])
    assert (draw(first)[0] != draw(first, seed=1)[0]).any()


def test_a_longer_sample_begins_with_the_shorter_one():
    first = np.zeros(16)
    np.testing.assert_array_equal(
        draw(first, length=8)[0][:, :3], draw(first, length=3)[0]
    )


def test_rows_stop_at_eos_and_say_how_long_they_are():
    free, _ = draw(np.full(64, 2), length=12)
    tokens, lengths = draw(np.full(64, 2), length=12, eos=2)
    assert 0 in lengths and 12 in lengths  # Both ends are tried.
    for row, length, running_on in zip(tokens, lengths, free, strict=True):
        np.testing.assert_array_equal(row[:length], running_on[:length])
        assert (row[:length] != 2).all() and (row[length:] == 2).all()


def test_without_eos_every_row_runs_on():
    tokens, lengths = draw(np.zeros(3), length=7)
    assert tokens.shape == (3, 7) and (lengths == 7).all()


def test_nothing_is_drawn_where_no_symbol_is_asked_for():
    tokens, lengths = draw(np.zeros(3), length=0, eos=2, no_repeat=1)
    assert tokens.shape == (3, 0) and (lengths == 0).all()


def test_what_is_forbidden_gets_no_probability_and_the_rest_keeps_its_shares():
    tokens, _ = draw(np.zeros(DRAWS), length=1, eos=5, forbidden=(1, 4))
    left = scipy.special.softmax(TABLE[0]) * [1, 0, 1, 1, 0, 1]
    assert not np.isin(tokens, (1, 4)).any()
    assert agreement(tokens[:, 0], left / left.sum() + 1e-30) > 1e-3


@pytest.mark.parametrize("n", [1, 2])
def test_no_n_gram_comes_twice_and_a_row_ends_where_nothing_may_come(n):
    tokens, lengths = draw(np.zeros(64), length=40, eos=2, no_repeat=n, forbidden=(3,))
    for row, length in zip(tokens, lengths, strict=True):
        grams = list(zip(*(row[i:length].tolist() for i in range(n)), strict=False))
        assert len(set(grams)) == len(grams)
    assert 1 < lengths.max() < 40


def test_a_constraint_holds_in_every_sample():
    @jax.jit
    def run(first):
        # No symbol below the one before; nothing after 4.
        rule = Constraint(first, lambda _, token: token, above)
        return sampling.sample(
            bigram, first, first, jax.random.key(0), length=9, eos=5, constraint=rule
        )

    def above(last):
        return (jnp.arange(V) >= last[:, None]) & (last < 4)[:, None]

    tokens, lengths = jax.tree.map(np.asarray, run(jnp.zeros(64, int)))
    for row, length in zip(tokens, lengths, strict=True):
        assert (np.diff(row[:length]) >= 0).all() and (row[length:] == 5).all()
        assert 4 not in row[: max(length - 1, 0)]
    assert len(set(lengths.tolist())) > 3


@pytest.mark.parametrize(
    "options",
    [
        {"temperature": -1.0},
        {"temperature": float("nan")},
        {"temperature": float("inf")},
        {"top_k": 0},
        {"top_k": 2.5},
        {"top_p": 0.0},
        {"top_p": 1.5},
        {"top_p": float("nan")},
        {"length": -1},
        {"no_repeat": -1},
    ],
    ids=str,
)
def test_a_bad_option_is_named_with_its_value(options):
    ((name, value),) = options.items()
    with pytest.raises(ValueError, match=f"{name} .*{value}"):
        draw(np.zeros(2), **options)


def test_without_an_end_symbol_nothing_can_be_ruled_out():
    with pytest.raises(ValueError, match="eos is needed"):
        draw(np.zeros(2), forbidden=(1,))


@pytest.mark.parametrize("symbol", [-1, V])
def test_only_symbols_of_the_model_can_be_forbidden(symbol):
    with pytest.raises(ValueError, match=f"forbidden must hold symbols 0 to {V - 1}"):
        draw(np.zeros(2), eos=5, forbidden=(0, symbol))


def test_symbols_may_come_in_a_list_or_an_array():
    @jax.jit
    def run(key):
        options = {"length": 9, "eos": 5, "forbidden": np.array([2])}
        return sampling.sample(bigram, jnp.zeros(2), [3, 4], key, **options)

    tokens, lengths = run(jax.random.key(0))
    expected = draw([3, 4], length=9, eos=5, forbidden=(2,))
    np.testing.assert_array_equal(tokens, expected[0])
    np.testing.assert_array_equal(lengths, expected[1])
