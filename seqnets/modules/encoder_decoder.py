"""Encoder-decoder: one net reads a sequence, another writes one (B5).

Cho et al. (2014) and Sutskever et al. (2014), whose decoder begins from what the
encoder ends with; Bahdanau et al. (2015) and Luong et al. (2015), whose decoder also
attends to every position of the source.
"""

from typing import Any, NamedTuple

import jax
from flax import linen as nn
from jax import Array
from jax import numpy as jnp

from seqnets.cells.cell import Cell, Memory, Params, State
from seqnets.checks import require_choice
from seqnets.dropout import dropout
from seqnets.initializers import glorot
from seqnets.linear import affine, cast
from seqnets.modules.embedding import Embedding
from seqnets.modules.recurrent import Recurrent, final_output
from seqnets.unroll import Directions, bind, step, unroll

STARTS = ("vector", "states")
READOUTS = ("linear", "tanh", "maxout")


class Bound(NamedTuple):
    """A decoder that has read its source: what each of its steps shares."""

    params: Params  # Of the cell, with the memory bound; bound leaves lead with [B].
    vector: Array | None  # [B, M], read with every symbol.


class DeepOutput(nn.Module):
    """Scores V symbols from what a decoder puts out and what it has read.

    readout="linear":  z = W_o y + b
    readout="tanh":    t = tanh(U_o [y; x] + b_u),  z = W_o t + b
    readout="maxout":  t̃ = U_o [y; x] + b_u,  t_k = max(t̃_{2k-1}, t̃_{2k}),
                       z = W_o t + b  (Bahdanau et al., 2015, A.2.2)

    Attributes:
      classes: V.
      readout: one of `READOUTS`.
      dim: width of t; y's own width where the read-out is linear.
      dropout: rate at which entries of t, or of y, are dropped in training.
    """

    classes: int
    readout: str = "linear"
    dim: int = 0
    dropout: float = 0.0

    @nn.compact
    def __call__(
        self, ys: Array, xs: Array, *, w: Array | None = None, key: Array | None = None
    ) -> Array:
        """Computes logits [..., V] from y [..., H] and x [..., E].

        Args:
          ys: what the cell puts out.
          xs: the vectors of the symbols that were read.
          w: W_o, [dim, V], in place of a parameter.
          key: draws dropout; None for evaluation.
        """
        require_choice(self, "readout", self.readout, READOUTS)
        ts = ys
        if self.readout != "linear":
            pieces = 2 if self.readout == "maxout" else 1
            wide, width = pieces * self.dim, ys.shape[-1] + xs.shape[-1]
            u = self.param("u", glorot, (width, wide)).astype(ys.dtype)
            b = self.param("b_u", nn.initializers.zeros, (wide,))
            ts = affine(jnp.concatenate([ys, xs], -1), u, b)
            if pieces == 2:
                ts = ts.reshape(*ts.shape[:-1], self.dim, 2).max(-1)
            else:
                ts = jnp.tanh(ts)
        ts = dropout(key, ts, self.dropout)
        if w is None:
            w = self.param("w", glorot, (ts.shape[-1], self.classes))
        b = self.param("b", nn.initializers.zeros, (self.classes,))
        return affine(ts, w.astype(ts.dtype), b)


