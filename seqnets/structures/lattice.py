"""The Lattice LSTM over a batch of sentences (Zhang & Yang, 2018).

A sentence is read by its characters. Each word of a lexicon that occurs in it is a
shortcut from its first character to its last, so that 南京市长江大桥 has the words
南京, 南京市, 市长, 长江, 长江大桥 and 大桥 at once; gates weigh them.
"""

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets import initializers
from seqnets.checks import require_positive
from seqnets.kernels import forward_mode
from seqnets.kernels import lattice as kernel
from seqnets.linear import affine, cast, matmul, memory_dtype
from seqnets.unroll import Directions
from seqnets.varying import vary


class Gates(NamedTuple):
    """Weights of pre-activations W_x x + W_h h + b."""

    w_x: Array
    w_h: Array
    b: Array


class LatticeParams(NamedTuple):
    """D and E are the widths of a character's and a word's vector."""

    char: Gates  # [D, GH], [H, GH], [GH]; gate order i f g o, coupled i g o.
    word: Gates  # [E, 3H], [H, 3H], [3H]; gate order i f g.
    link: Gates  # [D, H], [H, H], [H]; W_h multiplies the word's memory.


class LatticeState(NamedTuple):
    h: Array  # [B, H]
    c: Array  # [B, H], float32 or wider.


class Words(NamedTuple):
    """The words of B sentences, at most N of each, in any order.

    A word has two characters or more; places outside the sentence, such as -1, or at
    masked steps are no word.
    """

    xs: Array  # [B, N, E], their vectors.
    begin: Array  # [B, N] integers, the place of the first character.
    end: Array  # [B, N] integers, the place of the last.


@dataclasses.dataclass(frozen=True)
class LatticeLSTM:
    """An LSTM over characters, whose memory can come from the words that end there.

    Where no word ends at t, c_t = f_t c_{t-1} + i_t g_t. The words w that end there
    were begun with the state after their first character, b, and

        i, f, g = split(W x_w + U h_b + bias),   c_w = σ(f) c_b + σ(i) tanh(g)
        l_w = σ(W_l x_t + U_l c_w + bias)
        c_t = (exp(i_t) g_t + Σ_w exp(l_w) c_w) / (exp(i_t) + Σ_w exp(l_w))

    where c_{t-1} does not enter, as in the released code. h_t = o_t tanh(c_t).
    coupled: f_t = 1 - i_t, as released; otherwise a gate of its own, as in the paper.
    """

    dim: int
    coupled: bool = True

    def __post_init__(self):
        require_positive(self, dim=self.dim)

    @property
    def out_dim(self) -> int:
        return self.dim

    @property
    def gates(self) -> str:
        """The letters of the characters' gates in their order."""
        return "igo" if self.coupled else "ifgo"

    def init(self, key: Array, in_dim: int, word_dim: int) -> LatticeParams:
        """Draws parameters as the released code does.

        W is orthogonal, U the identity for each gate, and biases are zero.

        Args:
          key: random key.
          in_dim: D, width of a character's vector.
          word_dim: E, width of a word's.
        """

        def gates(key, rows, blocks):
            return Gates(
                initializers.orthogonal(key, (rows, self.dim), blocks),
                jnp.tile(jnp.eye(self.dim), blocks),
                jnp.zeros(blocks * self.dim),
            )

        keys = jax.random.split(key, 3)
        return LatticeParams(
            char=gates(keys[0], in_dim, len(self.gates)),
            word=gates(keys[1], word_dim, 3),
            link=gates(keys[2], in_dim, 1),
        )


def unroll(
    cell: LatticeLSTM,
    params: LatticeParams,
    xs: Array,
    words: Words,
    *,
    mask: Array | None = None,
    reverse: bool = False,
    plain: bool = False,
) -> tuple[LatticeState, Array]:
    """Runs a Lattice LSTM over sentences.

    In reverse a word begins with its last character. A masked step carries the state
    through and outputs zero; its input does not matter.

    Args:
      cell: its options.
      params: its parameters, cast to the dtype of `xs`, the compute dtype.
      xs: the characters' vectors [B, T, D].
      words: the words of each sentence.
      mask: [B, T] bool, True at real steps.
      reverse: whether time runs from the last step to the first.
      plain: the reference: every word is computed at every step, T · N of them a
        sentence, and the gradient is JAX's. Otherwise each word is computed once, by
        `seqnets.kernels.lattice`, with a custom gradient.

    Returns:
      The final state, and the outputs [B, T, H].

    Raises:
      ValueError: for inputs of shapes that do not go together, or that are not
        floating; or a forward derivative (`jax.jvp`) without `plain`.
    """
    _check(xs, words, mask)
    params, xs, words, mask = vary(*((params, xs, words, mask),) * 2)
    params, xs = cast(params, xs)
    batch_size, length, _ = xs.shape
    if not batch_size * length:
        h = jnp.zeros((batch_size, cell.dim), xs.dtype)
        state = LatticeState(h, h.astype(memory_dtype(xs.dtype)))
        return state, jnp.zeros((batch_size, length, cell.dim), xs.dtype)
    mask = jnp.ones((batch_size, length), bool) if mask is None else mask
    begin, end, inside = _places(words, mask, reverse)
    if reverse:
        xs, mask = xs[:, ::-1], mask[:, ::-1]
    xs = jnp.where(mask[..., None], xs, 0.0).swapaxes(0, 1)  # [T, B, D]
    us = affine(xs, params.char.w_x, params.char.b)
    ls = affine(xs, params.link.w_x, params.link.b)
    word_xs = jnp.where(inside[..., None], words.xs, 0.0).astype(xs.dtype)
    vs = affine(word_xs, params.word.w_x, params.word.b)  # [B, N, 3H]
    weights = params.char.w_h, params.word.w_h, params.link.w_h
    run = _plain if plain else kernel.run
    with forward_mode.advice("plain=True"):
        hs, cs = run(cell.gates, weights, us, ls, vs, begin, end, mask.T)
    ys = jnp.where(mask.T[..., None], hs, 0.0).astype(xs.dtype)
    ys = (ys[::-1] if reverse else ys).swapaxes(0, 1)  # [B, T, H]
    return LatticeState(hs[-1].astype(xs.dtype), cs[-1]), ys


