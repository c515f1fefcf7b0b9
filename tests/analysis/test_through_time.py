"""The gradient through time, every way the project knows, in float64 (C3)."""

import functools

import jax
import numpy as np
import pytest

from seqnets import cells
from seqnets.analysis import backpropagation, through_time
from seqnets.plan import Plan
from seqnets.unroll import unroll
from tests.looping import draw
from tests.variants import SRNS, H, label

B, T, D = 3, 5, 2
MASK = np.array([[1, 1, 0, 1, 1], [0, 0, 1, 1, 1], [1, 1, 1, 1, 0]], bool)
RESET = np.array([[0, 0, 1, 0, 0], [0, 0, 0, 1, 0], [1, 0, 0, 0, 1]], bool)

pytestmark = pytest.mark.usefixtures("x64", "quickly")


def random_run(cell):
    """Returns (parameters, inputs [B, T, D], errors [B, T, H]), random float64."""
    rng = np.random.default_rng(0)
    shapes = jax.eval_shape(lambda: cell.init(jax.random.key(0), D))
    params = draw(rng, shapes, np.float64)
    shapes = (B, T, D), (B, T, cell.out_dim)
    return params, *(rng.normal(size=shape) for shape in shapes)


def assert_close(found, expected):
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13),
        found,
        expected,
    )


@pytest.mark.parametrize(
    "cell", [*SRNS, cells.SRN(H, form="preactivation", bias=False)], ids=label
)
def test_all_ways_to_the_gradient_agree(cell):
    params, xs, d_ys = random_run(cell)

    def loss(params, gradient):
        _, ys = unroll(cell, params, xs, plan=Plan(gradient))
        return (ys * d_ys).sum()

    @jax.jit
    def ways(params):
        return [
            jax.grad(functools.partial(loss, gradient="automatic"))(params),
            jax.grad(functools.partial(loss, gradient="custom_vjp"))(params),
            through_time.forward_recursion(cell, params, xs, d_ys),
            through_time.untied_copies(cell, params, xs, d_ys),
        ]

    automatic, *others = ways(params)
    for other in others:
        assert_close(other, automatic)


@pytest.mark.parametrize("cell", [cells.SRN(H), cells.SRN(H, "relu", bias=False)])
def test_steps_written_out_give_the_gradient_of_weights_and_inputs(cell):
    params, xs, d_ys = random_run(cell)

    def loss(xs, params):
        return (unroll(cell, params, xs)[1] * d_ys).sum()

    @jax.jit
    def ways(xs, params):
        found = backpropagation.step_by_step(cell, params, xs, d_ys)
        return found, jax.grad(loss, argnums=(0, 1))(xs, params)

    assert_close(*ways(xs, params))


@pytest.mark.parametrize(
    "cell",
    [
        cells.LSTM(H, peephole=True),
        cells.Stack((cells.Zoneout(cells.GRU(H)), cells.SRN(2)), residual=True),
    ],
    ids=label,
)
def test_copies_of_any_cell_add_up_to_its_gradient(cell):
    params, xs, d_ys = random_run(cell)
    start = jax.eval_shape(lambda: cell.initial_state(params, B, xs.dtype))
    state = draw(np.random.default_rng(1), start, np.float64)
    marks = {"state": state, "mask": MASK, "reset": RESET}

    def loss(params):
        return (unroll(cell, params, xs, **marks)[1] * d_ys).sum()

    @jax.jit
    def ways(params):
        copies = through_time.untied(cell, params, xs, d_ys, **marks)
        return jax.tree.map(lambda d: d.sum(0), copies), jax.grad(loss)(params)

    assert_close(*ways(params))


def test_a_copy_gets_nothing_from_losses_before_it():
    cell = cells.SRN(H)
    params, xs, d_ys = random_run(cell)
    d_ys[:, 2:] = 0.0  # The loss is over at the second step.
    copies = jax.jit(through_time.untied, static_argnums=0)(cell, params, xs, d_ys)
    for leaf in jax.tree.leaves(copies):
        assert np.abs(leaf[:2]).max() > 1e-3
        np.testing.assert_array_equal(leaf[2:], 0.0)