class Decoding(nn.Module):
    """What is shared by all that write symbols after reading something else.

    p(y_1 ... y_N | x) = Π_i p(y_i | y_1 ... y_{i-1}, x), softmaxes over V symbols

    A subclass gives `read`, and these attributes: `target`, an `Embedding`; `decoder`,
    a cell; `output`, a `DeepOutput`; `tied` and `dropout`; and `writer`, the parameters
    of the cell.
    """

    def __call__(
        self,
        source: Array,
        source_mask: Array,
        inputs: Array,
        mask: Array,
        *,
        key: Array | None = None,
    ) -> Array:
        """Computes logits [B, T, V] of the symbols after given ones (teacher forcing).

        Args:
          source: what is read: ids [B, S], or what the subclass reads.
          source_mask: [B, S] bool, True at real positions.
          inputs: ids of the symbols before those that are scored, [B, T].
          mask: [B, T] bool, True at real steps.
          key: draws dropout; None for evaluation.
        """
        keys = (None,) * 4 if key is None else jax.random.split(key, 4)
        bound, _ = self.read(source, source_mask, key=keys[0])
        xs = dropout(keys[1], self.target(inputs), self.dropout)  # [B, T, E]
        joined = self._join(bound, xs)
        _, ys = unroll(self.decoder, bound.params, joined, mask=mask, key=keys[2])
        return self._score(ys, xs, keys[3])

    def read(
        self, source: Array, mask: Array, *, key: Array | None = None
    ) -> tuple[Bound, State]:
        """Reads sources, and returns the decoder bound to them and its start.

        Arguments are those of a call.
        """
        raise NotImplementedError

    def step(self, bound: Bound, state: State, tokens: Array) -> tuple[State, Array]:
        """Reads symbols [B] and returns the next state and logits [B, V]."""
        xs = self.target(tokens)
        joined = self._join(bound, xs)
        state, ys = step(self.decoder, bound.params, state, joined)
        return state, self._score(ys, xs)

    def inputs(self, bound: Bound, tokens: Array) -> Array:
        """Returns what the cell of the decoder reads for symbols [B, T], [B, T, D]."""
        return self._join(bound, self.target(tokens))

    def _join(self, bound: Bound, xs: Array) -> Array:
        if bound.vector is None:
            return xs
        vector = bound.vector[:, None] if xs.ndim == 3 else bound.vector
        shape = (*xs.shape[:-1], vector.shape[-1])
        return jnp.concatenate([xs, jnp.broadcast_to(vector, shape)], -1)

    def _score(self, ys: Array, xs: Array, key: Array | None = None) -> Array:
        w = self.target.table.T if self.tied else None
        return self.output(ys, xs, w=w, key=key)


class EncoderDecoder(Decoding):
    """p(y_1 ... y_N | x) = Π_i p(y_i | y_1 ... y_{i-1}, x), softmaxes over V symbols.

    Attributes:
      source, target: embeddings of the two sides; one module where they share it.
      encoder: a cell, or a stack of them.
      decoder: a cell or a stack, which reads `Memory` where it attends or bridges.
      output: scores the symbols.
      direction: of the encoder; see `Recurrent`.
      start: what `Memory.start` is: "vector", the encoder's outputs at the ends of its
        runs, [B, M]; or "states", its final states, those of both directions side by
        side.
      every_step: whether that vector is also read with every symbol, as in Cho et al.
      tied: whether the read-out's matrix is the target's embedding, transposed.
      dropout: rate at which the entries of embeddings are dropped in training.
    """

    source: Embedding
    target: Embedding
    encoder: Cell
    decoder: Cell
    output: DeepOutput
    direction: str = "both"
    start: str = "vector"
    every_step: bool = False
    tied: bool = False
    dropout: float = 0.0

    def setup(self):
        require_choice(self, "start", self.start, STARTS)
        self.reader = Recurrent(self.encoder, self.direction)
        width = self.target.dim or self.target.rows
        if self.every_step:
            width += self.encoder.out_dim * (1 + (self.direction == "both"))
        self.writer = self.param("writer", self.decoder.init, width)

    def read(
        self, source: Array, mask: Array, *, key: Array | None = None
    ) -> tuple[Bound, State]:
        """Encodes sources [B, S], and returns the decoder bound to them and its start.

        Arguments are those of a call.
        """
        keys = (None, None) if key is None else jax.random.split(key)
        xs = dropout(keys[0], self.source(source), self.dropout)  # [B, S, E]
        states, hs = self.reader(xs, mask=mask, key=keys[1])
        ends = {"mask": mask, "direction": self.direction}
        vector = final_output(states, hs, **ends).astype(xs.dtype)
        start = side_by_side(states) if self.start == "states" else vector
        params, _ = cast(self.writer, xs)
        params = bind(self.decoder, params, Memory(hs, mask, start))
        state = self.decoder.initial_state(params, len(source), xs.dtype)
        return Bound(params, vector if self.every_step else None), state


def side_by_side(states: Any) -> Any:
    """Returns final states with those of both directions in one array, layer by layer.

    Args:
      states: of `Recurrent`: of a cell, `Directions` of two, or a tuple of layers.
    """
    if isinstance(states, Directions):
        return jax.tree.map(lambda a, b: jnp.concatenate([a, b], -1), *states)
    if type(states) is tuple:
        return tuple(map(side_by_side, states))
    return states
