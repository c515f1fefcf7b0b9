"""The writer of points: padding, the future and other rows change none."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import bind, cells, step
from seqnets.cells import Memory, SkipStack, Window
from seqnets.modules import Readout, Recurrent
from seqnets.modules.pen_net import PenNet
from tests.looping import draw, weigh

pytestmark = pytest.mark.usefixtures("quickly")

B, T, S, D, M, K = 2, 5, 4, 3, 2, 6
CELL = SkipStack((Window(cells.SRN(3), 1, M), cells.GRU(2)), in_dim=D)
MASK = np.arange(T) < np.array([[5], [3]])
TEXT = np.arange(S) < np.array([[4], [2]])


def made(dtype=jnp.float32):
    return PenNet(Recurrent(CELL), Readout(K, 0.5), dtype)


@pytest.fixture(scope="module")
def given():
    """Parameters, points, and the symbols of texts; NaN where there are none."""
    rng = np.random.default_rng(0)
    xs, values = draw(rng, (np.zeros((B, T, D)), np.zeros((B, S, M))))
    xs, values = (
        np.where(mask[..., None], own, np.nan).astype(np.float32)
        for mask, own in ((MASK, xs), (TEXT, values))
    )
    whole = Memory(np.nan_to_num(values), TEXT)
    options = {"mask": MASK, "memory": whole}
    shapes = jax.eval_shape(
        made().init, jax.random.key(0), np.nan_to_num(xs), **options
    )
    return draw(rng, shapes), xs, values


@jax.jit
def written(params, xs, mask, values, text, key=None):
    memory = Memory(values, text)
    return made().apply(params, xs, mask=mask, memory=memory, key=key)


def test_padding_of_points_and_of_texts_changes_neither_outputs_nor_gradients(given):
    params, *arrays = given

    @jax.jit
    @jax.grad
    def gradients(both):
        params, xs, values = both
        found = written(params, xs, MASK, values, TEXT)
        return weigh(jnp.where(MASK[..., None], found, 0.0))

    results = []
    for xs, values in (arrays, map(np.nan_to_num, arrays)):
        results.append(
            (written(params, xs, MASK, values, TEXT), gradients((params, xs, values)))
        )
    for own, other in zip(*map(jax.tree.leaves, results), strict=True):
        np.testing.assert_array_equal(own, other)
    found, (of_params, of_xs, of_values) = results[0]
    np.testing.assert_allclose(found[~MASK], [params["params"]["readout"]["b"]] * 2)
    for own in jax.tree.leaves(of_params):
        assert np.isfinite(own).all() and np.any(own)
    for own, mask in ((of_xs, MASK), (of_values, TEXT)):
        assert not np.any(own[~mask]) and np.all(np.asarray(own)[mask])


def test_a_drawing_is_described_alone_as_in_a_batch(given):
    params, xs, values = given
    found = written(params, xs, MASK, values, TEXT)
    own = xs[1:, :3], MASK[1:, :3], values[1:, :2], TEXT[1:, :2]
    np.testing.assert_allclose(written(params, *own)[0], found[1, :3], rtol=1e-5)


def test_a_point_changes_no_output_before_it(given):
    params, xs, values = given
    found = written(params, xs, MASK, values, TEXT)
    other = xs.copy()
    other[:, 2:] += 1
    changed = written(params, other, MASK, values, TEXT)
    np.testing.assert_array_equal(found[:, :2], changed[:, :2])
    assert (np.abs(found - changed)[MASK & (np.arange(T) >= 2)] > 1e-4).any(-1).all()


def test_steps_of_the_cell_describe_what_the_whole_drawing_does(given):
    params, xs, values = given
    tree = params["params"]

    @jax.jit
    def stepped():
        bound = bind(CELL, tree["recurrent"]["cell"], Memory(values, TEXT))
        state, found = CELL.initial_state(bound, B, jnp.float32), []
        for t in range(T):
            state, y = step(CELL, bound, state, xs[:, t])
            found.append(made().apply(params, y, method="outputs"))
        return jnp.stack(found, 1)

    expected = written(params, xs, MASK, values, TEXT)
    np.testing.assert_allclose(stepped()[MASK], expected[MASK], rtol=1e-5, atol=1e-6)


def test_only_a_key_drops(given):
    params, xs, values = given
    own, keys = (params, xs, MASK, values, TEXT), jax.random.split(jax.random.key(0))
    plain, again, one, two = (written(*own, key=k) for k in (None, None, *keys))
    np.testing.assert_array_equal(plain, again)
    assert np.abs(plain - one)[MASK].max() > 0.01 < np.abs(one - two)[MASK].max()
