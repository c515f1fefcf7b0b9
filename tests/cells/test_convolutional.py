"""Laws of the convolutional LSTM."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells, step, unroll
from seqnets.cells import ConvLSTM, LSTMParams
from tests import padding
from tests.looping import draw, like_init

pytestmark = pytest.mark.usefixtures("quickly")

B, T, F = 2, 3, 2

run = jax.jit(unroll, static_argnums=0)


def drawn(cell, in_dim, length=T):
    """Parameters, and inputs [B, T, D]."""
    rng = np.random.default_rng(0)
    return like_init(rng, cell.init, in_dim), draw(rng, np.zeros((B, length, in_dim)))


def test_on_a_single_place_it_is_the_lstm():
    cell = ConvLSTM(1, 1, F, size=1)
    params, xs = drawn(cell, 3)
    w_x, b = params.x.w[0, 0], params.x.b
    plain = LSTMParams(w_x, params.w_h[0, 0], b)
    for found, expected in zip(
        jax.tree.leaves(run(cell, params, xs)),
        jax.tree.leaves(run(cells.LSTM(F), plain, xs)),
        strict=True,
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_what_moves_far_from_the_border_is_seen_the_same():
    """Moved inputs have moved outputs, and a step reaches one place further."""
    cell = ConvLSTM(7, 8, F)
    params, _ = drawn(cell, 7 * 8)
    pictures = np.zeros((3, T, 7, 8), np.float32)
    pictures[0, 0, 3, 3] = pictures[1, 0, 3, 4] = 1.0
    _, ys = run(cell, params, pictures.reshape(3, T, -1))
    one, other, still = np.asarray(ys).reshape(3, T, 7, 8, F)
    inside = np.s_[0, 2:5, 2:5]
    moved = np.s_[0, 2:5, 3:6]
    np.testing.assert_allclose(one[inside], other[moved], rtol=1e-5, atol=1e-6)
    changed = np.abs(one[0] - still[0]).sum(-1) > 1e-7
    assert changed[2:5, 2:5].all() and changed.sum() == 9


def test_stepping_equals_unrolling():
    cell = ConvLSTM(2, 3, F)
    params, xs = drawn(cell, 6)
    _, ys = run(cell, params, xs)
    state, take = None, jax.jit(step, static_argnums=0)
    for t in range(T):
        state, y = take(cell, params, state, xs[:, t])
        np.testing.assert_allclose(y, ys[:, t], rtol=1e-5, atol=1e-6)


def test_steps_that_are_left_out_are_as_if_they_were_not_there():
    cell = ConvLSTM(2, 3, F)
    padding.check(cell, *drawn(cell, 6, length=4))


@pytest.mark.parametrize("size", [2, 4])
def test_a_filter_without_a_middle_is_refused(size):
    with pytest.raises(ValueError, match=f"size must be an odd number, not {size}"):
        ConvLSTM(2, 3, F, size=size)


def test_inputs_that_are_no_pictures_are_refused(key):
    cell = ConvLSTM(2, 3, F)
    with pytest.raises(ValueError, match="no pictures of 2 x 3"):
        cell.init(key, 7)
    with pytest.raises(ValueError, match="width"):
        unroll(cell, drawn(cell, 6)[0], jnp.zeros((B, T, 12)))