def _places(words: Words, mask: Array, reverse: bool) -> tuple[Array, Array, Array]:
    """Returns first and last step of each word in time, and which words count, [B, N].

    Words that are outside of the sentence, or whose ends are masked, do not.
    """
    (begin, end), length = (words.begin, words.end), mask.shape[1]
    inside = (begin >= 0) & (begin < end) & (end < length)
    for place in begin, end:
        inside &= jnp.take_along_axis(mask, jnp.clip(place, 0, length - 1), 1)
    if reverse:
        begin, end = length - 1 - end, length - 1 - begin
    begin = jnp.where(inside, begin, -1).astype(jnp.int32)
    end = jnp.where(inside, end, length).astype(jnp.int32)
    return begin, end, inside


def init_bidirectional(
    cell: LatticeLSTM, key: Array, in_dim: int, word_dim: int
) -> Directions:
    """Draws parameters for `bidirectional`; arguments as for `LatticeLSTM.init`."""
    keys = jax.random.split(key)
    return Directions(*(cell.init(k, in_dim, word_dim) for k in keys))


def bidirectional(
    cell: LatticeLSTM,
    params: Directions,
    xs: Array,
    words: Directions,
    *,
    mask: Array | None = None,
    plain: bool = False,
) -> tuple[Directions, Array]:
    """Runs a Lattice LSTM in both directions.

    Args:
      cell: used in each direction with parameters of its own.
      params: `Directions` of parameters.
      xs, mask, plain: as in `unroll`.
      words: `Directions` of words: each direction may have vectors of its own.

    Returns:
      `Directions` of final states, and the outputs [B, T, 2H].
    """
    runs = [
        unroll(cell, p, xs, w, mask=mask, reverse=reverse, plain=plain)
        for p, w, reverse in zip(params, words, (False, True), strict=True)
    ]
    states, ys = zip(*runs, strict=True)
    return Directions(*states), jnp.concatenate(ys, -1)


def _plain(gates, weights, us, ls, vs, begin, end, mask) -> tuple[Array, Array]:
    """Returns h and c after each step, [T, B, H]; see `kernels.lattice.run`."""
    w_char, w_word, w_link = weights
    wide = memory_dtype(us.dtype)

    def step(carry, inputs):
        # Of each word, the state after its first character, once that was read.
        h, c, h_begin, c_begin = carry  # [B, H], and [B, N, H]
        u, link, real, t = inputs
        parts = jnp.split(u + matmul(h, w_char), len(gates), -1)
        named = dict(zip(gates, parts, strict=True))
        i, o = jax.nn.sigmoid(named["i"]), jax.nn.sigmoid(named["o"])
        f = jax.nn.sigmoid(named["f"]) if "f" in named else 1.0 - i
        g = jnp.tanh(named["g"])

        i_w, f_w, g_w = jnp.split(vs + matmul(h_begin, w_word), 3, -1)
        c_w = jax.nn.sigmoid(f_w) * c_begin + jax.nn.sigmoid(i_w) * jnp.tanh(g_w)
        link = jax.nn.sigmoid(link[:, None] + matmul(c_w, w_link))
        ends = (end == t)[..., None]
        share = jnp.where(ends, jnp.exp(link), 0.0)  # [B, N, H]
        merged = (jnp.exp(i) * g + (share * c_w).sum(1)) / (jnp.exp(i) + share.sum(1))

        new_c = jnp.where(ends.any(1), merged, f * c + i * g)
        new_h = o * jnp.tanh(new_c)
        h = jnp.where(real[:, None], new_h, h).astype(us.dtype)
        c = jnp.where(real[:, None], new_c, c)
        begins = (begin == t)[..., None]
        h_begin = jnp.where(begins, h[:, None], h_begin)
        c_begin = jnp.where(begins, c[:, None], c_begin)
        return (h, c, h_begin, c_begin), (h, c)

    shape = (*begin.shape, len(w_link))
    carry = (
        jnp.zeros((shape[0], shape[2]), us.dtype),
        jnp.zeros((shape[0], shape[2]), wide),
        jnp.zeros(shape, us.dtype),
        jnp.zeros(shape, wide),
    )
    inputs = us, ls, mask, jnp.arange(len(us))
    return jax.lax.scan(step, vary(carry, us), inputs)[1]


def _check(xs: Array, words: Words, mask: Array | None) -> None:
    if xs.ndim != 3:
        raise ValueError(f"characters must be [B, T, D], not {xs.shape}")
    shape = words.begin.shape
    if shape != words.end.shape or shape != words.xs.shape[:2] or len(shape) != 2:
        raise ValueError(
            "words must have vectors [B, N, E] and places [B, N], not"
            f" {words.xs.shape}, {shape} and {words.end.shape}"
        )
    if shape[0] != len(xs):
        raise ValueError(
            f"the words of {shape[0]} sentences, but the characters of {len(xs)}"
        )
    if mask is not None and mask.shape != xs.shape[:2]:
        raise ValueError(f"mask must be {xs.shape[:2]}, not {mask.shape}")
