"""The Grid LSTM: recurrences along any number of dimensions (A13).

Kalchbrenner et al. (2016). Along time and depth it is a deep net whose layers also have
memories; along the rows and columns of a picture it scans it.
"""

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from seqnets import initializers
from seqnets.cells.simple import ACTIVATIONS
from seqnets.checks import require_choice, require_positive
from seqnets.linear import memory_dtype

COPY = "copy"
ALONG = ("lstm", COPY, *ACTIVATIONS)


def multiply(x: Array, w: Array) -> Array:
    """Computes x W; weights [L, D, H] multiply inputs [..., L, B, D]."""
    return jnp.matmul(x, w, preferred_element_type=memory_dtype(w.dtype))


class GridParams(NamedTuple):
    """N dimensions; leaves of layers lead with L, or with 1 where they are tied."""

    w_x: Array  # [D, H], from an input to what enters along depth.
    b_x: Array  # [H]
    w: tuple[Array, ...]  # Of each dimension [L, N H, GH], gate order i f g o.
    b: tuple[Array, ...]  # [L, GH]


class Weights(NamedTuple):
    """Of the dimensions that are computed at the same time, side by side."""

    w: Array  # [N H, GH], of one layer or of all, [L, N H, GH].
    b: Array  # [GH], [L, GH]


class GridState(NamedTuple):
    """What a cell hands on along each dimension; zeros where there is no memory."""

    h: tuple[Array, ...]  # N of [..., H]
    m: tuple[Array, ...]  # N of [..., H], float32 or wider.


