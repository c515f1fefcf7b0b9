"""Recurrent names the parameters of `unroll`, and its end is that of the top layer."""

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from seqnets import cells
from seqnets.cells.cell import Cell, Memory
from seqnets.look_ahead import read_chunk
from seqnets.modules import DIRECTIONS, Recurrent, final_output
from seqnets.unroll import Directions, bidirectional, init_bidirectional, unroll

pytestmark = pytest.mark.usefixtures("quickly")

CELL = cells.Stack((cells.Dropout(cells.GRU(4), 0.5), cells.LSTM(3)))
XS = jax.random.normal(jax.random.key(1), (2, 6, 5))
MASK = jnp.arange(6) < jnp.array([[6], [4]])
RESET = jnp.arange(6) == jnp.array([[0], [2]])


@dataclasses.dataclass(frozen=True)
class Sum(Cell):
    """A cell of a user's own: its state is an array, y = 2 Σ x."""

    out_dim: int

    def init(self, key: Array, in_dim: int) -> Array:
        return jax.random.normal(key, (in_dim, self.out_dim))

    def initial_state(self, params: Array, batch_size: int, dtype: Any) -> Array:
        return jnp.zeros((batch_size, self.out_dim), dtype)

    def project(self, params: Array, xs: Array, noise: None = None) -> Array:
        return xs @ params

    def step(self, params: Array, state: Array, u: Array) -> tuple[Array, Array]:
        return state + u, 2.0 * (state + u)


class BoundParams(NamedTuple):
    cell: Array
    memory: Array | None = None


@dataclasses.dataclass(frozen=True)
class Reader(Sum):
    """Adds the mean of a memory to what `Sum` reads."""

    def init(self, key, in_dim):
        return BoundParams(super().init(key, in_dim))

    def bind(self, params, memory):
        return params._replace(memory=memory.values)

    def project(self, params, xs, noise=None):
        return xs @ params.cell + params.memory.mean(1)


def run_of(direction):
    return {
        "forward": unroll,
        "backward": lambda *args, **marks: unroll(*args, reverse=True, **marks),
        "both": bidirectional,
    }[direction]


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_recurrent_is_unroll_with_named_parameters(key, direction):
    module = Recurrent(CELL, direction)
    both = direction == "both"
    params = init_bidirectional(CELL, key, 5) if both else CELL.init(key, 5)
    marks = {"mask": MASK, "reset": RESET, "key": jax.random.key(2)}
    shapes = jax.eval_shape(module.init, jax.random.key(0), XS)["params"]
    assert jax.tree.map(jnp.shape, shapes) == jax.tree.map(jnp.shape, {"cell": params})
    variables = {"params": {"cell": params}}
    found = jax.jit(lambda v: module.apply(v, XS, **marks))(variables)
    expected = jax.jit(lambda p: run_of(direction)(CELL, p, XS, **marks))(params)
    jax.tree.map(np.testing.assert_array_equal, found, expected)
    # The state that comes out goes in again.
    jax.eval_shape(lambda s: module.apply(variables, XS, state=s), found[0])


def test_backward_reads_from_the_end(key):
    cell = cells.GRU(4)
    params = cell.init(key, 5)
    module = Recurrent(cell, "backward")
    _, ys = jax.jit(module.apply)({"params": {"cell": params}}, XS)
    _, flipped = jax.jit(unroll, static_argnums=0)(cell, params, XS[:, ::-1])
    np.testing.assert_allclose(ys, flipped[:, ::-1], rtol=1e-5, atol=1e-6)


def test_the_final_output_of_no_steps_is_zero():
    """That of a cell without an h, whose state is not its output."""
    for mask in (None, np.ones((2, 0), bool)):
        end = final_output((jnp.ones((2, 3)),), jnp.zeros((2, 0, 3)), mask=mask)
        assert end.shape == (2, 3) and not end.any()


def test_an_unknown_direction_and_noise_in_a_look_ahead_are_refused(key):
    with pytest.raises(ValueError, match="direction must be one of .* not 'up'"):
        Recurrent(CELL, "up").init(key, XS)
    with pytest.raises(ValueError, match="look_ahead, leave key None"):
        Recurrent(CELL).init(key, XS, look_ahead=0, key=key)


@pytest.mark.parametrize("direction", ["forward", "both"])
def test_a_memory_is_bound_before_the_run(key, direction):
    memory = Memory(jax.random.normal(key, (2, 3, 4)))
    module = Recurrent(Reader(4), direction)
    variables = jax.jit(module.init)(key, XS, memory=memory)
    # What is bound is no parameter.
    assert all(leaf.ndim == 2 for leaf in jax.tree.leaves(variables))
    run = jax.jit(lambda memory: module.apply(variables, XS, memory=memory)[1])
    ys = run(memory)
    shifted = Memory(memory.values + 1.0)
    added = np.arange(1, 7)[:, None] * np.ones(4)  # One more at every step.
    np.testing.assert_allclose((run(shifted) - ys)[0, :, :4] / 2.0, added, rtol=1e-4)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_final_output_is_the_h_of_the_top_layer(key, direction):
    module = Recurrent(CELL, direction)
    variables = jax.jit(module.init)(key, XS)
    states, ys = jax.jit(lambda v: module.apply(v, XS, mask=MASK))(variables)
    found = final_output(states, ys, mask=MASK, direction=direction)
    halves = states[-1] if direction == "both" else [states[-1]]
    expected = jnp.concatenate([half.h for half in halves], -1)
    np.testing.assert_array_equal(found, expected)
    # Without states that have an h, the outputs give the same.
    none = Directions((), ()) if direction == "both" else ()
    end = final_output(none, ys, mask=MASK, direction=direction)
    np.testing.assert_allclose(end, expected, rtol=1e-6)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_final_output_of_a_cell_without_h_is_the_last_output(key, direction):
    module = Recurrent(Sum(3), direction)
    variables = jax.jit(module.init)(key, XS)
    states, ys = jax.jit(lambda v: module.apply(v, XS, mask=MASK))(variables)
    found = final_output(states, ys, mask=MASK, direction=direction)
    total = jnp.where(MASK[..., None], XS, 0.0).sum(1)
    params = variables["params"]["cell"]
    params = params if direction == "both" else [params]
    expected = np.concatenate([2.0 * total @ w for w in params], -1)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_part_with_a_look_ahead_is_read_as_a_stream_reads_it(direction):
    model = Recurrent(CELL, direction)
    variables = model.init(jax.random.key(0), XS)
    params = variables["params"]["cell"]
    how = {"mask": MASK, "reset": RESET, "look_ahead": 2}
    found = model.apply(variables, XS, **how)
    expected = read_chunk(CELL, params, XS, direction=direction, **how)
    jax.tree.map(np.testing.assert_array_equal, found, expected)
