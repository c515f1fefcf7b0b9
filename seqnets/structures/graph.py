"""Graphs, several as one, and what is computed along their edges (A16).

Scarselli et al. (2009), Gilmer et al. (2017), Battaglia et al. (2018).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.linear import look_up, memory_dtype

HOW = ("sum", "mean", "max")


class Graph(NamedTuple):
    """G graphs as one: N nodes and E directed edges, of all of them.

    An edge whose ends are N, and a node whose graph is G, are padding: they change
    nothing, whatever vectors they have.
    """

    nodes: Array  # [N, D], vectors.
    senders: Array  # [E] integers, the node at which an edge begins.
    receivers: Array  # [E] integers, the node at which it ends.
    graph: Array  # [N] integers, the graph of each node.
    edges: Array | None = None  # [E, D_e], vectors.
    whole: Array | None = None  # [G, D_g], vectors of the graphs.

    @property
    def mask(self) -> Array:
        """Which edges are real, [E]."""
        return (self.receivers < len(self.nodes)) & (self.senders < len(self.nodes))


def gather(vectors: Array, ids: Array) -> Array:
    """Returns the vectors [..., D] with given numbers; zeros for those of padding."""
    return look_up(vectors, ids)


def aggregate(messages: Array, receivers: Array, count: int, how: str = "sum") -> Array:
    """Joins what arrives at each of some receivers.

    m_v = Σ_{e: r(e) = v} m_e, or the mean, or the greatest; zero where nothing arrives.

    Args:
      messages: [E, D].
      receivers: [E] integers; messages to a receiver outside 0 ... count - 1 are lost,
        whatever they are.
      count: the number of receivers.
      how: "sum", "mean" or "max".

    Returns:
      [count, D], in the dtype of the messages.

    Raises:
      ValueError: for another way to join.
    """
    if how not in HOW:
        raise ValueError(f"messages are joined by {', '.join(HOW)}, not by {how!r}")
    real = (receivers >= 0) & (receivers < count)
    receivers = jnp.where(real, receivers, count)
    wide = jnp.where(real[:, None], messages, 0).astype(memory_dtype(messages.dtype))
    number = jax.ops.segment_sum(real.astype(wide.dtype), receivers, count)[:, None]
    if how == "max":
        found = jax.ops.segment_max(wide, receivers, count)
        found = jnp.where(number > 0, found, 0)
    else:
        found = jax.ops.segment_sum(wide, receivers, count)
        found = found / jnp.maximum(number, 1) if how == "mean" else found
    return found.astype(messages.dtype)


def softmax(scores: Array, receivers: Array, count: int) -> Array:
    """Computes, for each receiver, a softmax of the scores of what arrives at it.

    Args:
      scores: [E, K].
      receivers: [E] integers; what goes to others than 0 ... count - 1 has weight 0.
      count: the number of receivers.

    Returns:
      [E, K], float32 or wider.
    """
    real = ((receivers >= 0) & (receivers < count))[:, None]
    scores = jnp.where(real, scores, 0).astype(memory_dtype(scores.dtype))
    most = aggregate(scores, receivers, count, "max")
    shifted = scores - jax.lax.stop_gradient(gather(most, receivers))
    weights = jnp.where(real, jnp.exp(jnp.where(real, shifted, 0)), 0)
    total = gather(aggregate(weights, receivers, count), receivers)
    return weights / jnp.where(real, total, 1)


def join(nodes: Array, node_mask: Array, edges: Array, edge_mask: Array) -> Graph:
    """Makes one graph of several, a row each.

    Args:
      nodes: [B, n, D].
      node_mask: [B, n] bool, True at real nodes.
      edges: [B, e, 2] integers, (sender, receiver) by their places in the row.
      edge_mask: [B, e] bool, True at real edges.

    Returns:
      B n nodes and B e edges; the graph of a node is its row, and B for padding, whose
      vectors are zero.
    """
    rows, count, _ = nodes.shape
    places = edges + count * jnp.arange(rows)[:, None, None]
    ends = jnp.where(edge_mask[..., None], places, rows * count).reshape(-1, 2)
    own = jnp.where(node_mask, jnp.arange(rows)[:, None], rows)
    # A layer multiplies padding as well, and the gradient of its weights reads it.
    flat = jnp.where(node_mask[..., None], nodes, 0).reshape(rows * count, -1)
    return Graph(flat, ends[:, 0], ends[:, 1], own.reshape(-1))


def read_out(graph: Graph, hs: Array, count: int, how: str = "mean") -> Array:
    """Joins the vectors [N, H] of the nodes of each graph, [G, H]; G is `count`."""
    return aggregate(hs, graph.graph, count, how)


def propagate(
    graph: Graph,
    states: Any,
    message: Callable[[Array, Array, Array | None], Array],
    update: Callable[[Any, Array], Any],
    *,
    rounds: int,
    output: Callable[[Any], Array] = lambda state: state,
    how: str = "sum",
) -> Any:
    """Passes messages along all edges, some times over.

    m_v = Σ_{u → v} f(h_v, h_u, e_uv),   h_v = g(h_v, m_v)  (Gilmer et al., 2017)

    Args:
      graph: of N nodes.
      states: of the nodes at first, leaves [N, ...].
      message: f, of what receivers and senders put out, [E, H], and the edges' vectors.
      update: g, (states, [N, M]) -> states. A step of a chain cell is one.
      rounds: how often.
      output: (states) -> [N, H], what a node shows of its state.
      how: as in `aggregate`.

    Returns:
      The states after the last round.
    """
    count = len(graph.nodes)

    def one(states: Any, _: None) -> tuple[Any, None]:
        hs = output(states)
        at = gather(hs, graph.receivers), gather(hs, graph.senders)
        messages = message(*at, _zeroed(graph.edges, graph.mask))
        receivers = jnp.where(graph.mask, graph.receivers, count)
        return update(states, aggregate(messages, receivers, count, how)), None

    return jax.lax.scan(one, states, None, length=rounds)[0]


def block(
    graph: Graph,
    edge: Callable[[Array, Array, Array, Array], Array],
    node: Callable[[Array, Array, Array], Array],
    whole: Callable[[Array, Array, Array], Array],
    *,
    how: str = "sum",
) -> Graph:
    """Updates edges, then nodes, then graphs (Battaglia et al., 2018, algorithm 1).

    e'_k = φ_e(e_k, v_{r(k)}, v_{s(k)}, u)
    v'_i = φ_v(Σ_{k: r(k) = i} e'_k, v_i, u)
    u' = φ_u(Σ_k e'_k, Σ_i v'_i, u)

    Args:
      graph: with vectors of edges and of the whole.
      edge, node, whole: φ_e, φ_v and φ_u, functions of many rows; u is that of the
        graph of each.
      how: how many become one, as in `aggregate`.

    Returns:
      The graph with new vectors.

    Raises:
      ValueError: for a graph without vectors of its edges, or of the whole.
    """
    if graph.edges is None or graph.whole is None:
        raise ValueError(
            "the block reads vectors of edges and of whole graphs: give the graph both"
        )
    count, graphs = len(graph.nodes), len(graph.whole)
    receivers = jnp.where(graph.mask, graph.receivers, count)
    of_edge = jnp.where(
        graph.mask, gather(graph.graph[:, None], receivers)[:, 0], graphs
    )
    vs = _zeroed(graph.nodes, graph.graph < graphs)
    edges = edge(
        _zeroed(graph.edges, graph.mask),
        gather(vs, receivers),
        gather(vs, graph.senders),
        gather(graph.whole, of_edge),
    )
    arrived = aggregate(edges, receivers, count, how)
    nodes = node(arrived, vs, gather(graph.whole, graph.graph))
    found = whole(
        aggregate(edges, of_edge, graphs, how),
        aggregate(nodes, graph.graph, graphs, how),
        graph.whole,
    )
    return graph._replace(edges=edges, nodes=nodes, whole=found)


def _zeroed(vectors: Array | None, real: Array) -> Array | None:
    """Returns vectors [N, D], zero where they are padding."""
    return None if vectors is None else jnp.where(real[:, None], vectors, 0)
