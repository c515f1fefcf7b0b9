"""Alignment: which values of a memory a query is about (B4).

Bahdanau et al. (2015): additive; Luong et al. (2015): dot, general, concat, local-p.

An alignment function is a frozen dataclass of Python scalars, hashable as a cell is. It
gives every value of a memory a score by a query; the softmax of the scores are the
weights by which `read` averages the values. What depends on the memory alone is
computed once, by `keys`, and not at every query.
"""

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets import initializers
from seqnets.attention import masked_softmax
from seqnets.checks import require_positive
from seqnets.linear import affine, matmul, memory_dtype


class Keys(NamedTuple):
    """A memory made ready for queries; B leads everywhere."""

    values: Array  # [B, S, M], zero at padding.
    projected: Array  # [B, S, A], what scores read of them.
    mask: Array | None = None  # [B, S] bool, True at real values.


class Alignment:
    """An alignment function: scores of the values of a memory by a query.

    One of one's own needs `init`, `project` and `scores`.
    """

    def init(self, key: Array, query_dim: int, memory_dim: int) -> Any:
        """Draws float32 parameters for queries of width Q and values of width M.

        Raises:
          ValueError: for widths that do not go together.
        """
        raise NotImplementedError

    def project(self, params: Any, values: Array) -> Array:
        """Computes what the scores read of the memory alone, [B, S, A]."""
        raise NotImplementedError

    def scores(self, params: Any, projected: Array, queries: Array) -> Array:
        """Computes scores [..., B, S], float32 or wider, for queries [..., B, Q]."""
        raise NotImplementedError

    def keys(self, params: Any, values: Array, mask: Array | None = None) -> Keys:
        """Makes a memory ready, once for all queries.

        Args:
          params: of this function.
          values: [B, S, M].
          mask: [B, S] bool, True at real values; everywhere by default. What stands
            elsewhere, NaN included, does not matter.
        """
        values = values if mask is None else jnp.where(mask[..., None], values, 0.0)
        return Keys(values, self.project(params, values).astype(values.dtype), mask)

    def weights(self, params: Any, keys: Keys, queries: Array) -> Array:
        """Computes α = softmax_s(score(q, m_s)) over real values.

        Args:
          params: of this function.
          keys: of the memory.
          queries: [..., B, Q], of one step or of all steps at once.

        Returns:
          [..., B, S], float32 or wider, 0 at padding; all 0 where no value is real.
        """
        return masked_softmax(self.scores(params, keys.projected, queries), keys.mask)


def read(keys: Keys, alpha: Array) -> Array:
    """Averages the values of a memory: c = Σ_s α_s m_s.

    Args:
      keys: of the memory.
      alpha: weights [..., B, S].

    Returns:
      The context [..., B, M], in the dtype of the values.
    """
    values = keys.values.astype(alpha.dtype)
    return jnp.einsum("...bs,bsm->...bm", alpha, values).astype(keys.values.dtype)


class AdditiveParams(NamedTuple):
    w: Array  # [Q, A], W_a.
    u: Array  # [M, A], U_a.
    v: Array  # [A]


@dataclasses.dataclass(frozen=True)
class Additive(Alignment):
    """score(q, m) = vᵀ tanh(W_a q + U_a m)  (Bahdanau et al., 2015); dim is A."""

    dim: int

    def __post_init__(self):
        require_positive(self, dim=self.dim)

    def init(self, key: Array, query_dim: int, memory_dim: int) -> AdditiveParams:
        key_w, key_u, key_v = jax.random.split(key, 3)
        return AdditiveParams(
            w=initializers.glorot(key_w, (query_dim, self.dim)),
            u=initializers.glorot(key_u, (memory_dim, self.dim)),
            v=initializers.glorot(key_v, (self.dim, 1))[:, 0],
        )

    def project(self, params: AdditiveParams, values: Array) -> Array:
        return affine(values, params.u.astype(values.dtype), None)

    def scores(self, params: AdditiveParams, projected: Array, queries: Array) -> Array:
        return _compare(matmul(queries, params.w), projected, params.v)


@dataclasses.dataclass(frozen=True)
class Dot(Alignment):
    """score(q, m) = qᵀ m  (Luong et al., 2015, eq 8); Q and M are the same."""

    def init(self, key: Array, query_dim: int, memory_dim: int) -> None:
        if query_dim != memory_dim:
            raise ValueError(
                f"Dot compares queries of width {query_dim} with a memory of width"
                f" {memory_dim}, which must be the same: use General(), or other widths"
            )

    def project(self, params: None, values: Array) -> Array:
        return values

    def scores(self, params: None, projected: Array, queries: Array) -> Array:
        return _product(projected, queries)


class GeneralParams(NamedTuple):
    w: Array  # [M, Q], W_aᵀ.


