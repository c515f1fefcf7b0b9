"""Norms of Jacobians are exact, within 001's bound, and overflow is reported."""

import jax
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from seqnets import cells, feedforward
from seqnets.alignment import General
from seqnets.analysis import jacobians
from seqnets.unroll import bind
from tests.looping import at, like_init, pick
from tests.variants import H, label

pytestmark = pytest.mark.usefixtures("quickly")

B, T, D = 2, 4, 2
MASK = np.array([[1, 1, 0, 1], [1, 1, 1, 0]], bool)
RESET = np.array([[0, 0, 0, 0], [0, 1, 0, 0]], bool)

norms_of = jax.jit(jacobians.jacobian_norms, static_argnums=0)


def random_run(cell):
    """Returns (parameters, inputs [B, T, D]), random float64."""
    rng = np.random.default_rng(0)
    params = like_init(rng, cell.init, D, dtype=np.float64)
    return params, rng.normal(size=(B, T, D))


def scaling(scale, activation):
    """Returns a net of two units that are each multiplied at every step."""
    cell = cells.SRN(2, activation, bias=False)
    w_x, w_h = np.ones((1, 2), np.float32), scale * np.eye(2, dtype=np.float32)
    return cell, cells.SRNParams(w_x, w_h, None)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(
    "cell",
    [
        cells.SRN(H, form="preactivation"),
        cells.LSTM(H, peephole=True, projection=2),
        cells.VariationalDropout(cells.GRU(H)),
        cells.Stack(
            (cells.TrainableStart(cells.LSTM(H)), cells.Zoneout(cells.SRN(H))),
            residual=True,
        ),
    ],
    ids=label,
)
def test_norms_are_those_of_the_derivative_of_the_last_state_by_every_one(cell):
    params, xs = random_run(cell)
    first, unravel = ravel_pytree(cell.initial_state(params, 1, xs.dtype))

    @jax.jit
    @jax.jacrev
    def jacobians(nudges, xs, mask, reset):
        """∂s_T/∂s_k for all k, [n, T, n]: each state is nudged in turn."""
        us = cell.project(params, xs.swapaxes(0, 1))
        start = state = unravel(first)
        for t in range(T):
            state = unravel(ravel_pytree(state)[0] + nudges[t])
            state = pick(reset[:, t], start, state)
            after, _ = cell.step(params, state, at(us, t))
            state = pick(mask[:, t], after, state)
        return ravel_pytree(state)[0]

    found = norms_of(cell, params, xs, mask=MASK, reset=RESET)
    parts = {"state": slice(None)}
    if isinstance(cell, cells.LSTM):
        parts |= {"h": slice(0, 2), "c": slice(2, 2 + H)}
    for row in range(B):
        own = (a[row : row + 1] for a in (xs, MASK, RESET))
        exact = np.asarray(jacobians(np.zeros((T, first.size)), *own))
        for name, part in parts.items():
            norms = [np.linalg.norm(exact[part, k, part], 2) for k in range(1, T)]
            got = 10.0 ** np.asarray(found[name][row, ::-1])
            np.testing.assert_allclose(got, norms, rtol=1e-9, atol=1e-300)


def test_parts_of_a_stack_are_named_by_layer():
    cell = cells.Stack((cells.LSTM(2), cells.GRU(2)))
    params, xs = random_run(cell)
    found = jax.eval_shape(
        lambda *inputs: jacobians.jacobian_norms(cell, *inputs), params, xs
    )
    assert set(found) == {"state", "0.h", "0.c", "1.h"}


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(
    "cell",
    [
        cells.AttendBefore(cells.SRN(H), General(), memory_dim=2),
        cells.Bridge(cells.SRN(H), start_dim=2),
    ],
    ids=label,
)
def test_rows_with_a_memory_of_their_own_have_the_norms_they_have_alone(cell):
    params, xs = random_run(cell)
    rng = np.random.default_rng(1)
    memory = cells.Memory(rng.normal(size=(B, 3, 2)), start=rng.normal(size=(B, 2)))

    @jax.jit
    def norms(xs, memory, reset):
        bound = bind(cell, params, memory)
        return jacobians.jacobian_norms(cell, bound, xs, reset=reset)["state"]

    found = norms(xs, memory, RESET)
    assert np.isfinite(found[0]).all() and np.isneginf(found[1, -1])
    for row in range(B):
        own = at((xs, memory, RESET), [row])
        np.testing.assert_allclose(norms(*own)[0], found[row], rtol=1e-9)


def test_with_a_state_to_begin_with_no_start_is_asked_for():
    cell = cells.Bridge(cells.SRN(H), start_dim=2)
    params, xs = random_run(cell)
    state = cells.SRNState(np.zeros((B, H)))
    found = jax.eval_shape(lambda: norms_of(cell, params, xs, state=state))
    assert found["state"].shape == (B, T - 1)


def test_a_linear_recurrence_loses_nothing():
    cell = cells.Residual(H, recurrent=False)
    params, xs = random_run(cell)
    np.testing.assert_array_equal(norms_of(cell, params, xs)["state"], 0.0)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("form", ["standard", "preactivation"])
