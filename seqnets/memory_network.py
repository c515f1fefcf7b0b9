"""End-to-end memory networks (Sukhbaatar et al., 2015): hops of attention over a story.

A sentence x_i of words x_ij becomes two vectors, by which it is found and what it says:

    m_i = Σ_j l_j ⊙ A x_ij + T_A(i)     c_i = Σ_j l_j ⊙ C x_ij + T_C(i)
    u¹  = Σ_j l_j ⊙ B q_j               of the question

and K hops read them, each with the state that the one before left:

    p_i = softmax_i(uᵀ m_i)     o = Σ_i p_i c_i     u ← u + o     ŷ = softmax(Wᵀ u)

T(i) tells how many sentences ago it was, l_j which place in the sentence a word has.
"""

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.attention import masked_softmax
from seqnets.checks import require_choice, require_positive, require_rate
from seqnets.linear import matmul

TYINGS = ("adjacent", "layerwise")
ENCODINGS = ("position", "centred", "bag")
NOTHING = 0  # The id of no word.
SCALE = 0.1  # Standard deviation of the initial weights.


class MemoryNetworkParams(NamedTuple):
    words: Array  # [N, V, d], tables that embed words; N as `MemoryNetwork` has it.
    ages: Array  # [N', S, d], T_A and T_C of each hop.
    h: Array | None = None  # [d, d], of layer-wise tying.
    w: Array | None = None  # [d, K], of layer-wise tying.


