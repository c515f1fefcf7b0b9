"""Layers over the nodes of graphs: convolution, attention, gated messages (A16).

Kipf & Welling (2017), Velickovic et al. (2018), Li et al. (2016).
"""

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets import initializers
from seqnets.cells.cell import Cell
from seqnets.cells.simple import ACTIVATIONS
from seqnets.checks import require_choice, require_positive
from seqnets.linear import affine, cast, matmul
from seqnets.structures.graph import Graph, aggregate, gather, propagate, softmax
from seqnets.unroll import step

FORMS = ("sum", "mean", "symmetric")


class ConvolutionParams(NamedTuple):
    w: Array  # [D, H]
    b: Array  # [H]


@dataclasses.dataclass(frozen=True)
class GraphConvolution:
    """Each node reads its neighbours and itself, all by one matrix.

    form="sum":        H' = f((A + I) H W + b), as 004 writes it
    form="mean":       H' = f(D⁻¹ (A + I) H W + b)
    form="symmetric":  H' = f(D^-½ (A + I) D^-½ H W + b)  (Kipf & Welling, 2017)

    where A_vu is the number of edges from u to v, and D is diagonal, the row sums of
    A + I. Where the graph has every edge in both directions, A is symmetric.

    Attributes:
      dim: H.
      form: one of `FORMS`.
      activation: f.
    """

    dim: int
    form: str = "symmetric"
    activation: str = "relu"

    def __post_init__(self):
        require_positive(self, dim=self.dim)
        require_choice(self, "form", self.form, FORMS)
        require_choice(self, "activation", self.activation, ACTIVATIONS)

    @property
    def out_dim(self) -> int:
        return self.dim

    def init(self, key: Array, in_dim: int) -> ConvolutionParams:
        """Draws parameters for vectors of width D."""
        w = initializers.glorot(key, (in_dim, self.dim))
        return ConvolutionParams(w, jnp.zeros(self.dim))

    def apply(self, params: ConvolutionParams, graph: Graph, hs: Array) -> Array:
        """Computes the new vectors of all nodes, [N, H], of [N, D]."""
        (params, hs), count = cast(params, hs), len(hs)
        zs = matmul(hs, params.w)
        ends = jnp.where(graph.mask, graph.receivers, count)
        ones = jnp.ones((len(ends), 1), zs.dtype)
        degree = aggregate(ones, ends, count) + 1.0  # [N, 1], the node itself counts.
        before = jax.lax.rsqrt(degree) if self.form == "symmetric" else 1.0
        after = {"sum": 1.0, "mean": 1.0 / degree, "symmetric": before}[self.form]
        zs = zs * before
        zs = after * (zs + aggregate(gather(zs, graph.senders), ends, count))
        return ACTIVATIONS[self.activation](zs + params.b).astype(hs.dtype)


class AttentionParams(NamedTuple):
    w: Array  # [D, K H]
    a_from: Array  # [K, H], of the sender.
    a_to: Array  # [K, H], of the receiver.
    b: Array  # [K H]


