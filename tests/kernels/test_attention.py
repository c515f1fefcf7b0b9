"""The fast form of attention before a step is the plain one, to rounding."""

import jax
import numpy as np
import pytest

from seqnets import bind, cells, unroll
from seqnets.alignment import Additive, General
from seqnets.cells import AttendBefore, Bridge, Memory
from seqnets.kernels import attention
from seqnets.kernels.dispatch import KERNELS
from seqnets.plan import Plan
from tests.looping import draw, weigh
from tests.own_cells import Context
from tests.variants import label

pytestmark = pytest.mark.usefixtures("x64", "quickly")

B, T, S, D, H, M, Z = 3, 4, 5, 2, 3, 4, 2
MASK = np.array([[1, 1, 0, 1], [0, 1, 1, 1], [1, 1, 1, 0]], bool)
RESET = np.array([[0, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 1]], bool)
SOURCE = np.arange(S) < np.array([[3], [5], [0]])


@pytest.mark.parametrize(
    ("inner", "output", "reverse"),
    [
        (cells.GRU(H, reset="after", update="old"), "after", False),
        (cells.LSTM(H, peephole=True, projection=2), "before", True),
    ],
    ids=label,
)
def test_the_custom_gradient_is_the_automatic_one(inner, output, reverse):
    cell = cells.Dropout(
        AttendBefore(Bridge(inner, "tanh", Z), Additive(4), M, output), 0.5
    )
    rng = np.random.default_rng(0)
    shapes = jax.eval_shape(lambda: cell.init(jax.random.key(0), D))
    like = shapes, np.zeros((B, S, M)), np.zeros((B, Z)), np.zeros((B, T, D))
    given = draw(rng, like, np.float64)

    def loss(given, plan):
        params, values, start, xs = given
        params = bind(cell, params, Memory(values, SOURCE, start))
        marks = {"mask": MASK, "reset": RESET, "reverse": reverse}
        run = unroll(cell, params, xs, plan=plan, key=jax.random.key(1), **marks)
        return weigh(run), run

    def measure(given):
        return [
            jax.value_and_grad(loss, has_aux=True)(given, Plan(gradient))
            for gradient in ("custom_vjp", "automatic")
        ]

    fast, plain = jax.jit(measure)(given)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12),
        fast,
        plain,
    )


def test_what_the_fast_form_does_not_know_is_left_to_the_plain_one():
    def kernel(inner, alignment=None, noise=None):
        cell = AttendBefore(inner, alignment or Additive(4), M)
        return attention.kernel_of(cell, (None, noise), KERNELS)

    gru = cells.GRU(H)
    assert kernel(gru) is KERNELS[cells.GRU]
    assert kernel(cells.TrainableStart(gru)) is KERNELS[cells.GRU]
    assert attention.kernel_of(gru, None, KERNELS) is None
    for other in (
        kernel(cells.Zoneout(gru)),
        kernel(Context(gru)),  # It changes what the cell inside reads.
        kernel(cells.Stack((gru, gru))),
        kernel(cells.LSTM(H, layer_norm=True)),
        kernel(gru, General()),
        kernel(gru, noise=(np.ones((T, B, D), bool), None)),
    ):
        assert other is None
