"""Laws of the convolutional LSTM."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells, step, unroll
from seqnets.cells import ConvLSTM, LSTMParams
from tests import padding

pytestmark = pytest.mark.usefixtures("quickly")

B, T, F = 2, 3, 2


def test_on_a_single_place_it_is_the_lstm(key):
    cell = ConvLSTM(1, 1, F, size=1)
    params, xs = cell.init(key, 3), jax.random.normal(key, (B, T, 3))
    w_x, b = params.x.w[0, 0], params.x.b
    plain = LSTMParams(w_x, params.w_h[0, 0], b)
    for found, expected in zip(
        jax.tree.leaves(unroll(cell, params, xs)),
        jax.tree.leaves(unroll(cells.LSTM(F), plain, xs)),
        strict=True,
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_what_moves_far_from_the_border_is_seen_the_same(key):
    """Moved inputs have moved outputs, and a step reaches one place further."""
    cell = ConvLSTM(7, 8, F)
    params = cell.init(key, 7 * 8)
    pictures = np.zeros((2, T, 7, 8), np.float32)
    pictures[0, 0, 3, 3] = pictures[1, 0, 3, 4] = 1.0
    _, ys = unroll(cell, params, jnp.asarray(pictures.reshape(2, T, -1)))
    one, other = np.asarray(ys).reshape(2, T, 7, 8, F)
    inside = np.s_[0, 2:5, 2:5]
    moved = np.s_[0, 2:5, 3:6]
    np.testing.assert_allclose(one[inside], other[moved], rtol=1e-5, atol=1e-6)
    still = unroll(cell, params, jnp.zeros((1, T, 56)))[1].reshape(T, 7, 8, F)
    changed = np.abs(one[0] - np.asarray(still)[0]).sum(-1) > 1e-7
    assert changed[2:5, 2:5].all() and changed.sum() == 9


def test_stepping_equals_unrolling(key):
    cell = ConvLSTM(2, 3, F)
    params, xs = cell.init(key, 6), jax.random.normal(key, (B, T, 6))
    _, ys = unroll(cell, params, xs)
    state = None
    for t in range(T):
        state, y = step(cell, params, state, xs[:, t])
        np.testing.assert_allclose(y, ys[:, t], rtol=1e-5, atol=1e-6)


def test_steps_that_are_left_out_are_as_if_they_were_not_there(key):
    cell = ConvLSTM(2, 3, F)
    padding.check(cell, cell.init(key, 6), jax.random.normal(key, (B, 4, 6)))


def test_inputs_that_are_no_pictures_are_refused(key):
    cell = ConvLSTM(2, 3, F)
    with pytest.raises(ValueError, match="no pictures of 2 x 3"):
        cell.init(key, 7)
    with pytest.raises(ValueError, match="width"):
        unroll(cell, cell.init(key, 6), jnp.zeros((B, T, 12)))
