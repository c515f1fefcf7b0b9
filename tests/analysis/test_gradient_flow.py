"""A cell is measured at once, with its weights or others, and written as a table."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from seqnets import cells, initializers
from seqnets.analysis import gradient_flow
from seqnets.cells.convolutional import ConvLSTM
from seqnets.plots import gradient_flow as figure
from tests.looping import like_init
from tests.own_cells import Context, Leaky
from tests.variants import H, label

pytestmark = pytest.mark.usefixtures("quickly")

B, T, D = 3, 5, 2
CELLS = [cells.SRN(H), cells.Stack((cells.LSTM(H), cells.GRU(2)))]

measure = jax.jit(gradient_flow.measure, static_argnums=0)
redraw = jax.jit(gradient_flow.redraw, static_argnums=(0, 3))


def drawn(cell):
    """Parameters, inputs [B, T, D], and an error [B, H]."""
    rng = np.random.default_rng(0)
    xs = rng.normal(size=(B, T, D)).astype(np.float32)
    return like_init(rng, cell.init, D), xs, np.ones((B, cell.out_dim), np.float32)


@pytest.fixture(scope="module")
def measured():
    """Measurements of both cells, by name."""
    return {cell: measure(cell, *drawn(cell)) for cell in CELLS}


@pytest.fixture(scope="module")
def chains():
    return gradient_flow.depth_chains(jax.random.key(0), 8, 12)


@pytest.mark.parametrize("cell", CELLS, ids=label)
def test_everything_is_measured_at_every_step(measured, cell):
    found = measured[cell]
    gates = {"0.i", "0.f", "0.o", "1.r", "1.z"} if cell is CELLS[1] else set()
    assert set(found.gates) == gates
    assert (found.bound is None) == (cell is CELLS[1])
    assert {norms.shape for norms in found.norms.values()} == {(T - 1,)}
    assert {leaf.shape for leaf in jax.tree.leaves((found.split, found.gates))} == {
        (T,)
    }
    assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(found))


def test_the_error_stands_at_the_last_real_step():
    cell = cells.SRN(H)
    params, xs, d_y = drawn(cell)
    mask = np.broadcast_to(np.arange(T) < 3, (B, T))
    padded = measure(cell, params, xs, d_y, mask=mask)
    short = measure(cell, params, xs[:, :3], d_y)
    np.testing.assert_allclose(padded.split[:3], short.split, rtol=1e-5)
    assert np.all(np.isneginf(padded.split[3:]))
    # Padding passes everything: the lags of what is real follow.
    np.testing.assert_allclose(padded.norms["state"][:2], 0.0, atol=1e-6)
    np.testing.assert_allclose(
        padded.norms["state"][2:], short.norms["state"], rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize(
    "cell",
    [
        cells.LSTM(H, projection=2),
        cells.NTM(H, slots=2, width=3),
        cells.Stack((cells.TrainableStart(cells.GRU(H)), cells.Dropout(cells.SRN(2)))),
        Context(cells.GRU(H)),
    ],
    ids=label,
)
def test_only_recurrent_matrices_are_drawn_anew(cell):
    params, *_ = drawn(cell)
    found = redraw(cell, params, jax.random.key(1), initializers.glorot)
    before, after = map(jax.tree_util.tree_leaves_with_path, (params, found))
    for (path, old), (other, new) in zip(before, after, strict=True):
        assert path == other and old.shape == new.shape
        assert np.array_equal(old, new) == (path[-1].name != "w_h"), path


@pytest.mark.parametrize(
    "cell",
    [cells.Residual(H, recurrent=False), ConvLSTM(1, 2, 1), Leaky(H)],
    ids=label,
)
def test_a_cell_without_a_recurrent_matrix_stays_as_it_is(cell):
    params = jax.eval_shape(lambda key: cell.init(key, D), jax.random.key(0))
    assert gradient_flow.redraw(cell, params, jax.random.key(1), None) is params


class Recurrent(NamedTuple):
    w_h: Array


@pytest.mark.parametrize(
    ("shape", "block", "count"),
    [((4, 4), (4, 4), 1), ((4, 12), (4, 4), 3), ((4, 6), (4, 6), 1)],
)
def test_blocks_of_a_cell_of_ones_own_are_square_where_they_can_be(shape, block, count):
    drawn = []

    def draw(key, *sizes):
        drawn.append(sizes)
        return jnp.ones(shape)

    params = Recurrent(jnp.zeros(shape))
    found = gradient_flow.redraw(Leaky(4), params, jax.random.key(0), draw)
    assert drawn == [(block, count)] and (found.w_h == 1.0).all()


def test_blocks_of_gates_are_drawn_one_by_one():
    cell = cells.LSTM(8)
    params, *_ = drawn(cell)
    found = redraw(cell, params, jax.random.key(1), initializers.orthogonal)
    for block in np.split(np.asarray(found.w_h), 4, -1):
        np.testing.assert_allclose(block @ block.T, np.eye(8), atol=1e-5)


def test_sigmoids_vanish_with_depth_and_large_weights_explode(chains):
    assert len(chains) == 9 and all(norms.shape == (12,) for norms in chains.values())
    first = {kind: float(norms[0]) for kind, norms in chains.items()}
    assert first["logistic", "glorot"] < -5.0
    assert -1.0 < first["tanh", "orthogonal"] < 0.0
    assert first["relu", "normal"] > 1.0


def test_every_number_is_in_the_table_and_the_page_is_drawn(measured, chains, tmp_path):
    named = dict(zip(("SRN", "LSTM, on a GRU"), measured.values(), strict=True))
    named["SRN, broken"] = jax.tree.map(lambda a: a * np.nan, named["SRN"])
    weights = ("fresh", "trained", "normal", "glorot", "orthogonal")
    flows = jax.device_get(dict.fromkeys(weights, named))
    table = list(gradient_flow.records(flows, {8: chains}))
    assert {len(row) for row in table} == {len(gradient_flow.COLUMNS)}
    count = 0
    for found in named.values():
        count += T * (len(found.norms) + 1 + 2 * len(found.gates))  # T - 1 and a word.
        count += found.bound is not None
    assert len(table) == len(weights) * count + 9 * 12
    assert ("fresh", "SRN, broken", "verdict", "state", T - 1, "NaN") in table

    path = tmp_path / "page.png"
    figure.draw(path, flows, {8: chains}, {"SRN": 0.5})
    assert path.read_bytes().startswith(b"\x89PNG")
