"""Laws of what is computed along the edges of graphs."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special

from seqnets import cells
from seqnets.structures.graph import (
    Graph,
    aggregate,
    block,
    join,
    propagate,
    read_out,
    softmax,
)
from seqnets.structures.graph_layers import (
    GatedMessages,
    GraphAttention,
    GraphConvolution,
)
from seqnets.unroll import unroll
from tests.looping import like_init

pytestmark = pytest.mark.usefixtures("quickly")

N, E, D, H = 5, 7, 2, 3
LAYERS = {
    "as written": GraphConvolution(H, "sum", "tanh"),
    "mean": GraphConvolution(H, "mean", "tanh"),
    "symmetric": GraphConvolution(H, "symmetric", "tanh"),
    "attention": GraphAttention(H, heads=2, activation="tanh"),
    "gated": GatedMessages(cells.GRU(H), rounds=2, edge_dim=2),
}


def drawn(rng, nodes=N, edges=E):
    """A graph with edges in both directions, and vectors of all."""
    ends = rng.integers(0, nodes, (2, edges))
    senders, receivers = np.concatenate([ends, ends[::-1]], 1)
    return Graph(
        rng.normal(size=(nodes, D)),
        senders,
        receivers,
        np.zeros(nodes, int),
        rng.normal(size=(2 * edges, 2)),
        rng.normal(size=(1, 2)),
    )


def dense(graph):
    """The matrix with the number of edges from u to v at [v, u]."""
    found = np.zeros((len(graph.nodes),) * 2)
    np.add.at(found, (graph.receivers, graph.senders), 1)
    return found


def padded(graph, fill):
    """The graph with nodes and edges of padding, whose vectors are rubbish."""
    count = len(graph.nodes) + 2

    def longer(a, value):
        return np.concatenate([a, np.full((2, *a.shape[1:]), value, a.dtype)])

    move = np.vectorize(lambda i: i if i < len(graph.nodes) else count)
    return Graph(
        longer(graph.nodes, fill),
        longer(move(graph.senders), count),
        longer(move(graph.receivers), count),
        longer(graph.graph, 1),
        longer(graph.edges, fill),
        graph.whole,
    )


@pytest.fixture(scope="module")
def rng():
    return np.random.default_rng(0)


def functions(rng):
    """φ_e, φ_v and φ_u of a block, by drawn matrices."""
    w = [rng.normal(size=(wide, 2)) for wide in (2 + 2 * D + 2, 2 + D + 2, 6)]
    return [
        lambda *parts, own=own: jnp.tanh(jnp.concatenate(parts, -1) @ own) for own in w
    ]


def own_params(layer, rng):
    return like_init(rng, layer.init, D, dtype=np.float64)


@pytest.mark.parametrize("name", LAYERS)
def test_relabelling_relabels_and_padding_and_company_change_nothing(name, rng, x64):
    layer, graph, other = LAYERS[name], drawn(rng), drawn(rng, 3, 2)
    params = own_params(layer, rng)
    run = jax.jit(lambda p, g: layer.apply(p, g, g.nodes))
    ys = run(params, graph)
    order = rng.permutation(N)  # order[i] is the old number of node i.
    new = np.argsort(order)
    edge_order = rng.permutation(2 * E)
    turned = graph._replace(
        nodes=graph.nodes[order],
        senders=new[graph.senders][edge_order],
        receivers=new[graph.receivers][edge_order],
        edges=graph.edges[edge_order],
    )
    np.testing.assert_allclose(run(params, turned), ys[order], atol=1e-12)

    both = Graph(
        np.concatenate([graph.nodes, other.nodes]),
        np.concatenate([graph.senders, other.senders + N]),
        np.concatenate([graph.receivers, other.receivers + N]),
        np.concatenate([graph.graph, other.graph + 1]),
        np.concatenate([graph.edges, other.edges]),
    )
    np.testing.assert_allclose(run(params, both)[:N], ys, atol=1e-12)
    np.testing.assert_allclose(run(params, both)[N:], run(params, other), atol=1e-12)

    def loss(p, g):
        return (
            layer.apply(p, g, jnp.where(jnp.isnan(g.nodes), 0, g.nodes))[:N] ** 2
        ).sum()

    slope = jax.jit(jax.grad(loss))
    for fill in (0.0, np.nan):
        long = padded(graph, fill)
        np.testing.assert_allclose(run(params, long)[:N], ys, atol=1e-12)
        for a, b in zip(
            jax.tree.leaves(slope(params, long)),
            jax.tree.leaves(slope(params, graph)),
            strict=True,
        ):
            np.testing.assert_allclose(a, b, atol=1e-10)


@pytest.mark.parametrize("form", ["sum", "mean", "symmetric"])
def test_convolution_is_the_product_of_matrices(form, rng, x64):
    layer, graph = GraphConvolution(H, form, "tanh"), drawn(rng)
    params = own_params(layer, rng)
    a = dense(graph) + np.eye(N)
    d = np.diag(1 / a.sum(1))
    a = {"sum": a, "mean": d @ a, "symmetric": np.sqrt(d) @ a @ np.sqrt(d)}[form]
    expected = np.tanh(a @ graph.nodes @ np.asarray(params.w) + np.asarray(params.b))
    found = jax.jit(layer.apply)(params, graph, graph.nodes)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_attention_is_a_softmax_over_neighbours_and_oneself(rng, x64):
    layer, graph = GraphAttention(H, activation="identity"), drawn(rng)
    params = own_params(layer, rng)
    zs = graph.nodes @ params.w
    for v, found in enumerate(jax.jit(layer.apply)(params, graph, graph.nodes)):
        into = [*graph.senders[graph.receivers == v], v]
        raw = zs[v] @ params.a_to[0] + zs[into] @ params.a_from[0]
        alpha = scipy.special.softmax(np.where(raw > 0, raw, 0.2 * raw))
        np.testing.assert_allclose(found, alpha @ zs[into] + params.b, atol=1e-12)


def test_messages_along_a_path_are_the_srn(rng, x64):
    cell, length = cells.SRN(H), 6
    params = like_init(rng, cell.init, D, dtype=np.float64)
    xs = rng.normal(size=(1, length, D))
    path = np.arange(length - 1)
    graph = Graph(xs[0], path, path + 1, np.zeros(length, int))

    @jax.jit
    def both(params):
        hs = propagate(
            graph,
            jnp.zeros((length, H)),
            lambda to, h, e: h @ params.w_h,
            lambda _, m: jnp.tanh(xs[0] @ params.w_x + m + params.b),
            rounds=length,
        )
        return hs, unroll(cell, params, xs)[1]

    hs, ys = both(params)
    np.testing.assert_allclose(hs, ys[0], atol=1e-12)


def test_the_block_updates_edges_then_nodes_then_the_whole(rng, x64):
    graph, (edge, node, whole) = drawn(rng), functions(rng)
    found = jax.jit(lambda g: block(g, edge, node, whole))(graph)
    u = graph.whole[0]
    edges = np.stack(
        [
            edge(graph.edges[k], graph.nodes[r], graph.nodes[s], u)
            for k, (s, r) in enumerate(zip(graph.senders, graph.receivers, strict=True))
        ]
    )
    np.testing.assert_allclose(found.edges, edges, atol=1e-12)
    nodes = np.stack(
        [node(edges[graph.receivers == v].sum(0), graph.nodes[v], u) for v in range(N)]
    )
    np.testing.assert_allclose(found.nodes, nodes, atol=1e-12)
    expected = whole(edges.sum(0), nodes.sum(0), u)
    np.testing.assert_allclose(found.whole[0], expected, atol=1e-12)
    long = jax.jit(lambda g: block(g, edge, node, whole))(padded(graph, np.nan))
    np.testing.assert_allclose(long.whole, found.whole, atol=1e-12)
    np.testing.assert_allclose(long.nodes[:N], found.nodes, atol=1e-12)


def test_what_arrives_is_joined_and_what_is_nowhere_is_lost():
    messages = np.array([[1.0], [5.0], [-2.0], [np.nan]], np.float32)
    receivers = np.array([1, 1, 2, 4])
    expected = {"sum": 6.0, "mean": 3.0, "max": 5.0}

    @jax.jit
    def measure(messages, receivers, row):
        graph = Graph(messages, receivers, receivers, row)
        return (
            {how: aggregate(messages, receivers, 4, how) for how in expected},
            softmax(messages * 100, receivers, 4),
            read_out(graph, messages, 3),
        )

    joined, weights, read = measure(messages, receivers, np.array([0, 1, 1, 3]))
    for how, found in joined.items():
        np.testing.assert_array_equal(found[:, 0], [0.0, expected[how], -2.0, 0.0])
    np.testing.assert_allclose(weights[:, 0], [0.0, 1.0, 1.0, 0.0], atol=1e-6)
    np.testing.assert_array_equal(read[:, 0], [1.0, 1.5, 0.0])
    with pytest.raises(ValueError, match="joined by sum, mean, max, not by 'min'"):
        aggregate(messages, receivers, 4, "min")


def test_what_does_not_go_together_is_named(rng):
    with pytest.raises(ValueError, match="vectors of 4 elements do not go"):
        GatedMessages(cells.GRU(H)).init(jax.random.key(0), 4)
    with pytest.raises(ValueError, match="a cell with an h .* unlike LRU"):
        GatedMessages(cells.LRU(H))
    with pytest.raises(ValueError, match="give the graph both"):
        block(drawn(rng)._replace(whole=None), None, None, None)


def test_rows_of_graphs_joined_are_the_graphs_one_by_one():
    """Whatever stands in the padding of a row."""
    rng, convolution = np.random.default_rng(5), GraphConvolution(3)
    nodes = rng.normal(size=(3, 4, 2)).astype(np.float32)
    edges = rng.integers(0, 2, (3, 5, 2))
    node_mask = np.arange(4) < np.array([[2], [4], [3]])
    edge_mask = np.arange(5) < np.array([[5], [0], [2]])
    edges = np.where(edge_mask[..., None], edges, 77)
    params = like_init(rng, convolution.init, 2)
    alone = jax.jit(convolution.apply)

    @jax.jit
    def read(*rows):
        graph = join(*rows)
        hs = convolution.apply(params, graph, graph.nodes)
        return read_out(graph, hs, len(rows[0]))

    rows = nodes, node_mask, edges, edge_mask
    found = read(*rows)
    rubbish = np.where(node_mask[..., None], nodes, np.nan)
    np.testing.assert_array_equal(read(rubbish, *rows[1:]), found)
    for i in range(3):
        own_nodes, own_edges = nodes[i][node_mask[i]], edges[i][edge_mask[i]]
        graph = Graph(own_nodes, *own_edges.T, np.zeros(len(own_nodes), int))
        expected = np.mean(alone(params, graph, own_nodes), 0)
        np.testing.assert_allclose(found[i], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_do_not_read_the_padding_of_rows(name):
    rng = np.random.default_rng(6)
    layer = LAYERS[name]
    if getattr(layer, "edge_dim", 0):
        layer = dataclasses.replace(layer, edge_dim=0)
    nodes = rng.normal(size=(2, 3, D)).astype(np.float32)
    mask = np.array([[True, True, True], [True, True, False]])
    edges = np.array([[[0, 1], [1, 2]], [[1, 0], [77, 77]]])
    edge_mask = np.array([[True, True], [True, False]])
    params = like_init(rng, layer.init, D)

    @jax.jit
    @jax.grad
    def slope(params, nodes):
        graph = join(nodes, mask, edges, edge_mask)
        hs = layer.apply(params, graph, graph.nodes)
        return (read_out(graph, hs, 2) ** 2).sum()

    rubbish = np.where(mask[..., None], nodes, np.nan)
    for a, b in zip(
        jax.tree.leaves(slope(params, nodes)),
        jax.tree.leaves(slope(params, rubbish)),
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)
