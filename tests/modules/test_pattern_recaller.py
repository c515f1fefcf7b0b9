"""Patterns are recalled from a cue and then nothing, as by a cell step by step."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells, unroll
from seqnets.modules import Readout, Recurrent
from seqnets.modules.pattern_recaller import PatternRecaller
from tests.looping import draw

pytestmark = pytest.mark.usefixtures("quickly")

B, N = 3, 4
CUE = np.random.default_rng(0).choice(np.array([-1, 1], np.float32), (B, N))
CELLS = cells.LSTM(3), cells.Stack((cells.GRU(2), cells.SRN(3)))


def made(cell, steps):
    return PatternRecaller(Recurrent(cell), Readout(N), steps)


def drawn(cell, steps):
    init = made(cell, steps).init
    shapes = jax.eval_shape(init, jax.random.key(0), CUE)
    return draw(np.random.default_rng(1), shapes)


@pytest.mark.parametrize("cell", CELLS, ids=lambda own: type(own).__name__)
@pytest.mark.parametrize("steps", [1, 3])
def test_a_carried_state_answers_as_all_steps_at_once(cell, steps):
    params = drawn(cell, steps)
    own, out = params["params"]["recurrent"]["cell"], params["params"]["readout"]

    @jax.jit
    def both():
        state, ys = unroll(cell, own, CUE[:, None])
        for _ in range(steps - 1):
            state, ys = unroll(cell, own, jnp.zeros((B, 1, N)), state=state)
        return made(cell, steps).apply(params, CUE), ys[:, 0] @ out["w"] + out["b"]

    found, expected = both()
    assert found.shape == (B, N)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_parameters_are_those_of_any_number_of_steps():
    """A net can be read later than it was trained to be."""
    few, many = (drawn(CELLS[0], steps) for steps in (1, 9))
    jax.tree.map(np.testing.assert_array_equal, few, many)


def test_each_row_is_recalled_alone():
    params, model = drawn(CELLS[0], 3), made(CELLS[0], 3)
    apply = jax.jit(model.apply)
    first, second = apply(params, CUE), apply(params, CUE[1:2])
    np.testing.assert_allclose(first[1], second[0], rtol=1e-5, atol=1e-6)
    moved = jax.jit(jax.grad(lambda cue: model.apply(params, cue)[1].sum()))(CUE)
    assert np.isfinite(moved).all() and (moved[1] != 0).all()
    assert not np.any(moved[::2])


def test_all_parameters_learn_from_what_is_read_later():
    params, model = drawn(CELLS[1], 3), made(CELLS[1], 3)

    @jax.jit
    @jax.grad
    def gradient(params):
        return (model.apply(params, CUE) ** 2).sum()

    for path, leaf in jax.tree_util.tree_leaves_with_path(gradient(params)):
        assert np.isfinite(leaf).all() and np.any(leaf), path
