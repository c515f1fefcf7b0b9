"""Cells with a linear recurrence: in parallel over time they are what a scan gives."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import bidirectional, cells, init_bidirectional
from seqnets.kernels.affine import is_linear
from seqnets.plan import Plan
from seqnets.unroll import unroll
from tests.looping import draw, weigh
from tests.own_cells import Leaky
from tests.variants import LINEAR, H, label

B, T, D = 3, 5, 2
MASK = np.array([[1, 1, 0, 1, 1], [0, 0, 1, 1, 1], [1, 1, 1, 1, 0]], bool)
RESET = np.array([[0, 0, 1, 0, 0], [0, 0, 0, 1, 0], [1, 0, 0, 0, 1]], bool)
KEY = jax.random.key(1)
PARALLEL = Plan(time="parallel")
# In one direction whole, in the other by chunks, of which one is shorter.
PLANS = {
    False: [Plan(), PARALLEL],
    True: [Plan(recompute=False), Plan(None, 2, True, "parallel")],
}


class Plain(cells.Residual):
    """A linear cell whose step takes no `keep`."""

    def step(self, params, state, u):
        return super().step(params, state, u)

    def affine(self, params, u):
        return super().affine(params, u)


CELLS = [*LINEAR, cells.Residual(H, recurrent=False)]
WRAPPED = [
    cells.TrainableStart(cells.Dropout(cells.LRU(H), 0.3)),
    cells.Zoneout(cells.VariationalDropout(cells.MinGRU(H), 0.3, 0.4), 0.3),
    cells.VariationalDropout(cells.Zoneout(Plain(H, recurrent=False), 0.3), 0.3, 0.4),
]
STACK = cells.Stack((cells.Residual(H, False), cells.MinLSTM(H)), residual=True)
pytestmark = pytest.mark.usefixtures("quickly")


def random_run(cell, dtype=np.float64):
    """Returns (parameters, inputs [B, T, D], state), all random."""
    rng = np.random.default_rng(0)
    shapes = jax.eval_shape(lambda: cell.init(jax.random.key(0), D))
    params = draw(rng, shapes, dtype)
    state = draw(rng, cell.initial_state(params, B, dtype), dtype)
    return params, rng.normal(size=(B, T, D)).astype(dtype), state


def assert_close(found, expected, rtol=1e-10, atol=1e-12):
    assert jax.tree.structure(found) == jax.tree.structure(expected)
    close = functools.partial(np.testing.assert_allclose, rtol=rtol, atol=atol)
    jax.tree.map(close, found, expected)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("cell", [*WRAPPED, STACK], ids=label)
def test_every_form_is_that_of_the_steps(cell):
    """Marked, both ways, with noise and a given state; with gradients of all."""
    stepped = cells.Wrapper(cell)  # It has no `affine`.

    def loss(run, reverse, params, xs, state):
        marks = {"mask": MASK, "reset": RESET, "key": KEY}
        found = run(params, xs, state=state, reverse=reverse, **marks)
        return weigh(found), found

    @jax.jit
    def measure(*inputs):
        measured = jax.value_and_grad(loss, (2, 3, 4), has_aux=True)
        own, plain = (functools.partial(unroll, c) for c in (cell, stepped))
        runs = {
            way: [plain, *(functools.partial(own, plan=plan) for plan in plans)]
            for way, plans in PLANS.items()
        }
        return [[measured(r, way, *inputs) for r in runs[way]] for way in runs]

    for expected, *others in measure(*random_run(cell)):
        for found in others:
            assert_close(found, expected)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("cell", LINEAR[2:], ids=label)
def test_the_gradient_in_parallel_is_the_slope(cell):
    """Central differences along one random direction through all arguments."""
    inputs = random_run(cell)

    @jax.jit
    def f(params, xs, state):
        marks = {"mask": MASK, "reset": RESET, "plan": PARALLEL}
        return weigh(unroll(cell, params, xs, state=state, **marks))

    direction = draw(np.random.default_rng(1), inputs, np.float64)
    slope = jax.tree.map(np.vdot, jax.jit(jax.grad(f, (0, 1, 2)))(*inputs), direction)

    def moved(distance):
        return f(*jax.tree.map(lambda a, d: a + distance * d, inputs, direction))

    difference = (moved(1e-5) - moved(-1e-5)) / 2e-5
    np.testing.assert_allclose(sum(jax.tree.leaves(slope)), difference, rtol=1e-7)


def test_both_directions_in_parallel():
    cell = cells.Stack((cells.MinGRU(H), cells.MinLSTM(H)))
    shapes = jax.eval_shape(lambda: init_bidirectional(cell, jax.random.key(0), D))
    params = draw(np.random.default_rng(0), shapes)
    _, xs, _ = random_run(cell, np.float32)
    found, expected = jax.jit(
        lambda xs: [
            bidirectional(cell, params, xs, mask=MASK, plan=plan)
            for plan in (PARALLEL, None)
        ]
    )(xs)
    assert_close(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("cell", LINEAR[1:], ids=label)
def test_rubbish_in_padding_and_before_a_reset_reaches_nothing(cell):
    params, xs, _ = random_run(cell, np.float32)
    reset = np.arange(T) == np.full((B, 1), 3)
    run = jax.jit(
        lambda xs: unroll(cell, params, xs, mask=MASK, reset=reset, plan=PARALLEL)
    )
    clean = run(xs)
    padded = run(np.where(MASK[..., None], xs, np.nan))
    jax.tree.map(np.testing.assert_array_equal, padded, clean)
    state, ys = run(np.where((np.arange(T) < 3)[:, None], np.nan, xs))
    jax.tree.map(np.testing.assert_array_equal, state, clean[0])
    np.testing.assert_array_equal(ys[:, 3:], clean[1][:, 3:])


@pytest.mark.parametrize("cell", LINEAR[1:], ids=label)
def test_bfloat16_in_parallel_stays_near_the_scan(cell):
    """Both keep the state in float32 and round the output: by one step of bfloat16."""
    params, xs, _ = random_run(cell, np.float32)
    (state, ys), (held, expected) = jax.jit(
        lambda xs: [unroll(cell, params, xs, plan=plan) for plan in (PARALLEL, None)]
    )(jnp.asarray(xs, jnp.bfloat16))
    assert ys.dtype == jnp.bfloat16 and state[0].dtype == jnp.float32
    assert_close(state, held, rtol=1e-5, atol=1e-6)
    assert_close(np.float32(ys), np.float32(expected), rtol=2**-7, atol=1e-6)


@pytest.mark.parametrize("cell", LINEAR[1:], ids=label)
def test_ten_thousand_steps_neither_overflow_nor_drift(cell):
    """In float32; the scan in float64 is what is right."""
    rng = np.random.default_rng(0)
    xs = rng.normal(size=(1, 10_000, D)).astype(np.float32)
    params = cell.init(jax.random.key(0), D)
    found = jax.jit(lambda xs: unroll(cell, params, xs, plan=PARALLEL)[1])(xs)
    with jax.enable_x64(True):
        wide = jax.tree.map(lambda a: np.asarray(a, float), params)
        exact = jax.jit(lambda xs: unroll(cell, wide, xs, plan=Plan())[1])(
            np.asarray(xs, float)
        )
    found, exact = np.asarray(found, float), np.asarray(exact)
    assert np.abs(found - exact).max() < 2e-5 * np.abs(exact).max()


def test_gates_that_are_all_shut_keep_the_state():
    """1 - σ(z) and σ(f) / (σ(f) + σ(i)) are 1, or ½, and never 0 / 0."""
    state = cells.MinGRUState(jnp.full((1, H), 3.0))
    xs = jnp.zeros((1, 50, D))
    shut = cells.MinGRU(H).init(jax.random.key(0), D)
    shut = shut._replace(b=jnp.repeat(jnp.array([-1e3, 1.0]), H))
    run = jax.jit(functools.partial(unroll, plan=PARALLEL), static_argnums=0)
    final, _ = run(cells.MinGRU(H), shut, xs, state=state)
    np.testing.assert_array_equal(final.h, state.h)
    cell = cells.MinLSTM(H)
    both = cell.init(jax.random.key(0), D)
    both = both._replace(b=jnp.repeat(jnp.array([-1e3, -1e3, 1.0]), H))
    final, _ = run(cell, both, xs)
    np.testing.assert_allclose(final.h, 1.0, rtol=1e-6)


def test_which_cells_are_linear():
    def linear(cell):
        params = jax.eval_shape(lambda: cell.init(jax.random.key(0), D))
        xs = jax.ShapeDtypeStruct((1, B, D), jnp.float32)
        noise = jax.eval_shape(lambda: cell.noise(KEY, 1, B, D))
        us = jax.eval_shape(cell.project, params, xs, noise)
        return is_linear(*cell.core(params), us)

    *linear_ones, masked = WRAPPED
    assert all(linear(cell) for cell in (*CELLS, *linear_ones))
    assert not linear(masked)  # Its state is masked at every step.
    assert not any(map(linear, (cells.Residual(H), cells.LSTM(H), Leaky(H))))
    # The output of an LRU is not its state, so that Zoneout cannot read it afterwards.
    assert not linear(cells.Zoneout(cells.LRU(H)))


def test_a_gradient_of_another_form_is_refused():
    cell = cells.MinGRU(H)
    params, xs, _ = random_run(cell, np.float32)
    with pytest.raises(ValueError, match="gradient of its own.*'custom_vjp'"):
        unroll(cell, params, xs, plan=Plan("custom_vjp", time="parallel"))
    with pytest.raises(ValueError, match="time must be one of .*'series'"):
        unroll(cell, params, xs, plan=Plan(time="series"))


class Halved(cells.Residual):
    """A residual cell with a step of its own, and the `affine` of its base."""

    def step(self, params, state, u, *, keep=None):
        state, y = super().step(params, state, u, keep=keep)
        return state._replace(h=state.h / 2), y / 2


def test_a_step_of_a_subclass_is_the_one_that_is_taken():
    cell = Halved(H, recurrent=False)
    params, xs, state = random_run(cell, np.float32)
    _, ys = unroll(cell, params, xs, state=state)
    us = cell.project(params, xs.swapaxes(0, 1))
    expected = []
    for t in range(T):
        state, y = cell.step(params, state, us[t])
        expected.append(y)
    np.testing.assert_allclose(ys, np.stack(expected, 1), rtol=1e-6)
