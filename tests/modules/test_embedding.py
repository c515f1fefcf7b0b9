"""Vectors are rows of a table, or one-hot, in the dtype that is asked for."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

from seqnets.modules import Embedding, Readout

pytestmark = pytest.mark.usefixtures("quickly")

IDS = jnp.array([[0, 2], [4, 2]])


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
def test_a_vector_is_a_row_of_the_table(key, dtype):
    embedding = Embedding(5, 3, dtype=dtype)
    variables = embedding.init(key, IDS)
    table = variables["params"]["table"]
    assert table.shape == (5, 3) and table.dtype == jnp.float32
    vectors = embedding.apply(variables, IDS)
    assert vectors.dtype == dtype
    np.testing.assert_array_equal(vectors, table[IDS].astype(dtype))


def test_without_a_width_vectors_are_one_hot_and_there_are_no_parameters(key):
    embedding = Embedding(5, None, dtype=jnp.bfloat16)
    assert embedding.init(key, IDS) == {}
    vectors = embedding.apply({}, IDS)
    assert vectors.dtype == jnp.bfloat16
    np.testing.assert_array_equal(vectors, np.eye(5)[IDS])


@pytest.mark.parametrize("dim", [3, None])
def test_a_symbol_that_there_is_not_has_the_zero_vector_and_no_gradient(key, dim):
    embedding = Embedding(5, dim)
    variables = embedding.init(key, IDS)

    @jax.jit
    def look_up(variables, ids):
        slopes = jax.grad(lambda v: embedding.apply(v, ids).sum())(variables)
        return embedding.apply(variables, ids), slopes

    strange = jnp.array([-1, 5, -5, 10**6])
    vectors, slopes = look_up(variables, strange)
    assert not vectors.any() and not any(s.any() for s in jax.tree.leaves(slopes))


def test_initial_tables_have_the_deviation_of_their_distribution(key):
    deviations = {"normal": 0.1, "standard": 1.0, "uniform": 1.0 / np.sqrt(12)}
    for initial, deviation in deviations.items():
        table = Embedding(2000, 12, initial).init(key, IDS)["params"]["table"]
        assert np.std(table) == pytest.approx(deviation, rel=0.02)
    assert np.abs(table).max() <= 0.5  # √(3/12)


def test_an_unknown_initial_distribution_is_refused(key):
    with pytest.raises(ValueError, match="initial must be one of .* not 'zeros'"):
        Embedding(5, 3, "zeros").init(key, IDS)


class Tied(nn.Module):
    @nn.compact
    def __call__(self, ids):
        embedding = Embedding(5, 3, name="embedding")
        xs = embedding(ids)
        return Readout(5, name="readout")(xs, w=embedding.table.T)


def test_a_read_out_can_be_tied_to_the_table(key):
    variables = Tied().init(key, IDS)
    shapes = jax.tree.map(jnp.shape, variables["params"])
    assert shapes == {"embedding": {"table": (5, 3)}, "readout": {"b": (5,)}}
    table = variables["params"]["embedding"]["table"]
    logits = Tied().apply(variables, IDS)
    np.testing.assert_allclose(logits, table[IDS] @ table.T, rtol=1e-5, atol=1e-7)
    gradient = jax.grad(lambda v: Tied().apply(v, IDS).sum())(variables)
    # Rows that are not looked up get a gradient as the read-out's.
    assert np.abs(gradient["params"]["embedding"]["table"][1]).max() > 0.0
