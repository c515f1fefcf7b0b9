"""Relation network: an answer from all pairs of objects (Santoro et al., 2017)."""

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets import initializers
from seqnets.checks import require_choice, require_positive
from seqnets.linear import affine, cast, matmul, memory_dtype

POOLS = "sum", "max", "both"


class RelationParams(NamedTuple):
    w_i: Array  # [M, dim], of the first object of a pair,
    w_j: Array  # [M, dim], of the second one,
    w_q: Array  # [Q, dim], and of the question.
    b: Array  # [dim]
    upper: tuple[tuple[Array, Array], ...]  # ([dim, dim], [dim]) of each other layer.


@dataclasses.dataclass(frozen=True)
class Relation:
    """Pools what a net sees in each pair of objects, given the question.

    g_ij = g(o_i, o_j, q),   g an MLP of rectifiers

    sum:   r = 1/S Σ_i Σ_j g_ij
    max:   r = max_ij g_ij
    both:  r = [max_ij g_ij; S^-1.5 Σ_i Σ_j g_ij]

    The paper takes the plain sum. Divided by the root of how many pairs there are, r is
    not too large where there are many, and one pair among them still shows. Where most
    objects are empty ground, a sum over all pairs learns slowly to single one out; the
    largest of each feature learns it several times sooner. A sum counts.

    The first layer of g is a sum of three products, each computed once for its object
    or question rather than for every pair.

    Attributes:
      dim: width of the layers of g.
      depth: how many there are.
      pool: one of `POOLS`.
    """

    dim: int
    depth: int = 4
    pool: str = "sum"

    def __post_init__(self):
        require_positive(self, dim=self.dim, depth=self.depth)
        require_choice(self, "pool", self.pool, POOLS)

    @property
    def out_dim(self) -> int:
        return 2 * self.dim if self.pool == "both" else self.dim

    def init(self, key: Array, in_dim: int, question_dim: int) -> RelationParams:
        """Draws float32 parameters for objects [S, in_dim] and a question."""
        width, dim = 2 * in_dim + question_dim, self.dim
        key, own = jax.random.split(key)
        w = he(own, (width, dim))
        upper = tuple(
            (he(k, (dim, dim)), jnp.zeros(dim))
            for k in jax.random.split(key, self.depth)[1:]
        )
        return RelationParams(
            w[:in_dim], w[in_dim : 2 * in_dim], w[2 * in_dim :], jnp.zeros(dim), upper
        )

    def apply(self, params: RelationParams, objects: Array, question: Array) -> Array:
        """Computes r [B, out_dim] from objects [B, S, M] and questions [B, Q].

        Raises:
          ValueError: for objects that are not floating.
        """
        params, objects = cast(params, objects)
        dtype = objects.dtype
        first, second = (matmul(objects, w) for w in (params.w_i, params.w_j))
        asked = affine(question.astype(dtype), params.w_q, params.b)
        pairs = first[:, :, None] + second[:, None] + asked[:, None, None]
        gs = jax.nn.relu(pairs).astype(dtype)  # [B, S, S, dim]
        for w, b in params.upper:
            gs = jax.nn.relu(affine(gs, w, b)).astype(dtype)
        if self.pool == "max":
            return gs.max((1, 2))
        total, count = gs.sum((1, 2), dtype=memory_dtype(dtype)), objects.shape[1]
        if self.pool == "sum":
            return (total / count).astype(dtype)
        return jnp.concatenate([gs.max((1, 2)), (total / count**1.5).astype(dtype)], -1)


def he(key: Array, shape: tuple[int, int]) -> Array:
    """Draws W ~ U(-a, a), a = √(6 / rows), for rectifiers (He et al., 2015)."""
    rows, columns = shape
    return initializers.glorot(key, shape) * ((rows + columns) / rows) ** 0.5
