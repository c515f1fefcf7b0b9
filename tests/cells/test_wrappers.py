"""Laws of the wrappers: what is dropped, how often, and what is left alone."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells, unroll
from tests.looping import at, draw, like_init
from tests.own_cells import Leaky
from tests.variants import label

pytestmark = pytest.mark.usefixtures("quickly")

H, D, T = 4, 3, 5
MANY = 20_000

run = jax.jit(unroll, static_argnums=0)


def random_params(cell):
    return like_init(np.random.default_rng(0), cell.init, D)


def noise_of(cell, key):
    """The noise of T steps of MANY rows."""
    return jax.jit(cell.noise, static_argnums=(1, 2, 3))(key, T, MANY, D)


def step_many(cell, key):
    """Steps MANY copies of one state on one input, each with noise of its own.

    Returns:
      The state before, the states [MANY, H] after, and the state that an
      evaluation gives.
    """
    rng = np.random.default_rng(1)
    params = random_params(cell)
    state = draw(rng, cell.initial_state(params, 1, np.float32))
    x = draw(rng, np.zeros((1, 1, D)))

    def step(noise, count):
        xs = jnp.broadcast_to(x, (1, count, D))
        before = jax.tree.map(
            lambda s: jnp.broadcast_to(s, (count, *s.shape[1:])), state
        )
        return cell.step(params, before, at(cell.project(params, xs, noise), 0))[0]

    @jax.jit
    def outcomes(key):
        return step(cell.noise(key, 1, MANY, D), MANY), step(None, 1)

    return state, *outcomes(key)


def assert_mean(samples, expected):
    """Asserts that the mean over samples [MANY, H] is within five of its σ."""
    samples = np.asarray(samples, np.float64)
    error = samples.std(0) / np.sqrt(MANY)
    np.testing.assert_array_less(np.abs(samples.mean(0) - expected), 5 * error + 1e-6)


# Where the step is linear in what is dropped, the mean over training steps is
# the evaluation step.
LINEAR = cells.SRN(H, activation="identity")


@pytest.mark.parametrize(
    "cell",
    [
        cells.Dropout(LINEAR, 0.3),
        cells.VariationalDropout(LINEAR, inputs=0.3, state=0.4),
        cells.Zoneout(cells.LSTM(H), 0.2, memory_rate=0.6),
        cells.Zoneout(cells.GRU(H), 0.2),
        cells.Zoneout(cells.VariationalDropout(LINEAR, state=0.4), 0.2),
        cells.Zoneout(Leaky(H), 0.3),
        cells.VariationalDropout(Leaky(H), state=0.4),
        cells.Zoneout(cells.Stack((LINEAR, cells.Residual(H))), 0.2),
    ],
    ids=label,
)
def test_evaluation_is_the_expectation(cell, key):
    _, *outcomes = step_many(cell, key)
    leaves = map(jax.tree.leaves, outcomes)
    for samples, expected in zip(*leaves, strict=True):
        assert samples.std() > 0.01
        assert_mean(samples, expected[0])


def test_variational_dropout_masks_the_state_that_a_cell_of_ones_own_reads(key):
    cell = cells.VariationalDropout(Leaky(H, rate=0.5), state=0.4)
    before, states, _ = step_many(cell, key)
    _, plain, _ = step_many(Leaky(H, rate=0.5), key)
    dropped = np.isclose(states, plain - 0.5 * before, atol=1e-6)
    kept = np.isclose(states, plain + 0.5 * before * (1 / 0.6 - 1), atol=1e-6)
    assert (dropped ^ kept).all()
    assert_mean(kept, 0.6)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            cells.VariationalDropout(cells.TrainableStart(cells.LSTM(H))),
            cells.TrainableStart(cells.VariationalDropout(cells.LSTM(H))),
        ),
        (
            cells.Zoneout(cells.TrainableStart(cells.GRU(H))),
            cells.TrainableStart(cells.Zoneout(cells.GRU(H))),
        ),
    ],
    ids=label,
)
def test_wrappers_that_change_different_things_go_in_any_order(one, other, key):
    params = random_params(one)
    xs = draw(np.random.default_rng(1), np.zeros((2, T, D)))
    for k in (key, None):
        runs = [run(cell, params, xs, key=k) for cell in (one, other)]
        jax.tree.map(np.testing.assert_array_equal, *runs)


def test_a_wrapper_draws_the_noise_of_the_cell_inside(key):
    inner = cells.Dropout(cells.SRN(H), 0.4)
    for wrapper in (cells.Zoneout, cells.VariationalDropout, cells.TrainableStart):
        noise = noise_of(wrapper(inner), key)
        drawn = [n for n in jax.tree.leaves(noise) if n.shape == (T, MANY, D)]
        assert_mean(drawn[-1][0], 0.6)


def test_a_variational_mask_reaches_a_cell_through_zoneout(key):
    """The zoned-out state is the one before, not the masked one."""
    cell = cells.VariationalDropout(cells.Zoneout(LINEAR, 0.5), state=0.5)
    before, states, _ = step_many(cell, key)
    assert_mean(states.h == before.h, 0.5)


def test_zoneout_keeps_units_at_its_rates(key):
    cell = cells.Zoneout(cells.LSTM(H), 0.2, memory_rate=0.6)
    before, states, _ = step_many(cell, key)
    _, proposed, _ = step_many(cells.Zoneout(cells.LSTM(H), 0.0), key)
    for name, rate in (("h", 0.2), ("c", 0.6)):
        old, new, found = (getattr(s, name) for s in (before, proposed, states))
        kept = np.asarray(found == old)
        np.testing.assert_allclose(found[~kept], np.asarray(new)[~kept], rtol=1e-6)
        assert_mean(kept, rate)


def test_the_memorys_zoneout_rate_is_that_of_the_output_by_default():
    cell = cells.Zoneout(cells.LSTM(H), 0.3)
    assert cell.rates(cell.initial_state(None, 1, np.float32)) == (0.3, 0.3)


def test_dropout_draws_afresh_at_every_step(key):
    m, inner = noise_of(cells.Dropout(cells.SRN(H), 0.4), key)
    assert inner is None
    m = np.asarray(m)
    assert_mean(m[0], 0.6)
    # Two independent draws agree with probability 0.6² + 0.4².
    assert_mean(m[0] == m[1], 0.52)


def test_variational_masks_are_constant_over_time_but_not_over_rows(key):
    cell = cells.VariationalDropout(cells.SRN(H), inputs=0.3, state=0.4)
    m_x, m_h, _ = noise_of(cell, key)
    for m, rate, dim in ((m_x, 0.3, D), (m_h, 0.4, H)):
        assert m.shape == (T, MANY, dim)
        np.testing.assert_array_equal(m, np.broadcast_to(m[0], m.shape))
        assert_mean(m[0], 1.0 - rate)


def test_variational_dropout_leaves_alone_what_no_matrix_reads(key):
    """With z = 0 a GRU keeps its state, though its matrices read it dropped."""
    cell = cells.VariationalDropout(cells.GRU(H), state=0.5)
    params = random_params(cell)
    params = params._replace(b=np.float32([0.0, -1e3, 0.0]).repeat(H))
    state = cells.GRUState(np.full((8, H), 0.7, np.float32))

    @jax.jit
    def take(params, state, key):
        us = cell.project(params, jnp.ones((1, 8, D)), cell.noise(key, 1, 8, D))
        return cell.step(params, state, at(us, 0))

    after, _ = take(params, state, key)
    np.testing.assert_array_equal(after.h, state.h)


@pytest.mark.parametrize(
    "wrapper", [cells.Dropout, cells.VariationalDropout], ids=lambda w: w.__name__
)
def test_without_a_key_nothing_is_dropped(wrapper):
    inner = cells.LSTM(H)
    params = random_params(inner)
    xs = draw(np.random.default_rng(1), np.zeros((2, T, D)))
    plain, wrapped = (run(c, params, xs)[1] for c in (inner, wrapper(inner)))
    np.testing.assert_allclose(wrapped, plain, rtol=1e-6, atol=1e-7)


def test_a_start_is_learnt_from_zero(key):
    cell = cells.TrainableStart(cells.LSTM(H))
    params = jax.jit(cell.init, static_argnums=1)(key, D)
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(params.start))

    params = params._replace(start=draw(np.random.default_rng(0), params.start))
    state = cell.initial_state(params, 2, np.float32)
    for row in range(2):
        jax.tree.map(
            lambda s, start, row=row: np.testing.assert_array_equal(s[row], start[0]),
            state,
            params.start,
        )

    def total(params):
        return unroll(cell, params, jnp.ones((2, T, D)))[1].sum()

    gradient = jax.jit(jax.grad(total))(params)
    assert all(np.all(leaf) for leaf in jax.tree.leaves(gradient.start))


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
@pytest.mark.parametrize(
    "make",
    [
        lambda rate: cells.Dropout(cells.SRN(H), rate),
        lambda rate: cells.Zoneout(cells.SRN(H), rate),
        lambda rate: cells.Zoneout(cells.LSTM(H), memory_rate=rate),
        lambda rate: cells.VariationalDropout(cells.SRN(H), inputs=rate),
        lambda rate: cells.VariationalDropout(cells.SRN(H), state=rate),
    ],
    ids=["dropout", "zoneout", "memory", "inputs", "state"],
)
def test_a_rate_that_is_no_probability_is_refused(make, rate):
    with pytest.raises(ValueError, match=rf"in \[0, 1\), not {rate}"):
        make(rate)


def test_a_rate_of_numpy_is_a_rate_and_not_a_mask():
    xs = np.random.default_rng(1).normal(size=(2, T, D)).astype(np.float32)
    plain = cells.Zoneout(cells.GRU(H), 0.25)
    params = random_params(plain)
    _, expected = run(plain, params, xs)
    _, found = run(cells.Zoneout(cells.GRU(H), np.float32(0.25)), params, xs)
    np.testing.assert_array_equal(found, expected)
