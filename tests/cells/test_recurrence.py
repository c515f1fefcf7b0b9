"""A diagonal recurrence is a dense one whose matrices are zero beside the diagonals."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells, unroll
from seqnets.cells import recurrence
from tests.looping import draw, weigh
from tests.variants import H, label

pytestmark = pytest.mark.usefixtures("quickly")

B, T, D = 2, 4, 2


def as_matrix(w):
    """Returns [H, GH] of one diagonal for each gate, [GH]."""
    return jnp.concatenate([jnp.diag(part) for part in w.reshape(-1, H)], 1)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(
    "cell", [cells.LSTM(H, peephole=True), cells.GRU(H)], ids=label
)
def test_results_and_gradients_are_those_of_diagonal_matrices(cell):
    diagonal = dataclasses.replace(cell, recurrence="diagonal")
    rng = np.random.default_rng(0)
    shapes = jax.eval_shape(lambda key: diagonal.init(key, D), jax.random.key(0))
    params, xs = draw(rng, (shapes, np.zeros((B, T, D))), np.float64)

    @jax.jit
    def measure(params, xs):
        def f(params, xs):
            return weigh(unroll(diagonal, params, xs))

        def dense(params, xs):
            params = params._replace(w_h=as_matrix(params.w_h))
            return weigh(unroll(cell, params, xs))

        return [jax.value_and_grad(f, (0, 1))(params, xs) for f in (f, dense)]

    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-10),
        *measure(params, xs),
    )


def test_no_unit_begins_by_reading_itself_enlarged(key):
    w = np.asarray(recurrence.draw_diagonal(key, 1000, blocks=3))
    assert w.shape == (3000,) and np.abs(w).max() <= 1.0
    assert abs(w.mean()) < 0.05 and abs(w.std() - 3**-0.5) < 0.02


def test_what_units_read_of_themselves_is_the_diagonal_of_a_product():
    w, h = draw(np.random.default_rng(0), (np.zeros((H, 2 * H)), np.zeros((B, H))))
    own = recurrence.DiagonalDerivative.of(jnp.asarray(w))

    def product(h):
        return recurrence.recur(h, own)

    out, slope = jax.jvp(product, (h,), (np.ones_like(h),))
    np.testing.assert_allclose(out, h @ w, rtol=1e-6)
    expected = np.concatenate([np.diag(part) for part in np.split(w, 2, 1)])
    np.testing.assert_allclose(slope, np.tile(expected, (B, 1)), rtol=1e-6)
    part = recurrence.recur(jnp.asarray(h), own[..., -H:])
    np.testing.assert_allclose(part, (h @ w)[:, -H:], rtol=1e-6)
