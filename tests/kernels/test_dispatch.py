"""Which kernel runs a cell, where it is not its type alone that tells."""

import jax
import numpy as np
import pytest

from seqnets import bind, cells, unroll
from seqnets.cells import Memory
from seqnets.plan import Plan
from tests.looping import draw, weigh
from tests.own_cells import Context, Leaky
from tests.variants import H

pytestmark = pytest.mark.usefixtures("quickly")

B, T, D = 3, 6, 2
XS = np.random.default_rng(1).normal(size=(B, T, D)).astype(np.float32)


def random(cell):
    shapes = jax.eval_shape(lambda key: cell.init(key, D), jax.random.key(0))
    return draw(np.random.default_rng(0), shapes)


def assert_close(found, expected):
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6),
        found,
        expected,
    )


def test_a_bound_mask_does_not_stop_the_gradient_of_a_kernel():
    """A wrapper of a cell with a kernel has a leaf that is not floating."""
    cell = Context(cells.LSTM(H))
    params = random(cell)
    values = np.random.default_rng(2).normal(size=(B, 4, D)).astype(np.float32)

    @jax.jit
    @jax.grad
    def gradient(params, memory):
        return weigh(unroll(cell, bind(cell, params, memory), XS)[1])

    marked = gradient(params, Memory(values, np.ones((B, 4), bool)))
    assert_close(marked, gradient(params, Memory(values)))


def test_a_cell_without_a_kernel_is_run_whatever_gradient_is_asked_for():
    cell = Leaky(H)
    params = random(cell)

    @jax.jit
    @jax.grad
    def asked(params):
        return weigh(unroll(cell, params, XS, plan=Plan("custom_vjp"))[1])

    @jax.jit
    @jax.grad
    def chosen(params):
        return weigh(unroll(cell, params, XS)[1])

    assert_close(asked(params), chosen(params))
