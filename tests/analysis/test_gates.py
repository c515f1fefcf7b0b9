"""Gates of cells over time are those the equations compute, and counted right."""

import jax
import numpy as np
import pytest

from seqnets import cells
from seqnets.alignment import General
from seqnets.analysis import gates
from seqnets.unroll import unroll
from tests.looping import at, like_init
from tests.own_cells import Context
from tests.variants import H, label

pytestmark = pytest.mark.usefixtures("quickly")

B, T, D = 2, 4, 3

values_of = jax.jit(gates.gate_values, static_argnums=0)


@pytest.fixture
def xs():
    return np.random.default_rng(1).normal(size=(B, T, D)).astype(np.float32)


def drawn(cell):
    return like_init(np.random.default_rng(0), cell.init, D)


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
    params = drawn(cell)
    found = jax.eval_shape(lambda: gates.gate_values(cell, params, xs))
    assert set(found) == set(names)
    assert all(value.shape == (B, T, H) for value in found.values())


@pytest.mark.parametrize(
    "cell",
    [cells.LSTM(H), cells.GRU(H), cells.Zoneout(cells.LSTM(H), 0.3)],
    ids=label,
)
def test_gates_are_what_the_state_before_and_the_input_make_of_them(cell, xs):
    params = drawn(cell)
    found = values_of(cell, params, xs)
    letters = "ifgo" if "LSTM" in repr(cell) else "rzn"
    state, stepped = cell.initial_state(params, B, xs.dtype), jax.jit(cell.step)
    us = jax.jit(cell.project)(params, xs.swapaxes(0, 1))
    for t in range(T):
        s = xs[:, t] @ params.w_x + params.b + np.asarray(state.h) @ params.w_h
        pre = dict(zip(letters, np.split(s, len(letters), -1), strict=True))
        for name, value in found.items():
            np.testing.assert_allclose(value[:, t], sigmoid(pre[name]), atol=1e-6)
        state, _ = stepped(params, state, at(us, t))


def test_layers_of_a_stack_read_what_is_below_them(xs):
    lower, upper = cells.LSTM(D), cells.TrainableStart(cells.GRU(H))
    cell = cells.Stack((lower, upper), residual=True)
    params = drawn(cell)
    mask = np.array([[1, 1, 1, 1], [1, 1, 0, 0]], bool)
    found = values_of(cell, params, xs, mask=mask)
    assert set(found) == {"0.i", "0.f", "0.o", "1.r", "1.z"}
    _, ys = jax.jit(unroll, static_argnums=0)(lower, params[0], xs)
    above = values_of(upper, params[1], ys + xs, mask=mask)
    np.testing.assert_allclose(
        np.asarray(found["1.z"])[mask], np.asarray(above["z"])[mask], atol=1e-6
    )


def test_layers_of_a_wrapped_stack_start_from_the_states_that_the_wrapper_kept(xs):
    lower, upper = cells.LSTM(D), cells.GRU(H)
    cell = cells.Zoneout(cells.Stack((lower, upper)), 0.3)
    params = drawn(cell)
    found = values_of(cell, params, xs)
    assert set(found) == {"0.i", "0.f", "0.o", "1.r", "1.z"}

    @jax.jit
    def step(state, x):
        """Returns the state after a step, and z of the upper layer in it."""
        us = cell.project(params, x[None])
        _, y = lower.step(params[0], state[0], at(lower.project(params[0], x[None]), 0))
        s = y @ params[1].w_x + params[1].b + state[1].h @ params[1].w_h
        return cell.step(params, state, at(us, 0))[0], jax.nn.sigmoid(s[:, H : 2 * H])

    state = cell.initial_state(params, B, xs.dtype)
    for t in range(T):
        state, z = step(state, xs[:, t])
        np.testing.assert_allclose(found["1.z"][:, t], z, atol=1e-6)


@pytest.mark.parametrize(
    "cell",
    [
        cells.AttendBefore(cells.LSTM(H), General(), memory_dim=2),
        cells.Window(cells.LSTM(H), components=2, memory_dim=2),
        cells.Glimpse(cells.LSTM(H), size=2),
    ],
    ids=lambda cell: type(cell).__name__,
)
def test_a_cell_that_reads_a_memory_with_its_inputs_is_refused_by_name(cell, xs):
    inside = cells.Stack((cells.LSTM(H), cells.Zoneout(cell)))
    with pytest.raises(ValueError, match=f"takes no cell .*: {type(cell).__name__}"):
        gates.gate_values(inside, None, xs)


def test_a_wrapper_that_changes_the_inputs_is_refused_by_name(xs):
    with pytest.raises(ValueError, match="takes no wrapper that changes .*: Context"):
        gates.gate_values(Context(cells.LSTM(H)), None, xs)


def test_biases_open_and_close_gates(xs):
    cell = cells.LSTM(H, forget_bias=100.0)
    params = jax.jit(cell.init, static_argnums=1)(jax.random.key(0), D)
    params = params._replace(b=params.b.at[-H:].set(-100.0))
    shares = jax.tree.map(jax.jit(gates.saturation), values_of(cell, params, xs))
    for name, expected in (("f", (0.0, 1.0)), ("o", (1.0, 0.0))):
        for share, of_all in zip(shares[name], expected, strict=True):
            np.testing.assert_array_equal(share, np.full(T, of_all))


def test_masked_steps_are_not_counted():
    values = np.float32([[[0.05, 0.5]], [[0.95, 0.95]]])  # [2, 1, 2]
    saturation = jax.jit(gates.saturation)
    assert [float(s[0]) for s in saturation(values)] == [0.25, 0.5]
    mask = np.array([[True], [False]])
    assert [float(s[0]) for s in saturation(values, mask)] == [0.5, 0.0]
    assert np.isnan(saturation(values, np.zeros((2, 1), bool))[0][0])
