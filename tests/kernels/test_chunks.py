"""Runs of no steps, and of no rows, whatever the plan."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import bidirectional, cells, init_bidirectional, step, unroll
from seqnets.plan import Plan
from tests.looping import like_init
from tests.variants import H, label

pytestmark = pytest.mark.usefixtures("quickly")

D = 2
PLANS = [None, Plan("automatic"), Plan(chunk=2, recompute=True)]
PLANS += [Plan("automatic", 2, True), Plan(time="parallel")]
CELLS = [
    cells.SRN(H),
    cells.LSTM(H, projection=2),
    cells.Zoneout(cells.VariationalDropout(cells.GRU(H))),
    cells.Stack((cells.TrainableStart(cells.LSTM(H)), cells.Residual(H))),
    cells.Stack((cells.TrainableStart(cells.LRU(H)), cells.Zoneout(cells.MinGRU(H)))),
]


@pytest.mark.parametrize("cell", CELLS, ids=label)
@pytest.mark.parametrize("size", [(2, 0), (0, 3)], ids=["no steps", "no rows"])
def test_no_steps_leave_the_state_and_no_rows_nothing(cell, size):
    params = like_init(np.random.default_rng(0), cell.init, D)
    xs, marks = np.zeros((*size, D), np.float32), np.ones(size, bool)

    def run(params, xs, plan, reverse):
        options = {"mask": marks, "reset": marks, "key": jax.random.key(0)}
        state, ys = unroll(cell, params, xs, plan=plan, reverse=reverse, **options)
        return sum(jnp.sum(leaf) for leaf in jax.tree.leaves((state, ys))), (state, ys)

    start = jax.eval_shape(lambda: cell.initial_state(params, size[0], jnp.float32))
    for i, plan in enumerate(PLANS):
        gradient = jax.grad(lambda *a, i=i, p=plan: run(*a, p, i % 2 == 1)[0], (0, 1))
        found = jax.eval_shape(gradient, params, xs)
        assert jax.tree.map(jnp.shape, found) == jax.tree.map(jnp.shape, (params, xs))
        state, ys = jax.eval_shape(lambda *a, p=plan: run(*a, p, False)[1], params, xs)
        assert jax.tree.map(jnp.shape, state) == jax.tree.map(jnp.shape, start)
        assert ys.shape == (*size, cell.out_dim)


def test_nothing_computed_is_zero_with_zero_gradients():
    cell = cells.LSTM(H)
    init = functools.partial(init_bidirectional, cell)
    params = like_init(np.random.default_rng(0), init, D)

    @jax.jit
    def measure(params, xs):
        def loss(params):
            states, ys = bidirectional(cell, params, xs)
            return sum(leaf.sum() for leaf in jax.tree.leaves((states, ys)))

        return jax.value_and_grad(loss)(params)

    for size in ((2, 0), (0, 3)):
        found = measure(params, np.zeros((*size, D), np.float32))
        assert not any(np.any(leaf) for leaf in jax.tree.leaves(found))
    _, y = jax.jit(step, static_argnums=0)(
        cell, params.forward, None, np.zeros((0, D), np.float32)
    )
    assert y.shape == (0, H)
