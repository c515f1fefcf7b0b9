"""Modules name parameters and do nothing else."""

import jax
import jax.numpy as jnp
import numpy as np

from seqnets import cells
from seqnets.modules.recurrent import Bidirectional, Recurrent
from seqnets.unroll import bidirectional, unroll

CELL = cells.Stack((cells.Dropout(cells.GRU(4), 0.5), cells.LSTM(3)))
XS = jax.random.normal(jax.random.key(1), (2, 6, 5))
MASK = jnp.arange(6) < jnp.array([[6], [4]])
RESET = jnp.arange(6) == jnp.array([[0], [2]])


def check(module, run, params):
    marks = {"mask": MASK, "reset": RESET, "key": jax.random.key(2)}
    variables = module.init(jax.random.key(0), XS)
    assert list(variables["params"]) == ["cell"]
    jax.tree.map(
        lambda a, b: np.testing.assert_array_equal(a.shape, b.shape),
        variables["params"]["cell"],
        params,
    )
    state, ys = module.apply({"params": {"cell": params}}, XS, **marks)
    jax.tree.map(
        np.testing.assert_array_equal, (state, ys), run(CELL, params, XS, **marks)
    )
    # The state that comes out goes in again.
    module.apply({"params": {"cell": params}}, XS, state=state)


def test_recurrent_is_unroll_with_named_parameters(key):
    check(Recurrent(CELL), unroll, CELL.init(key, 5))


def test_bidirectional_is_bidirectional_with_named_parameters(key):
    module = Bidirectional(CELL)
    check(module, bidirectional, module.init(key, XS)["params"]["cell"])


def test_reverse_reads_from_the_end(key):
    cell = cells.GRU(4)
    params = cell.init(key, 5)
    _, ys = Recurrent(cell, reverse=True).apply({"params": {"cell": params}}, XS)
    _, flipped = unroll(cell, params, XS[:, ::-1])
    np.testing.assert_allclose(ys, flipped[:, ::-1], rtol=1e-5, atol=1e-6)