@dataclasses.dataclass(frozen=True)
class GridLSTM:
    """N recurrences that read each other; the last dimension is depth.

    H = [h_1; ...; h_N];   along each dimension d with an LSTM, with weights of its own,

        i, f, g, o = split(W_d H + b_d)
        m'_d = σ(f) m_d + σ(i) tanh(g),   h'_d = σ(o) tanh(m'_d)

    and along one with an activation a, h'_d = a(W_d H + b_d)  (Kalchbrenner et al.,
    2016). A dimension with priority is computed after the others, and reads their new
    h'. Last of all, "copy" hands on the h' of the first dimension. An input enters
    along depth, as h_N = W_x x + b_x of the first layer with m_N = 0, and the h'_N of
    the last layer is the output.

    Attributes:
      dim: H.
      along: of each dimension "lstm", "copy", or an activation.
      depth: L, the number of layers.
      tied: whether all layers have the same weights.
      priority: numbers of dimensions, from 0; not all of those that do not copy.
      shared: whether the dimensions with an LSTM have one memory, the multidimensional
        LSTM of Graves et al. (2007): i, f_1 ... f_K, g, o = split(W H + b),
        m' = Σ_d σ(f_d) m_d + σ(i) tanh(g), h' = σ(o) tanh(m').
      output: "tanh_of_gated" is h'_d = tanh(σ(o) m'_d), as the paper has it.
      forget_bias: of every f at first.
    """

    dim: int
    along: tuple[str, ...] = ("lstm", "lstm")
    depth: int = 1
    tied: bool = False
    priority: tuple[int, ...] = ()
    shared: bool = False
    output: str = "gated_tanh"
    forget_bias: float = 1.0

    def __post_init__(self):
        require_positive(self, dim=self.dim, depth=self.depth)
        require_choice(self, "output", self.output, ("gated_tanh", "tanh_of_gated"))
        for kind in self.along:
            require_choice(self, "along", kind, ALONG)
        if not self.along or self.along[0] == COPY:
            raise ValueError(
                "GridLSTM: along needs one dimension or more, and the first hands on"
                f" an h of its own, unlike {self.along}"
            )
        wrong = [d for d in self.priority if not 0 <= d < len(self.along)]
        if wrong or not any(map(self.gates, self.turns[0])):
            raise ValueError(
                "GridLSTM: priority is for some but not all of the dimensions that do"
                f" not copy, numbered from 0 along {self.along}, not for"
                f" {self.priority}"
            )

    @property
    def out_dim(self) -> int:
        """H, the width of the output."""
        return self.dim

    @property
    def memories(self) -> tuple[int, ...]:
        """The dimensions with an LSTM."""
        return tuple(d for d, kind in enumerate(self.along) if kind == "lstm")

    def gates(self, d: int) -> int:
        """Returns how many blocks of H columns the weights of a dimension have."""
        if self.along[d] == "lstm" and self.shared:
            return 3 + len(self.memories) if d == self.memories[0] else 0
        return {"lstm": 4, COPY: 0}.get(self.along[d], 1)

    def init(self, key: Array, in_dim: int) -> GridParams:
        """Draws parameters for inputs of width D."""
        N, H, layers = len(self.along), self.dim, 1 if self.tied else self.depth
        keys, key_x = jax.random.split(key, (N, layers)), jax.random.fold_in(key, 1)
        w, b = [], []
        for d in range(N):
            blocks = self.gates(d)
            draw = jax.vmap(lambda k, n=blocks: initializers.glorot(k, (N * H, H), n))
            w.append(draw(keys[d]) if blocks else jnp.zeros((layers, N * H, 0)))
            offset = jnp.zeros((layers, blocks, H))
            if blocks > 1:
                offset = offset.at[:, 1 : blocks - 2].set(self.forget_bias)
            b.append(offset.reshape(layers, -1))
        w_x = initializers.glorot(key_x, (in_dim, H))
        return GridParams(w_x, jnp.zeros(H), tuple(w), tuple(b))

    @property
    def turns(self) -> tuple[tuple[int, ...], ...]:
        """The dimensions computed at the same time, those with priority last."""
        computed = [d for d, kind in enumerate(self.along) if kind != COPY]
        first = (d for d in computed if d not in self.priority)
        return tuple(first), tuple(d for d in computed if d in self.priority)

    def join(self, params: GridParams) -> tuple[Weights, ...]:
        """Returns the weights of each turn side by side, for one product."""
        return tuple(
            Weights(
                jnp.concatenate([params.w[d] for d in turn], -1),
                jnp.concatenate([params.b[d] for d in turn], -1),
            )
            for turn in self.turns
            if any(map(self.gates, turn))
        )

    def block(self, params: GridParams, state: GridState) -> GridState:
        """Computes what a cell hands on from what it is handed.

        Args:
          params: leaves of one layer, [N H, GH], or of all, [L, N H, GH].
          state: leaves [..., B, H]; with weights of all layers, [..., L, B, H].
        """
        return self.joined_block(self.join(params), state)

    def joined_block(
        self,
        weights: tuple[Weights, ...],
        state: GridState,
        product: Callable[[Array, Array], Array] = multiply,
    ) -> GridState:
        """Does what `block` does, with weights that are joined already.

        Args:
          weights: see `join`.
          state: as in `block`.
          product: `(read [..., N H], W) -> z [..., GH]`.
        """
        h, m, own = list(state.h), list(state.m), iter(weights)
        for turn in self.turns:
            new, widths = {}, [self.gates(d) * self.dim for d in turn]
            if any(widths):
                w, b = next(own)
                z = product(jnp.concatenate(h, -1), w)
                z = z + (b if b.ndim == 1 else b[:, None])
                zs = jnp.split(z, np.cumsum(widths)[:-1], -1)
            for place, d in enumerate(turn):
                if widths[place]:
                    new |= self._along(d, zs[place], m)
            for d, (h_d, m_d) in new.items():
                h[d], m[d] = h_d.astype(state.h[d].dtype), m_d
        h = [h[0] if kind == COPY else h[d] for d, kind in enumerate(self.along)]
        return GridState(tuple(h), tuple(m))

    def _along(self, d: int, z: Array, m: list[Array]) -> dict:
        """Returns (h', m') of a dimension, or of all that share its memory."""
        if self.along[d] != "lstm":
            return {d: (ACTIVATIONS[self.along[d]](z), m[d])}
        own = self.memories if self.shared else (d,)
        i, *f, g, o = jnp.split(z, 3 + len(own), -1)
        new = jax.nn.sigmoid(i) * jnp.tanh(g)
        for forget, k in zip(f, own, strict=True):
            new = new + jax.nn.sigmoid(forget) * m[k]
        if self.output == "gated_tanh":
            h = jax.nn.sigmoid(o) * jnp.tanh(new)
        else:
            h = jnp.tanh(jax.nn.sigmoid(o) * new)
        return {k: (h, new) for k in own}