@dataclasses.dataclass(frozen=True)
class GraphAttention:
    """Each node weighs its neighbours and itself, by K heads side by side.

    α_vu = softmax_u(LeakyReLU(a₁ᵀ W h_v + a₂ᵀ W h_u)),   u = v or an edge u → v
    h'_v = f(Σ_u α_vu W h_u + b)  (Velickovic et al., 2018)

    Attributes:
      dim: H, the width of a head.
      heads: K.
      activation: f.
    """

    dim: int
    heads: int = 1
    activation: str = "relu"

    def __post_init__(self):
        require_positive(self, dim=self.dim, heads=self.heads)
        require_choice(self, "activation", self.activation, ACTIVATIONS)

    @property
    def out_dim(self) -> int:
        return self.dim * self.heads

    def init(self, key: Array, in_dim: int) -> AttentionParams:
        """Draws parameters for vectors of width D."""
        keys, shape = jax.random.split(key, 3), (self.heads, self.dim)
        return AttentionParams(
            initializers.glorot(keys[0], (in_dim, self.dim), blocks=self.heads),
            initializers.glorot(keys[1], shape),
            initializers.glorot(keys[2], shape),
            jnp.zeros(self.out_dim),
        )

    def apply(self, params: AttentionParams, graph: Graph, hs: Array) -> Array:
        """Computes the new vectors of all nodes, [N, K H], of [N, D]."""
        (params, hs), count = cast(params, hs), len(hs)
        zs = matmul(hs, params.w).reshape(count, self.heads, self.dim)
        scores = ((zs * a).sum(-1) for a in (params.a_to, params.a_from))  # [N, K]
        to, out = scores
        own = jnp.arange(count)
        ends = jnp.where(graph.mask, graph.receivers, count)
        ends = jnp.concatenate([ends, own])
        begins = jnp.concatenate([graph.senders, own])
        weights = jax.nn.leaky_relu(gather(to, ends) + gather(out, begins), 0.2)
        weights = softmax(weights, ends, count)  # [E + N, K]
        sent = weights[..., None] * gather(zs.reshape(count, -1), begins).reshape(
            len(begins), self.heads, self.dim
        )
        found = aggregate(sent.reshape(len(begins), -1), ends, count) + params.b
        return ACTIVATIONS[self.activation](found).astype(hs.dtype)


class MessageParams(NamedTuple):
    cell: Any
    w: Array  # [H + D_e, M]
    b: Array  # [M]


@dataclasses.dataclass(frozen=True)
class GatedMessages:
    """Messages along edges, read by a chain cell, some rounds with the same weights.

    m_v = Σ_{u → v} (W [h_u; e_uv] + b),   s_v = cell(s_v, m_v)  (Li et al., 2016)

    The state of a node is that of the cell, whose output h begins with the vector of
    the node, and zeros after it; a GRU is the choice of the paper.

    Attributes:
      cell: reads messages of its own width H; its state has an h.
      rounds: how often messages are passed.
      edge_dim: D_e, the width of the edges' vectors; 0: they have none.
    """

    cell: Cell
    rounds: int = 1
    edge_dim: int = 0

    def __post_init__(self):
        require_positive(self, rounds=self.rounds)
        cell, H = self.cell, self.cell.out_dim
        state = jax.eval_shape(
            lambda key: cell.initial_state(cell.init(key, H), 1, jnp.float32),
            jax.random.key(0),
        )
        if getattr(getattr(state, "h", None), "shape", None) != (1, H):
            raise ValueError(
                "GatedMessages: the state of a node is that of a cell with an h as wide"
                f" as its output, as of SRN, LSTM and GRU, unlike {cell}"
            )

    @property
    def out_dim(self) -> int:
        return self.cell.out_dim

    def init(self, key: Array, in_dim: int) -> MessageParams:
        """Draws parameters for vectors of width D, which is at most H.

        Raises:
          ValueError: for wider vectors.
        """
        dim = self.cell.out_dim
        if in_dim > dim:
            raise ValueError(
                f"GatedMessages: vectors of {in_dim} elements do not go in a state of"
                f" {dim}: choose a wider cell, or project them first"
            )
        key_cell, key_w = jax.random.split(key)
        w = initializers.glorot(key_w, (dim + self.edge_dim, dim))
        return MessageParams(self.cell.init(key_cell, dim), w, jnp.zeros(dim))

    def apply(self, params: MessageParams, graph: Graph, hs: Array) -> Array:
        """Computes what all nodes put out after the last round, [N, H], of [N, D]."""
        params, hs = cast(params, hs)
        count, dim = len(hs), self.cell.out_dim
        state = self.cell.initial_state(params.cell, count, hs.dtype)
        start = jnp.pad(hs, ((0, 0), (0, dim - hs.shape[-1])))
        state = state._replace(h=start.astype(state.h.dtype))

        def message(_: Array, h: Array, e: Array | None) -> Array:
            read = h if e is None else jnp.concatenate([h, e.astype(h.dtype)], -1)
            return affine(read, params.w, params.b).astype(h.dtype)

        def update(state: Any, m: Array) -> Any:
            return step(self.cell, params.cell, state, m.astype(hs.dtype))[0]

        return propagate(
            *(graph, state, message, update),
            rounds=self.rounds,
            output=lambda state: state.h,
        ).h