@pytest.mark.parametrize("activation", ["logistic", "tanh", "relu"])
def test_below_one_over_gamma_norms_stay_under_the_bound(form, activation):
    """001 eq 43-44, for random weights with λ₁ < 1/γ."""
    dim, steps = 5, 12
    cell = cells.SRN(dim, activation, form)
    gamma = 0.25 if activation == "logistic" else 1.0
    rng = np.random.default_rng(0)
    for share in rng.uniform(0.3, 0.99, 20):
        w_h = rng.normal(size=(dim, dim))
        w_h *= share / gamma / np.linalg.norm(w_h, 2)
        params = cells.SRNParams(rng.normal(size=(D, dim)), w_h, rng.normal(size=dim))
        eta = float(jacobians.jacobian_bound(cell, params))
        assert eta == pytest.approx(share) and eta < 1.0
        xs = rng.normal(size=(B, steps, D))
        norms = np.asarray(norms_of(cell, params, xs)["state"])
        lags = np.arange(1, steps)
        assert np.all(norms <= lags * np.log10(eta) + 1e-9)


def test_the_bound_is_reached():
    cell, params = scaling(0.5, "identity")
    norms = norms_of(cell, params, np.zeros((1, T, 1), np.float32))["state"][0]
    bound = np.log10(jacobians.jacobian_bound(cell, params))
    np.testing.assert_allclose(norms, bound * np.arange(1, T), rtol=1e-5)


@pytest.mark.parametrize(
    ("scale", "activation", "word"),
    [
        (10.0, "identity", "overflow"),
        (10.0, "relu", "NaN"),
        (1.2, "identity", "explodes"),
        (1.0, "identity", "flows"),
        (0.8, "identity", "vanishes"),
        (0.01, "identity", "vanishes"),
    ],
)
def test_overflow_is_reported_and_other_norms_are_numbers(scale, activation, word):
    steps = 50  # 10^50 and 10^-100 are no numbers of float32.
    cell, params = scaling(scale, activation)
    # An input of zero keeps the state, though not its Jacobian, from overflowing.
    xs = np.full((1, steps, 1), 0.0 if activation == "identity" else 1.0, np.float32)
    norms = norms_of(cell, params, xs)["state"][0]
    assert jacobians.verdict(norms) == word
    if activation == "identity":
        expected = np.arange(1, steps) * np.log10(scale)
        np.testing.assert_allclose(norms, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("scale", [1.0, 1e-30])
def test_norms_of_wide_states_are_near_and_never_above(scale):
    """The singular values of a random matrix lie as close as any."""
    dim = jacobians.WIDE + 72
    w_h = scale * np.random.default_rng(0).normal(size=(dim, dim)).astype(np.float32)
    cell = cells.SRN(dim, "identity", bias=False)
    params = cells.SRNParams(np.ones((1, dim), np.float32), w_h, None)
    found = norms_of(cell, params, np.zeros((1, 2, 1), np.float32))["state"][0, 0]
    exact = np.log10(np.linalg.norm(w_h.astype(np.float64), 2))
    assert exact - 0.003 < found < exact + 1e-5


def test_a_gradient_of_zero_vanishes():
    assert jacobians.verdict([-1.0, -np.inf]) == "vanishes"


def test_the_norm_of_a_step_is_of_all_its_copies():
    copies = {
        "a": np.float32([[3.0], [0.0], [3e-30]]),
        "b": np.float32([4.0, 0.0, 4e-30]),
    }
    expected = [np.log10(5.0), -np.inf, np.log10(5e-30)]
    found = jax.jit(jacobians.step_norms)(copies)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_means_of_logarithms_are_of_the_numbers():
    log10 = np.float32([[0.0, -300.0, 0.0], [-np.inf, -300.0, np.nan]])
    found = jax.jit(jacobians.log10_mean)(log10)
    np.testing.assert_allclose(found, [np.log10(0.5), -300.0, np.nan], rtol=1e-5)


@pytest.mark.usefixtures("x64")
def test_the_chain_of_one_neuron_a_layer_is_eq_19():
    rng = np.random.default_rng(0)
    w, b, x = rng.normal(size=4), rng.normal(size=4), 0.7

    def sigmoid(z):
        return 1.0 / (1.0 + np.exp(-z))

    a, slopes = x, []
    for layer in range(4):
        a = sigmoid(w[layer] * a + b[layer])
        slopes.append(a * (1.0 - a))
    s2, s3, s4, s5 = slopes
    by_hand = s2 * w[1] * s3 * w[2] * s4 * w[3] * s5  # ∂L/∂b⁽²⁾ for ∂L/∂a⁽⁵⁾ = 1.
    params = feedforward.LayerParams(w[:, None, None], b[:, None])
    layer = feedforward.Layer(1, "logistic")
    found = jax.jit(jacobians.depth_chain, static_argnums=0)(
        layer, params, np.array([x])
    )
    assert 10.0 ** found[0] == pytest.approx(abs(by_hand), rel=1e-12)
    assert 10.0 ** found[-1] == pytest.approx(s5, rel=1e-12)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("activation", ["logistic", "tanh", "relu"])
def test_the_chain_of_a_wide_net_is_the_derivative_by_its_biases(activation):
    layer = feedforward.Layer(H, activation)
    rng = np.random.default_rng(0)
    params = feedforward.LayerParams(
        rng.normal(size=(5, H, H)), rng.normal(size=(5, H))
    )
    x = rng.normal(size=H)

    @jax.jit
    def both(params):
        def top(b):
            return feedforward.Deep(layer, 5).apply(params._replace(b=b), x)

        chain = jacobians.depth_chain(layer, params, x)
        return chain, jax.jacrev(top)(params.b)  # [L], [H, L, H]

    found, exact = map(np.asarray, both(params))
    norms = [np.linalg.norm(exact[:, k], 2) for k in range(5)]
    np.testing.assert_allclose(10.0**found, norms, rtol=1e-10, atol=1e-300)
