"""Laws of the net of graphs: what its dropout touches, and what it reads out."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets.feedforward import Layer
from seqnets.modules.graph_net import GraphNet
from seqnets.structures.graph import Graph
from seqnets.structures.graph_layers import GraphConvolution

pytestmark = pytest.mark.usefixtures("quickly")

EDGES = np.array([[0, 1], [1, 0], [2, 2]])
GRAPH = Graph(np.zeros((3, 0)), *EDGES.T, np.array([0, 0, 1]))
XS = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], np.float32)


def test_scores_of_graphs_are_of_the_joined_vectors_of_their_nodes():
    layers = (GraphConvolution(3, activation="tanh"),)
    net = GraphNet(layers, Layer(2, "identity"), 2, (0.0, 0.0), "max", jnp.float32)

    @jax.jit
    def both():
        variables = net.init(jax.random.key(0), GRAPH, XS, None, 2)
        params = variables["params"]
        hs = layers[0].apply(params["layer_0"], GRAPH, XS)
        joined = jnp.stack([hs[:2].max(0), hs[2]])
        expected = net.top.apply(params["top"], joined)
        return *net.apply(variables, GRAPH, XS, None, 2), expected, joined

    logits, read, expected, joined = both()
    np.testing.assert_allclose(logits, expected, rtol=1e-5)
    np.testing.assert_allclose(read, joined, rtol=1e-5)


def test_dropout_of_inputs_leaves_an_evaluation_alone():
    top = Layer(2, "identity")
    net = GraphNet((), top, 2, (0.9, 0.0), None, jnp.float32)

    @jax.jit
    def both():
        variables = net.init(jax.random.key(0), GRAPH, XS, None, 1)
        keys = None, jax.random.key(1)
        found = [net.apply(variables, GRAPH, XS, key, 1)[0] for key in keys]
        return *found, top.apply(variables["params"]["top"], XS)

    evaluated, trained, expected = both()
    np.testing.assert_allclose(evaluated, expected, rtol=1e-5)
    assert np.abs(trained - expected).max() > 0.1


def test_one_object_may_be_several_layers():
    layer = GraphConvolution(2)
    net = GraphNet((layer, layer), layer, 2, (0.0, 0.0), None, jnp.float32)
    shapes = jax.eval_shape(net.init, jax.random.key(0), GRAPH, XS, None, 1)
    assert shapes["params"].keys() == {"layer_0", "layer_1", "top"}
