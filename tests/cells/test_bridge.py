"""A bridge begins a cell with what is bound, and changes nothing else."""

import jax
import numpy as np
import pytest

from seqnets import bind, cells, unroll
from seqnets.cells import Bridge, Memory
from tests.looping import draw
from tests.own_cells import Reader

pytestmark = pytest.mark.usefixtures("quickly")

B, T, D, H, Z = 2, 3, 2, 4, 3
STACK = cells.Stack((cells.LSTM(H), cells.Zoneout(cells.GRU(H))))


def random(cell):
    shapes = jax.eval_shape(lambda: cell.init(jax.random.key(0), D))
    return draw(np.random.default_rng(0), shapes)


def start_of(cell, start):
    bound = bind(cell, random(cell), Memory(None, None, start))
    return cell.initial_state(bound, B, np.float32)


def test_zero_is_the_start_of_the_cell_itself():
    cell = Bridge(STACK, "zero")
    found = cell.initial_state(random(cell), B, np.float32)
    assert not any(leaf.any() for leaf in jax.tree.leaves(found))


def test_copy_is_the_start_that_was_bound():
    like = STACK.state_shape(B, D)
    start = draw(np.random.default_rng(1), like)
    found = start_of(Bridge(STACK, "copy"), start)
    jax.tree.map(np.testing.assert_array_equal, found, start)


def test_tanh_projects_a_vector_to_every_floating_array():
    vector = draw(np.random.default_rng(1), np.zeros((B, Z)))
    cell = Bridge(STACK, "tanh", Z)
    params = random(cell)
    expected = jax.tree.map(lambda w, b: np.tanh(vector @ w + b), params.w, params.b)
    found = start_of(cell, vector)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6),
        found,
        expected,
    )
    counting = Bridge(Reader(H), "tanh", Z)  # Its state counts steps in integers.
    whole = counting.init(jax.random.key(0), D)
    assert whole.w.steps is None and whole.w.h.shape == (Z, H)


def test_a_bridged_cell_is_the_cell_from_that_start():
    cell = Bridge(cells.GRU(H), "tanh", Z)
    vector, xs = draw(np.random.default_rng(1), (np.zeros((B, Z)), np.zeros((B, T, D))))
    bound = bind(cell, random(cell), Memory(None, None, vector))
    state = cell.initial_state(bound, B, np.float32)
    found = unroll(cell, bound, xs)
    expected = unroll(cells.GRU(H), bound.cell, xs, state=state)
    jax.tree.map(np.testing.assert_array_equal, found, expected)


@pytest.mark.parametrize(
    ("make", "start", "message"),
    [
        (lambda: Bridge(STACK, "mean"), None, "kind must be one of zero, copy, tanh"),
        (lambda: Bridge(STACK, "tanh"), None, "needs start_dim"),
        (lambda: Bridge(STACK, "tanh", Z), None, "this one has none"),
        (
            lambda: Bridge(STACK, "tanh", Z),
            np.zeros((B, 7), np.float32),
            r"\(2, 3\), not \[\(2, 7\)\]",
        ),
        (
            lambda: Bridge(STACK, "copy"),
            np.zeros((B, H), np.float32),
            r"\[\(2, 4\), \(2, 4\), \(2, 4\)\], not \[\(2, 4\)\]",
        ),
    ],
)
def test_what_does_not_fit_is_refused(make, start, message):
    with pytest.raises(ValueError, match=message):
        start_of(make(), start)


def test_a_start_is_learnt_or_bound_but_not_both():
    vector, gru = np.ones((B, Z), np.float32), cells.GRU(H)
    bridged = Bridge(gru, "tanh", Z)
    for cell in (cells.TrainableStart(bridged), cells.TrainableStart(Reader(Z))):
        with pytest.raises(ValueError, match="use one of the two"):
            start_of(cell, vector)
    # Each layer of a stack may have a start of its own kind.
    stack = cells.Stack((bridged, cells.TrainableStart(gru)))
    below, above = start_of(stack, vector)
    assert below.h.any()
    np.testing.assert_array_equal(above.h, np.repeat(random(stack)[1].start.h, B, 0))
