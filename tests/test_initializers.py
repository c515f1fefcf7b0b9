"""Initial weights have the scales that their recipes name."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells, initializers
from tests.looping import like_init

pytestmark = pytest.mark.usefixtures("quickly")


def test_glorot_fills_its_interval(key):
    w = np.asarray(initializers.glorot(key, (30, 50), blocks=4))
    bound = np.sqrt(6.0 / 80.0)
    assert w.shape == (30, 200)
    assert 0.98 * bound < np.abs(w).max() <= bound
    np.testing.assert_allclose(w.var(), bound**2 / 3.0, rtol=0.1)


def test_blocks_drawn_at_once_are_those_drawn_one_by_one(key):
    @jax.jit
    def both(key):
        keys = jax.random.split(key, 4)
        one_by_one = [jax.nn.initializers.orthogonal()(k, (5, 3)) for k in keys]
        return initializers.orthogonal(key, (5, 3), blocks=4), jnp.hstack(one_by_one)

    np.testing.assert_allclose(*both(key), atol=1e-6)


def test_each_block_is_orthogonal_and_another(key):
    draw = jax.jit(initializers.orthogonal, static_argnums=(1, 2))
    blocks = np.split(np.asarray(draw(key, (6, 6), 3)), 3, axis=1)
    for block in blocks:
        np.testing.assert_allclose(block @ block.T, np.eye(6), atol=1e-5)
    assert np.abs(blocks[0] - blocks[1]).max() > 0.1
    tall = np.asarray(draw(key, (6, 2)))
    np.testing.assert_allclose(tall.T @ tall, np.eye(2), atol=1e-5)


def test_many_columns_are_as_orthonormal_as_few_and_none_waits_for_lapack(key):
    draw = jax.jit(lambda key: initializers.orthogonal(key, (90, 90), blocks=2))
    first, _ = np.split(np.float64(draw(key)), 2, axis=1)
    np.testing.assert_allclose(first.T @ first, np.eye(90), atol=2e-6)
    # Two calls of it at a time, of several matrices each, wait for ever.
    assert "custom_call_target" not in draw.lower(key).compile().as_text()


def test_uniform_redraws_every_parameter_and_keeps_the_tree(key):
    cell = cells.Stack((cells.LSTM(20), cells.SRN(20, bias=False)))
    params = like_init(np.random.default_rng(0), cell.init, 10)
    redraw = jax.jit(initializers.uniform, static_argnums=2)
    drawn = jax.tree.map(np.asarray, redraw(params, key, 0.1))
    assert jax.tree.structure(drawn) == jax.tree.structure(params)
    values = np.concatenate([leaf.ravel() for leaf in jax.tree.leaves(drawn)])
    assert 0.099 < np.abs(values).max() <= 0.1
    assert abs(values.mean()) < 0.005
    first, second = drawn[0].w_x[:5, :5], drawn[0].w_h[:5, :5]
    assert np.abs(first - second).max() > 0.01


def test_size_counts_numbers_of_arrays_and_of_shapes(key):
    def init(key):
        return {"a": initializers.glorot(key, (3, 4)), "b": (jnp.zeros(5), None)}

    assert initializers.count_parameters(init(key)) == 17
    assert initializers.count_parameters(jax.eval_shape(init, key)) == 17


def test_chrono_spreads_memories_and_balances_the_gates(key):
    cell = cells.LSTM(500)
    params = like_init(np.random.default_rng(0), cell.init, 3)
    drawn = initializers.chrono(params, cell.gates, key, 100)
    i, f, g, o = np.split(np.asarray(drawn.b), 4)
    np.testing.assert_array_equal(i, -f)
    np.testing.assert_array_equal(np.hstack([g, o]), params.b[1000:])
    u = np.exp(f)
    assert 1.0 <= u.min() < 2.0 and 97.0 < u.max() <= 99.01
    np.testing.assert_allclose(u.mean(), 50.0, rtol=0.1)
    np.testing.assert_array_equal(drawn.w_h, params.w_h)


def test_chrono_wants_two_gates_of_an_lstm(key):
    for cell, longest in [
        (cells.LSTM(2, coupled=True), 9),
        (cells.LSTM(2, forget_gate=False), 9),
        (cells.LSTM(2), 2),
    ]:
        with pytest.raises(ValueError, match="gates i and f"):
            params = like_init(np.random.default_rng(0), cell.init, 3)
            initializers.chrono(params, cell.gates, key, longest)
