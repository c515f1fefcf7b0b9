"""Scores of tags for the tokens of sentences."""

from typing import Any

import jax
from flax import linen as nn
from jax import Array
from jax import numpy as jnp

from seqnets.cells.cell import Cell
from seqnets.decode import crf
from seqnets.dropout import dropout
from seqnets.linear import supported
from seqnets.modules.char_encoder import CharEncoder
from seqnets.modules.embedding import Embedding
from seqnets.modules.lattice import BidirectionalLattice
from seqnets.modules.readout import Readout
from seqnets.modules.recurrent import Recurrent
from seqnets.structures.lattice import LatticeLSTM, Words
from seqnets.unroll import Directions


class Tagger(nn.Module):
    """Scores K tags: e_t = W y_t + b, y a bidirectional encoder's (Huang et al., 2015).

    The encoder reads vectors of tokens, with those of their characters beside them
    where there is a `CharEncoder`; and, where `cell` is a lattice's (Zhang & Yang,
    2018), vectors of the lexicon's words, one table for each direction. Dropout is on
    all vectors that the encoder reads, and on y.

    Attributes:
      classes: K.
      tokens: number of tokens.
      dim: width of a token's vector.
      cell: any cell, or a `LatticeLSTM`.
      chars: encodes the characters of a token; None leaves them out.
      words: number of words of the lexicon; for a lattice.
      word_dim: width of a word's vector; for a lattice.
      chain: whether a CRF's parameters go with the scores.
      dropout: rate.
      dtype: compute dtype.
    """

    classes: int
    tokens: int
    dim: int
    cell: Cell | LatticeLSTM
    chars: CharEncoder | None = None
    words: int = 0
    word_dim: int = 0
    chain: bool = True
    dropout: float = 0.0
    dtype: Any = jnp.float32

    def __call__(
        self, batch: dict[str, Array], *, key: Array | None = None
    ) -> tuple[Array, crf.CRFParams | None]:
        """Scores the tags of a batch.

        Args:
          batch: "tokens", integers [B, T], and "mask", bool [B, T]; "chars" [B, T, L]
            where characters are encoded; for a lattice "words", "begin" and "end",
            [B, N] each.
          key: draws dropout; None for evaluation.

        Returns:
          Scores [B, T, K], and the parameters of a CRF over them, or None.
        """
        return self.read(batch, key=key)[1:]

    @nn.compact
    def read(
        self,
        batch: dict[str, Array],
        *,
        key: Array | None = None,
        state: Any = None,
        look_ahead: int | None = None,
    ) -> tuple[Any, Array, crf.CRFParams | None]:
        """Scores as `__call__` does, or a part of sentences after the other.

        Args:
          batch, key: as there.
          state: of the encoder after the part before; None at the beginning.
          look_ahead: as of `Recurrent`; a lattice reads whole sentences.

        Returns:
          The state of the encoder after the part, and what `__call__` returns.
        """
        mask = batch["mask"]
        keys = (None,) * 5 if key is None else jax.random.split(key, 5)
        embedding = Embedding(self.tokens, self.dim, "uniform", name="embedding")
        xs = embedding(batch["tokens"])
        if self.chars is not None:
            xs = jnp.concatenate([xs, self.chars(batch["chars"])], -1)
        xs = dropout(keys[0], xs.astype(supported(self.dtype)), self.dropout)
        if isinstance(self.cell, LatticeLSTM):
            words = [
                self.lexicon(name, batch, own)
                for name, own in zip(Directions._fields, keys[1:3], strict=True)
            ]
            encoder = BidirectionalLattice(self.cell, name="encoder")
            state, ys = encoder(xs, Directions(*words), mask=mask)
        else:
            encoder = Recurrent(self.cell, "both", name="encoder")
            how = {"state": state, "look_ahead": look_ahead, "key": keys[3]}
            state, ys = encoder(xs, mask=mask, **how)
        readout = Readout(self.classes, self.dropout, name="readout")
        scores = readout(ys, key=keys[4])
        if not self.chain:
            return state, scores, None
        return state, scores, self.param("crf", lambda _: crf.init(self.classes))

    def lexicon(
        self, direction: str, batch: dict[str, Array], key: Array | None
    ) -> Words:
        """Returns the words of a batch with the vectors that a direction reads."""
        name = f"words_{direction}"
        table = Embedding(self.words, self.word_dim, "uniform", self.dtype, name=name)
        vectors = dropout(key, table(batch["words"]), self.dropout)
        return Words(vectors, batch["begin"], batch["end"])
