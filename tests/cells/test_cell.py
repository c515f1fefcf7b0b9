"""A bound memory reaches every cell that reads it, and takes part in gradients."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import Directions, bidirectional, bind, cells, init_bidirectional, unroll
from seqnets.cells import Memory
from tests.looping import draw, loop, weigh
from tests.own_cells import Context, Reader
from tests.variants import label

pytestmark = pytest.mark.usefixtures("quickly")

B, T, D, H, S = 2, 4, 3, 3, 5
MASK = np.arange(T) < np.array([[4], [2]])
READER = Reader(H)
READERS = [
    READER,
    cells.Dropout(READER, 0.3),
    cells.VariationalDropout(READER, state=0.3),
    cells.Zoneout(READER, 0.2),
    cells.Stack((READER, cells.TrainableStart(cells.GRU(H)))),
    cells.Stack((cells.LSTM(H), cells.Stack((READER, READER))), residual=True),
    cells.Zoneout(cells.Stack((READER, cells.GRU(H)))),
    Context(cells.TrainableStart(cells.LSTM(H))),
]


def random(make):
    shapes = jax.eval_shape(make, jax.random.key(0))
    return draw(np.random.default_rng(0), shapes)


@pytest.fixture
def memory():
    rng = np.random.default_rng(1)
    real = np.arange(S) < np.array([[3], [5]])
    return Memory(*draw(rng, (np.zeros((B, S, H)), real, np.zeros((B, H)))))._replace(
        mask=real
    )


@pytest.fixture
def xs():
    return np.random.default_rng(2).normal(size=(B, T, D)).astype(np.float32)


def assert_close(found, expected):
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6),
        found,
        expected,
    )


@pytest.mark.parametrize("cell", READERS, ids=label)
def test_a_bound_memory_reaches_cells_inside_others(cell, memory, xs):
    params = random(lambda key: cell.init(key, D))

    @jax.jit
    def measure(params, values, start, key):
        def loss(params, values, start):
            whole = bind(cell, params, memory._replace(values=values, start=start))
            outputs = unroll(cell, whole, xs, mask=MASK, key=key)
            final, ys = outputs
            floating = [a for a in jax.tree.leaves(final) if a.dtype == ys.dtype]
            return weigh((floating, ys)), outputs

        return jax.value_and_grad(loss, (0, 1, 2), has_aux=True)(params, values, start)

    noisy = np.where(memory.mask[..., None], memory.values, np.float32(1e3))
    (_, found), gradients = measure(params, noisy, memory.start, None)
    bound, stepped = bind(cell, params, memory), jax.jit(cell.step)
    marks = {"mask": MASK, "reset": np.zeros((B, T), bool)}
    assert_close(found, loop(cell, bound, xs, state=None, step=stepped, **marks))
    of_params, of_values, _ = gradients
    assert all(np.any(leaf) for leaf in jax.tree.leaves(of_params))
    assert np.asarray(of_values)[memory.mask].all()
    assert not np.asarray(of_values)[~memory.mask].any()
    # With noise it can be traced, too.
    jax.eval_shape(measure, params, noisy, memory.start, jax.random.key(0))


@pytest.mark.parametrize("stacked", [False, True])
def test_a_memory_is_bound_in_both_directions(stacked, memory, xs):
    cell = cells.Stack((READER, cells.SRN(H))) if stacked else READER
    params = random(functools.partial(init_bidirectional, cell, in_dim=D))
    bound = bind(cell, params, memory)
    run = jax.jit(unroll, static_argnums=0, static_argnames="reverse")
    _, ys = jax.jit(bidirectional, static_argnums=0)(cell, bound, xs)
    layer = bound[0] if stacked else bound
    assert isinstance(layer, Directions)
    assert all(half.memory is memory for half in layer)
    if not stacked:
        halves = [
            run(cell, half, xs, reverse=reverse)[1]
            for half, reverse in zip(layer, (False, True), strict=True)
        ]
        assert_close(ys, jnp.concatenate(halves, -1))


def test_other_cells_are_left_as_they_are(memory):
    cell = cells.Stack(
        (cells.TrainableStart(cells.LSTM(H)), cells.Zoneout(cells.GRU(H)))
    )
    params = random(lambda key: cell.init(key, D))
    bound = bind(cell, params, memory)
    assert jax.tree.structure(bound) == jax.tree.structure(params)


@pytest.mark.parametrize("cell", [READER, Context(cells.SRN(H))], ids=label)
def test_an_unbound_cell_is_refused(cell, xs):
    params = random(lambda key: cell.init(key, D))
    with pytest.raises(ValueError, match=f"{type(cell).__name__} reads .*seqnets.bind"):
        unroll(cell, params, xs)
