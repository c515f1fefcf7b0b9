"""The gradient through time, every way the project knows, in float64 (C3)."""

import functools

import jax
import numpy as np
import pytest

from seqnets import cells, gradients
from seqnets.plan import Plan
from seqnets.unroll import unroll
from tests.looping import draw
from tests.variants import SRNS, H, label

B, T, D = 3, 5, 2

pytestmark = pytest.mark.usefixtures("x64")


@pytest.mark.parametrize(
    "cell", [*SRNS, cells.SRN(H, form="preactivation", bias=False)], ids=label
)
def test_all_ways_to_the_gradient_agree(cell):
    rng = np.random.default_rng(0)
    shapes = jax.eval_shape(lambda: cell.init(jax.random.key(0), D))
    params = draw(rng, shapes, np.float64)
    xs, d_ys = rng.normal(size=(B, T, D)), rng.normal(size=(B, T, H))

    def loss(params, gradient):
        _, ys = unroll(cell, params, xs, plan=Plan(gradient))
        return (ys * d_ys).sum()

    @jax.jit
    def ways(params):
        return [
            jax.grad(functools.partial(loss, gradient="automatic"))(params),
            jax.grad(functools.partial(loss, gradient="written"))(params),
            gradients.forward_recursion(cell, params, xs, d_ys),
            gradients.untied_copies(cell, params, xs, d_ys),
        ]

    automatic, *others = ways(params)
    for other in others:
        jax.tree.map(
            lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13),
            other,
            automatic,
        )
