"""What a matrix reads has its width, and what computes has the dtype asked for."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells, convert, step, unroll
from seqnets.linear import affine, cast, matmul, supported
from seqnets.modules.embedding import Embedding
from seqnets.relation import Relation
from seqnets.stacked_attention import StackedAttention
from seqnets.structures import grid_fronts, lattice, tree
from seqnets.structures.compositions import TreeLSTM
from seqnets.structures.graph import Graph
from seqnets.structures.graph_layers import (
    GatedMessages,
    GraphAttention,
    GraphConvolution,
)
from seqnets.structures.grid import GridLSTM
from tests.looping import like_init
from tests.variants import GRUS, LINEAR, LSTMS, RESIDUALS, SRNS, label


@pytest.mark.parametrize("rows", [1, 2])
def test_an_input_of_another_width_is_refused(rows):
    """A matrix of one row too, though numbers of any width could multiply it."""
    w = np.ones((rows, 3), np.float32)
    for read in (matmul, lambda x, w: affine(x, w, None)):
        assert jax.eval_shape(read, np.ones((4, rows)), w).shape == (4, 3)
        with pytest.raises(ValueError, match=f"width 3, but .* width {rows}: pass"):
            read(np.ones((4, 3), np.float32), w)


CELLS = [family[0] for family in (SRNS, LSTMS, GRUS, RESIDUALS, LINEAR)]


@pytest.mark.parametrize("cell", CELLS, ids=label)
def test_float64_is_float64_or_refused(cell, tmp_path):
    embedding = Embedding(3, None, dtype=np.float64)
    path = tmp_path / "w.safetensors"
    convert.save_safetensors(path, {"w": np.zeros(2)})
    like = {"w": np.zeros(2)}

    def asked():
        return (
            cell.initial_state(None, 2, np.float64),
            embedding.apply({}, np.zeros(2, int)),
            convert.load_safetensors(path, like),
        )

    with jax.enable_x64(True):
        assert {a.dtype for a in jax.tree.leaves(asked())} == {np.dtype("float64")}
    for ask in (
        lambda: cell.initial_state(None, 2, "float64"),
        lambda: embedding.apply({}, np.zeros(2, int)),
        lambda: convert.load_safetensors(path, like),
    ):
        with pytest.raises(ValueError, match="float64 is float32 .* JAX_ENABLE_X64=1"):
            ask()
    for dtype in (jnp.bfloat16, jnp.float16, np.float32, "bfloat16"):
        assert supported(dtype) is dtype


def test_numbers_of_numpy_are_float32_as_jax_takes_them():
    cell = cells.SRN(3)
    params = like_init(np.random.default_rng(0), cell.init, 2)
    state, y = step(cell, params, None, np.ones((4, 2)))
    assert y.dtype == state.h.dtype == jnp.float32


B, T, D = 2, 3, 4
ONE = np.zeros((B, 1), int)
NO_FRONTS = np.zeros((B, 0, 2), int)
WORDS = lattice.Words(np.ones((B, 1, D)), ONE, ONE + 1)
LEAVES = tree.Forest(
    np.ones((B, T), bool), np.zeros((B, 0, 1), bool), NO_FRONTS, NO_FRONTS
)
PATH = np.arange(T - 1)
GRAPH = Graph(np.zeros((T, D)), PATH, PATH + 1, np.zeros(T, int))
# What reads xs [B, T, D]: a net, the widths it is drawn for, and its output.
READERS = {
    "unroll": (cells.SRN(3), (D,), lambda *given: unroll(*given)[1]),
    "grid": (GridLSTM(3), (D,), lambda *given: grid_fronts.unroll(*given)[1]),
    "lattice": (
        lattice.LatticeLSTM(3),
        (D, D),
        lambda *given: lattice.unroll(*given, WORDS, plain=True)[1],
    ),
    "tree": (TreeLSTM(3), (D,), lambda *given: tree.unroll(*given, LEAVES)[1]),
    **{
        type(layer).__name__: (
            layer,
            (D,),
            lambda net, params, xs: net.apply(params, GRAPH, xs[0]),
        )
        for layer in (
            GraphConvolution(3),
            GraphAttention(3),
            GatedMessages(cells.GRU(D)),
        )
    },
    "relation": (
        Relation(3, 2),
        (D, 2),
        lambda net, params, xs: net.apply(params, xs, np.ones((B, 2))),
    ),
    "stacked": (
        StackedAttention(2, 3),
        (D,),
        lambda net, params, xs: net.apply(params, xs, np.ones((B, 2)))[0],
    ),
}


@pytest.mark.parametrize("name", READERS)
def test_integers_are_refused_and_numbers_of_numpy_are_float32(name):
    """Cast to integers, most weights would be 0."""
    net, dims, read = READERS[name]
    params = like_init(np.random.default_rng(0), net.init, *dims)
    xs = np.ones((B, T, D))
    with pytest.raises(ValueError, match="must be floating.*, not int"):
        read(net, params, xs.astype(int))
    with warnings.catch_warnings(action="error"):
        ys = jax.eval_shape(lambda params: read(net, params, xs), params)
    assert ys.dtype == np.float32


def test_what_is_bound_beside_weights_keeps_its_dtype():
    params = {"w": np.ones(2, np.float32), "mask": np.ones(2, bool), "none": None}
    given, xs = cast(params, np.ones(2, jnp.bfloat16))
    assert given["w"].dtype == xs.dtype == jnp.bfloat16
    assert given["mask"].dtype == np.bool_


def test_weights_of_integers_are_refused():
    with pytest.raises(ValueError, match="^weights must be floating, not int32"):
        matmul(np.ones((1, 2), np.int32), np.ones((2, 3), np.int32))
