"""Gates of cells over time are those the equations compute, and counted right."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells
from seqnets.analysis import gates
from tests.looping import at
from tests.variants import H, label

pytestmark = pytest.mark.usefixtures("quickly")

B, T, D = 2, 4, 3

values_of = jax.jit(gates.gate_values, static_argnums=0)


@pytest.fixture
def xs():
    return jax.random.normal(jax.random.key(1), (B, T, D))


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        (cells.LSTM(H), "ifo"),
        (cells.LSTM(H, forget_gate=False), "io"),
        (cells.LSTM(H, coupled=True), "fo"),
        (cells.GRU(H), "rz"),
        (cells.GRU(H, reset="none"), "z"),
        (cells.SRN(H), ""),
    ],
    ids=label,
)
def test_gates_are_those_a_cell_has(cell, names, xs):
    params = cell.init(jax.random.key(0), D)
    found = jax.eval_shape(lambda: gates.gate_values(cell, params, xs))
    assert set(found) == set(names)
    assert all(value.shape == (B, T, H) for value in found.values())


@pytest.mark.parametrize(
    "cell",
    [cells.LSTM(H), cells.GRU(H), cells.Zoneout(cells.LSTM(H), 0.3)],
    ids=label,
)
def test_gates_are_what_the_state_before_and_the_input_make_of_them(cell, xs):
    params = cell.init(jax.random.key(0), D)
    found = values_of(cell, params, xs)
    letters = "ifgo" if "LSTM" in repr(cell) else "rzn"
    state = cell.initial_state(params, B, xs.dtype)
    us = cell.project(params, xs.swapaxes(0, 1))
    for t in range(T):
        s = np.asarray(xs[:, t] @ params.w_x + params.b + state.h @ params.w_h)
        pre = dict(zip(letters, np.split(s, len(letters), -1), strict=True))
        for name, value in found.items():
            np.testing.assert_allclose(value[:, t], sigmoid(pre[name]), atol=1e-6)
        state, _ = cell.step(params, state, at(us, t))


def test_layers_of_a_stack_read_what_is_below_them(xs):
    lower, upper = cells.LSTM(D), cells.GRU(H)
    cell = cells.Stack((lower, cells.TrainableStart(upper)), residual=True)
    params = cell.init(jax.random.key(0), D)
    mask = jnp.array([[1, 1, 1, 1], [1, 1, 0, 0]], bool)
    found = values_of(cell, params, xs, mask=mask)
    assert set(found) == {"0.i", "0.f", "0.o", "1.r", "1.z"}
    state, ys = lower.initial_state(params[0], B, xs.dtype), []
    for t in range(T):
        state, y = lower.step(params[0], state, lower.project(params[0], xs[:, t]))
        ys.append(y)
    above = values_of(upper, params[1].cell, jnp.stack(ys, 1) + xs, mask=mask)
    real = np.asarray(mask)
    np.testing.assert_allclose(
        found["1.z"][real], np.asarray(above["z"])[real], atol=1e-6
    )


def test_biases_open_and_close_gates(xs):
    cell = cells.LSTM(H, forget_bias=100.0)
    params = cell.init(jax.random.key(0), D)
    params = params._replace(b=params.b.at[-H:].set(-100.0))
    found = values_of(cell, params, xs)
    shares = {name: gates.saturation(value) for name, value in found.items()}
    for name, expected in (("f", (0.0, 1.0)), ("o", (1.0, 0.0))):
        for share, of_all in zip(shares[name], expected, strict=True):
            np.testing.assert_array_equal(share, np.full(T, of_all))


def test_masked_steps_are_not_counted():
    values = jnp.array([[[0.05, 0.5]], [[0.95, 0.95]]])  # [2, 1, 2]
    assert [float(s[0]) for s in gates.saturation(values)] == [0.25, 0.5]
    mask = jnp.array([[True], [False]])
    assert [float(s[0]) for s in gates.saturation(values, mask)] == [0.5, 0.0]
    assert np.isnan(gates.saturation(values, jnp.zeros((2, 1), bool))[0][0])
