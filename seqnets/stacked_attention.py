"""Stacked attention: a question looks at regions several times (Yang et al., 2016)."""

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets import initializers
from seqnets.checks import require_positive
from seqnets.linear import affine, cast, matmul, memory_dtype


class LookParams(NamedTuple):
    w_i: Array  # [U, A]
    w_q: Array  # [U, A]
    b: Array  # [A]
    w_p: Array  # [A]


class StackedParams(NamedTuple):
    w: Array  # [M, U], of the regions, and
    b: Array  # [U]
    looks: tuple[LookParams, ...]


@dataclasses.dataclass(frozen=True)
class StackedAttention:
    """Refines a question by what it finds in a picture, look by look.

    v_s = tanh(W m_s + b),   u_0 the question
    h_ks = tanh(W_I v_s + W_Q u_{k-1} + b_k),   p_k = softmax_s(w_P · h_ks)
    u_k = u_{k-1} + Σ_s p_ks v_s

    Attributes:
      question_dim: U, width of the question.
      dim: A, width in which they are compared.
      looks: K.
    """

    question_dim: int
    dim: int
    looks: int = 2

    def __post_init__(self):
        require_positive(
            self, question_dim=self.question_dim, dim=self.dim, looks=self.looks
        )

    @property
    def out_dim(self) -> int:
        return self.question_dim

    def init(self, key: Array, in_dim: int) -> StackedParams:
        """Draws float32 parameters for regions of width M = `in_dim`."""
        width, dim, glorot = self.question_dim, self.dim, initializers.glorot

        def look(key: Array) -> LookParams:
            w = glorot(key, (width, dim), blocks=2)
            own = glorot(jax.random.fold_in(key, 1), (dim, 1))[:, 0]
            return LookParams(w[:, :dim], w[:, dim:], jnp.zeros(dim), own)

        key, *keys = jax.random.split(key, 1 + self.looks)
        w = glorot(key, (in_dim, width))
        return StackedParams(w, jnp.zeros(width), tuple(map(look, keys)))

    def apply(
        self, params: StackedParams, regions: Array, question: Array
    ) -> tuple[Array, Array]:
        """Looks at a picture.

        Args:
          params: as `init` draws them.
          regions: [B, S, M].
          question: [B, U].

        Returns:
          u_K [B, U], in the dtype of the regions, and the weights p [B, K, S], float32
          or wider.

        Raises:
          ValueError: for regions that are not floating.
        """
        params, regions = cast(params, regions)
        dtype = regions.dtype
        vs = jnp.tanh(affine(regions, params.w, params.b))  # [B, S, U]
        u, weights = question.astype(vs.dtype), []
        for own in params.looks:
            asked = affine(u, own.w_q, own.b)[:, None]
            hs = jnp.tanh(matmul(vs, own.w_i) + asked)
            scores = (hs @ own.w_p).astype(memory_dtype(dtype))
            weights.append(jax.nn.softmax(scores))
            u = u + jnp.einsum("bs,bsu->bu", weights[-1], vs)
        return u.astype(dtype), jnp.stack(weights, 1)
