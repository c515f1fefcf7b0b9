"""A scope that scores tags for each token of a sentence."""

from typing import Any

import jax
from flax import linen as nn
from jax import Array
from jax import numpy as jnp

from seqnets.cells.cell import Stack, affine
from seqnets.cells.wrappers import drop
from seqnets.decode import crf
from seqnets.initializers import glorot
from seqnets.modules.lattice import BidirectionalLattice
from seqnets.modules.recurrent import Bidirectional
from seqnets.modules.spelling import Spelling
from seqnets.structures.lattice import LatticeLSTM, Words
from seqnets.unroll import Directions


class Embedding(nn.Module):
    """Looks vectors up; they start as the Lattice LSTM's, U(±√(3/E))."""

    rows: int
    dim: int

    @nn.compact
    def __call__(self, ids: Array) -> Array:
        def init(key, shape):
            bound = (3.0 / self.dim) ** 0.5
            return jax.random.uniform(key, shape, minval=-bound, maxval=bound)

        return self.param("table", init, (self.rows, self.dim))[ids]


class Tagger(nn.Module):
    """Scores K tags: e_t = W y_t + b, where y is read in both directions.

    What is read are vectors of tokens, beside those of their letters if they are
    spelled; and where `cell` is a lattice's, vectors of the lexicon's words, one for
    each direction. Dropout is on all that is read, and on y.
    """

    classes: int
    tokens: int  # How many there are.
    dim: int  # Of a token's vector.
    cell: Stack | LatticeLSTM
    spelling: Spelling | None = None
    words: int = 0
    word_dim: int = 0
    chain: bool = True
    dropout: float = 0.0
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(
        self, batch: dict[str, Array], *, key: Array | None = None
    ) -> tuple[Array, crf.CRFParams | None]:
        """Scores the tags of a batch.

        Args:
          batch: "tokens", integers [B, T], and "mask", bool [B, T]; where tokens are
            spelled, their "letters" [B, T, L]; for a lattice "words", "begin" and
            "end", [B, N] each.
          key: draws dropout; None for evaluation.

        Returns:
          Scores [B, T, K], and the parameters of a CRF over them if there is a chain.
        """
        mask = batch["mask"]
        keys = (None,) * 5 if key is None else jax.random.split(key, 5)
        xs = Embedding(self.tokens, self.dim, name="tokens_read")(batch["tokens"])
        if self.spelling is not None:
            xs = jnp.concatenate([xs, self.spelling(batch["letters"])], -1)
        xs = self.drop(keys[0], xs)
        if isinstance(self.cell, LatticeLSTM):

            def words(name, key):
                table = Embedding(self.words, self.word_dim, name=f"words_{name}")
                vectors = self.drop(key, table(batch["words"]))
                return Words(vectors, batch["begin"], batch["end"])

            both = Directions(*map(words, Directions._fields, keys[1:3]))
            run = BidirectionalLattice(self.cell, name="recurrent")
            _, ys = run(xs, both, mask=mask)
        else:
            run = Bidirectional(self.cell, name="recurrent")
            _, ys = run(xs, mask=mask, key=keys[3])
        ys = self.drop(keys[4], ys)
        w = self.param("w_y", glorot, (ys.shape[-1], self.classes))
        b = self.param("b_y", nn.initializers.zeros, (self.classes,))
        scores = affine(ys, w.astype(ys.dtype), b)
        if not self.chain:
            return scores, None
        return scores, self.param("crf", lambda _: crf.init(self.classes))

    def drop(self, key: Array | None, xs: Array) -> Array:
        """Drops numbers of vectors, in the compute dtype."""
        xs = xs.astype(self.dtype)
        if key is None or not self.dropout:
            return xs
        kept = jax.random.bernoulli(key, 1.0 - self.dropout, xs.shape)
        return drop(xs, kept, self.dropout)
