"""Nets that read DNA: classes of windows, and scores of tags, of one strand or both."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from seqnets import strands
from seqnets.data.gene_tags import TAGS
from seqnets.decode import crf
from seqnets.modules.readout import Readout
from seqnets.modules.recurrent import Recurrent
from seqnets.modules.sequence_encoder import SequenceEncoder


class MiddleEncoder(nn.Module):
    """What both directions have read when they meet: [h→_m; h←_{m+1}], m = ⌊T / 2⌋.

    For windows that are about what is in their middle, which is read last.
    """

    recurrent: Recurrent

    def __call__(
        self, xs: Array, *, mask: Array, key: Array | None = None
    ) -> tuple[Array, None]:
        """Returns vectors [B, 2H] of [B, T, D], and no weights."""
        _, ys = self.recurrent(xs, mask=mask, key=key)
        middle = mask.sum(1)[:, None, None] // 2
        halves = zip(jnp.split(ys, 2, -1), (middle - 1, middle), strict=True)
        ends = [
            jnp.take_along_axis(y, jnp.maximum(place, 0), 1)[:, 0]
            for y, place in halves
        ]
        return jnp.concatenate(ends, -1), None


class WindowNet(nn.Module):
    """Scores K classes of windows: z(x) = readout(encoder(bases of x)).

    Of both strands z(x) = (f(x) + f(x̄)) / 2, so that z(x) = z(x̄), x̄ being the reverse
    complement: for classes that are the same on both.

    Attributes:
      encoder: reads the probabilities of four bases at each step.
      readout: scores the classes.
      both: whether both strands are read, by the same parameters.
      dtype: compute dtype.
    """

    encoder: SequenceEncoder | MiddleEncoder
    readout: Readout
    both: bool
    dtype: Any

    def __call__(
        self, codes: Array, *, mask: Array, key: Array | None = None
    ) -> tuple[Array, Array | None]:
        """Returns logits [B, K] of codes [B, T], and the weights of bases [B, T]."""
        logits, weights = self._read(codes, mask, key)
        if not self.both:
            return logits, weights
        # The same key: what is dropped of both strands is drawn alike.
        other, others = self._read(strands.reverse_complement(codes, mask), mask, key)
        if weights is not None:
            weights = (weights + strands.flip(others, mask)) / 2
        return (logits + other) / 2, weights

    def _read(self, codes, mask, key):
        keys = (None, None) if key is None else jax.random.split(key)
        xs = strands.vectors(codes).astype(self.dtype)  # [B, T, 4]
        vector, weights = self.encoder(xs, mask=mask, key=keys[0])
        return self.readout(vector, key=keys[1]), weights


class GeneNet(nn.Module):
    """Scores the tags of `gene_tags`, and has the parameters of a CRF over them.

    Of both strands, one net scores the tags of a strand on x and on x̄; see
    `strands.join_scores` and `join_chains`. Otherwise it scores all tags on x.

    Attributes:
      cell: any cell, or a `Stack` of them; it is run in both directions.
      both: whether both strands are read, by the same parameters.
      dropout: rate, on what the cell puts out.
      dtype: compute dtype.
    """

    cell: Any
    both: bool
    dropout: float
    dtype: Any

    def setup(self):
        tags = strands.FORWARD if self.both else TAGS
        self.recurrent = Recurrent(self.cell, "both")
        self.readout = Readout(tags, self.dropout)
        self.chain = self.param("crf", lambda _: crf.init(tags))

    def __call__(
        self, codes: Array, *, mask: Array, key: Array | None = None
    ) -> tuple[Array, crf.CRFParams]:
        """Returns scores [B, T, 13] of codes [B, T], and the chain that is allowed."""
        scores, chain = self._read(codes, mask, key), self.chain
        if self.both:
            other = strands.reverse_complement(codes, mask)
            own = None if key is None else jax.random.fold_in(key, 1)
            scores = strands.join_scores(scores, self._read(other, mask, own), mask)
            chain = strands.join_chains(chain)
        return scores, crf.constrain(chain, strands.allowed())

    def _read(self, codes, mask, key):
        keys = (None, None) if key is None else jax.random.split(key)
        xs = strands.vectors(codes).astype(jnp.dtype(self.dtype))
        _, ys = self.recurrent(xs, mask=mask, key=keys[0])
        return self.readout(ys, key=keys[1])
