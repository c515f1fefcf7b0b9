"""Scores are affine in what they are computed from, and dropout is on it alone."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets.dropout import dropout
from seqnets.feedforward import MLP
from seqnets.modules import Readout

pytestmark = pytest.mark.usefixtures("quickly")

YS = jax.random.normal(jax.random.key(1), (2, 3, 4))


def test_scores_are_affine_and_float32_at_the_least(key):
    readout = Readout(5)
    params = readout.init(key, YS)["params"]
    assert jax.tree.map(jnp.shape, params) == {"w": (4, 5), "b": (5,)}
    assert not params["b"].any()
    params["b"] = jnp.arange(5.0)
    logits = readout.apply({"params": params}, YS)
    np.testing.assert_allclose(logits, YS @ params["w"] + params["b"], rtol=1e-5)
    low = readout.apply({"params": params}, YS.astype(jnp.bfloat16))
    assert low.dtype == jnp.float32


def test_dropout_is_drawn_by_the_key_and_absent_without_it(key):
    readout = Readout(5, dropout=0.5)
    variables = readout.init(key, YS)
    np.testing.assert_array_equal(
        readout.apply(variables, YS), Readout(5).apply(variables, YS)
    )
    np.testing.assert_array_equal(
        readout.apply(variables, YS, key=key),
        Readout(5).apply(variables, dropout(key, YS, 0.5)),
    )


def test_hidden_layers_make_it_a_multilayer_perceptron(key):
    readout = Readout(5, hidden_dims=(6, 7))
    params = readout.init(key, YS)["params"]
    assert params.keys() == {"hidden", "w", "b"}
    layers = *params["hidden"], type(params["hidden"][0])(params["w"], params["b"])
    np.testing.assert_array_equal(
        readout.apply({"params": params}, YS), MLP((6, 7, 5), "tanh").apply(layers, YS)
    )