@dataclasses.dataclass(frozen=True)
class MemoryNetwork:
    """Answers questions about stories by hops of attention over their sentences.

    adjacent:   Aᵏ⁺¹ = Cᵏ, B = A¹, W = Cᴷ of the answers' symbols: K + 1 tables
    layerwise:  Aᵏ = A, Cᵏ = C, u ← H u + o: tables A, C and B, and a matrix W

    Attributes:
      symbols: V, how many words there are, with `NOTHING`.
      answers: the symbol of each of the K answers.
      dim: d.
      memory: S, the number of sentences that are read; T has as many rows.
      hops: the number of hops.
      tying: one of `TYINGS`.
      encoding: "position", l_kj = (1 - j/J) - (k/d)(1 - 2j/J) for word j of J and
        dimension k, both from 1; "centred", after the authors' program, about twice
        that, l_kj = 1 + 4 (j - (J + 1)/2) (k - (d + 1)/2) / (J d): a word weighs 1 on
        average; or "bag", l = 1, which loses the order of words.
      time_noise: how often, in training, an empty sentence stands before a sentence:
        it makes all that was before one older, so that the ages are not learned by
        heart.
    """

    symbols: int
    answers: tuple[int, ...]
    dim: int
    memory: int
    hops: int = 3
    tying: str = "adjacent"
    encoding: str = "position"
    time_noise: float = 0.0

    def __post_init__(self):
        sizes = {"symbols": self.symbols, "answers": len(self.answers)}
        sizes |= {"dim": self.dim, "memory": self.memory, "hops": self.hops}
        require_positive(self, **sizes)
        require_choice(self, "tying", self.tying, TYINGS)
        require_choice(self, "encoding", self.encoding, ENCODINGS)
        require_rate(self, time_noise=self.time_noise)

    def init(self, key: Array) -> MemoryNetworkParams:
        """Draws all weights from N(0, 0.1²), float32."""
        adjacent, d = self.tying == "adjacent", self.dim
        keys, tables = jax.random.split(key, 4), self.hops + 1 if adjacent else 3
        shapes = [
            (tables, self.symbols, d),
            (self.hops + 1 if adjacent else 2, self.memory, d),
            *([] if adjacent else [(d, d), (d, len(self.answers))]),
        ]
        drawn = [
            SCALE * jax.random.normal(key, shape)
            for key, shape in zip(keys, shapes, strict=False)
        ]
        return MemoryNetworkParams(*drawn)

    def apply(
        self,
        params: MemoryNetworkParams,
        story: Array,
        question: Array,
        *,
        linear: Array | None = None,
        key: Array | None = None,
        dtype: Any = jnp.float32,
    ) -> tuple[Array, Array]:
        """Scores the answers.

        Args:
          params: of the network.
          story: words of the sentences, int [B, S, J], the oldest one first and those
            that are missing, all `NOTHING`, last; in a sentence words come first.
          question: int [B, J'].
          linear: bool [B], the rows whose p is uᵀ m without a softmax, with which a
            training can start; None = no row.
          key: of the noise of time; None without it.
          dtype: in which it computes.

        Returns:
          Logits [B, K], and the weights p of the hops [B, hops, S], float32 or wider,
          zero where there is no sentence.
        """
        params = jax.tree.map(lambda a: a.astype(dtype), params)
        adjacent = self.tying == "adjacent"
        real = (story != NOTHING).any(-1)  # [B, S]
        sentences = self._embed(params.words if adjacent else params.words[:2], story)
        ages = params.ages[:, self._ages(real, key)]  # [N', B, S, d]
        memories = jnp.where(real[..., None], sentences + ages, 0.0)
        first = params.words[:1] if adjacent else params.words[2:]
        (u,) = self._embed(first, question)  # [B, d]
        weights = []
        for hop in range(self.hops):
            m, c = memories[hop : hop + 2] if adjacent else memories
            scores = jnp.einsum("bd,bsd->bs", u, m)
            p = masked_softmax(scores, real)
            if linear is not None:
                p = jnp.where(linear[:, None], scores.astype(p.dtype), p)
            weights.append(p)
            o = jnp.einsum("bs,bsd->bd", p.astype(c.dtype), c)
            u = o + (u if adjacent else matmul(u, params.h))
        w = params.words[-1, jnp.asarray(self.answers)].T if adjacent else params.w
        return matmul(u, w), jnp.stack(weights, 1)

    def _embed(self, tables: Array, words: Array) -> Array:
        """Adds the words [..., J] of sentences up, in N tables: [N, ..., d]."""
        places = place_weights(words, self.dim, self.encoding).astype(tables.dtype)
        return jnp.einsum("n...jd,...jd->n...d", tables[:, words], places)

    def _ages(self, real: Array, key: Array | None) -> Array:
        """Returns how many sentences are after each, in training with empty ones."""
        steps = real.astype(jnp.int32)
        if key is not None and self.time_noise:
            steps += real & jax.random.bernoulli(key, self.time_noise, real.shape)
        # The newest one has age 0, however many empty ones are before it.
        after = steps.sum(-1, keepdims=True) - steps.cumsum(-1)
        return jnp.clip(after, 0, self.memory - 1)


def place_weights(words: Array, dim: int, encoding: str = "position") -> Array:
    """Returns l_j, by which the words of a sentence are weighed, of any of `ENCODINGS`.

    position:  l_kj = (1 - j/J) - (k/d)(1 - 2j/J),  j = 1 ... J, k = 1 ... d
    centred:   l_kj = 1 + 4 (j - (J + 1)/2) (k - (d + 1)/2) / (J d)
    bag:       l_kj = 1

    Args:
      words: int [..., N], J of which are words, at the beginning, and others `NOTHING`.
      dim: d.
      encoding: one of `ENCODINGS`.

    Returns:
      float32 [..., N, d], zero at `NOTHING`.
    """
    real = (words != NOTHING)[..., None]
    if encoding == "bag":
        return jnp.broadcast_to(real, (*words.shape, dim)).astype(jnp.float32)
    count = jnp.maximum(real.sum(-2, keepdims=True), 1)
    j, k = jnp.arange(1, words.shape[-1] + 1)[:, None], jnp.arange(1, dim + 1)
    if encoding == "centred":
        weights = 1 + 4 * (j - (count + 1) / 2) * (k - (dim + 1) / 2) / (count * dim)
    else:
        weights = (1 - j / count) - k / dim * (1 - 2 * j / count)
    return jnp.where(real, weights, 0.0)