@dataclasses.dataclass(frozen=True)
class General(Alignment):
    """score(q, m) = qᵀ W_a m  (Luong et al., 2015, eq 8)."""

    def init(self, key: Array, query_dim: int, memory_dim: int) -> GeneralParams:
        return GeneralParams(initializers.glorot(key, (memory_dim, query_dim)))

    def project(self, params: GeneralParams, values: Array) -> Array:
        return affine(values, params.w.astype(values.dtype), None)

    def scores(self, params: GeneralParams, projected: Array, queries: Array) -> Array:
        return _product(projected, queries)


class ConcatParams(NamedTuple):
    w: Array  # [Q + M, A], W_a.
    v: Array  # [A]


@dataclasses.dataclass(frozen=True)
class Concat(Alignment):
    """score(q, m) = vᵀ tanh(W_a [q; m])  (Luong et al., 2015, eq 8); dim is A.

    `Additive` in another packing: W_a is cut in two, and its half for m multiplies
    every value once.
    """

    dim: int

    def __post_init__(self):
        require_positive(self, dim=self.dim)

    def init(self, key: Array, query_dim: int, memory_dim: int) -> ConcatParams:
        key_w, key_v = jax.random.split(key)
        return ConcatParams(
            w=initializers.glorot(key_w, (query_dim + memory_dim, self.dim)),
            v=initializers.glorot(key_v, (self.dim, 1))[:, 0],
        )

    def project(self, params: ConcatParams, values: Array) -> Array:
        half = params.w[len(params.w) - values.shape[-1] :]
        return affine(values, half.astype(values.dtype), None)

    def scores(self, params: ConcatParams, projected: Array, queries: Array) -> Array:
        half = params.w[: queries.shape[-1]]
        return _compare(matmul(queries, half), projected, params.v)


class LocalParams(NamedTuple):
    score: Any  # Of the score inside.
    w: Array  # [Q, A], W_p.
    v: Array  # [A], v_p.


@dataclasses.dataclass(frozen=True)
class LocalP(Alignment):
    """Weights near a predicted place (Luong et al., 2015, eq 9-10: local-p).

    p = S σ(v_pᵀ tanh(W_p q)),   α_s = softmax_s(score(q, m_s)) exp(-(s - p)² / 2σ²)

    with the softmax over the values from p - D to p + D, D = window and σ = D / 2. S is
    how many real values a row has, and s counts them from 0. The weights of a query add
    up to less than 1.

    Attributes:
      dim: A, width in which the place is predicted.
      window: D, in values.
      score: the alignment function inside.
    """

    dim: int
    window: int = 10
    score: Alignment = General()

    def __post_init__(self):
        require_positive(self, dim=self.dim, window=self.window)

    def init(self, key: Array, query_dim: int, memory_dim: int) -> LocalParams:
        key_score, key_w, key_v = jax.random.split(key, 3)
        return LocalParams(
            score=self.score.init(key_score, query_dim, memory_dim),
            w=initializers.glorot(key_w, (query_dim, self.dim)),
            v=initializers.glorot(key_v, (self.dim, 1))[:, 0],
        )

    def project(self, params: LocalParams, values: Array) -> Array:
        return self.score.project(params.score, values)

    def scores(self, params: LocalParams, projected: Array, queries: Array) -> Array:
        return self.score.scores(params.score, projected, queries)

    def weights(self, params: LocalParams, keys: Keys, queries: Array) -> Array:
        mask = keys.mask
        if mask is None:
            mask = jnp.ones(keys.values.shape[:2], bool)
        place = jnp.cumsum(mask, -1) - 1  # [B, S], among the real values.
        theta = jnp.tanh(matmul(queries, params.w))
        p = mask.sum(-1) * jax.nn.sigmoid(theta @ params.v.astype(theta.dtype))
        apart = place - p[..., None]  # [..., B, S]
        scores = self.scores(params, keys.projected, queries)
        alpha = masked_softmax(scores, mask & (jnp.abs(apart) <= self.window))
        sigma = self.window / 2
        return alpha * jnp.exp(-(apart**2) / (2 * sigma**2))


ALIGNMENTS = {
    "Additive": Additive,
    "Dot": Dot,
    "General": General,
    "Concat": Concat,
    "LocalP": LocalP,
}


def _compare(queries: Array, keys: Array, v: Array) -> Array:
    """Computes vᵀ tanh(q + k) [..., B, S] for q [..., B, A] and k [B, S, A]."""
    v = v.astype(queries.dtype)  # float32 or wider, as q is.

    def compare(queries: Array) -> Array:
        return jnp.tanh(queries[..., None, :] + keys) @ v

    if queries.ndim != 3 or jax.default_backend() != "cpu":
        return compare(queries)
    # [T, B, S, A] would not fit the cache of a CPU: it is computed by steps, and again
    # for the gradient.
    return jax.lax.map(jax.checkpoint(compare), queries)


def _product(keys: Array, queries: Array) -> Array:
    """Computes qᵀ k [..., B, S] for q [..., B, A] and k [B, S, A]."""
    wide = memory_dtype(keys.dtype)
    queries = queries.astype(keys.dtype)
    return jnp.einsum("...bq,bsq->...bs", queries, keys, preferred_element_type=wide)
