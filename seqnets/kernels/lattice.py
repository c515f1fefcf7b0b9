"""The Lattice LSTM with its gradient written out, each word computed once.

The words of all sentences are sorted by their last characters; those that end at a step
are neighbours, and are computed together, `WIDTH` at a time: as many turns as the step
has words. The state at a word's beginning is fetched from all states so far, and the
error of a word's beginning is added where it will be fetched going back; both live in
arrays that the loops write to in place.
"""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.cells.cell import matmul, transpose
from seqnets.kernels.lstm import squash_blocks

WIDTH = 32  # Words in a turn, fewer for few sentences; W below.


class Order(NamedTuple):
    """The words of a batch, S = B·N + WIDTH of them with those that are none."""

    row: Array  # [S], of the batch.
    place: Array  # [S], the step after the one at which the word begins.
    first: Array  # [T + 1], the place in the order of the first that ends at a step.


class Memory(NamedTuple):
    """What the backward pass reads of the forward pass; c and h are its outputs."""

    gates: Array  # [T, B, GH], after their nonlinearities.
    total: Array  # [T, B, H], exp(i) + Σ exp(l) where a word ends, 0 elsewhere.
    word_gates: Array  # [S, 3H]
    word_c: Array  # [S, H]
    link: Array  # [S, H]


class Errors(NamedTuple):
    """What the backward pass writes in place: errors of pre-activations, and of c."""

    begin: Array  # [T, B, 4H], of U h and c, before the step that stands first.
    word: Array  # [S, 3H]
    link: Array  # [S, H]


class Turn(NamedTuple):
    """Some of the words that end at a step."""

    at: Array  # The place of the first in the order.
    valid: Array  # [W, 1], whether they end at the step at all.
    pick: Array  # [W, B], 1 at the row of each, to spread and to add up with.
    where: tuple[Array, Array]  # Step after the beginning, and row: [W] each.


def run(gates, weights, us, ls, vs, begin, end, mask) -> tuple[Array, Array]:
    """Runs a Lattice LSTM over characters and words that are projected already.

    Args:
      gates: letters of the characters' gates.
      weights: W_h of characters [H, GH], of words [H, 3H] and of links [H, H].
      us: pre-activations of the characters' gates [T, B, GH].
      ls: those of the links [T, B, H].
      vs: those of the words' gates [B, N, 3H].
      begin, end: int32 [B, N], the places of words; what is none ends at T.
      mask: [T, B] bool.

    Returns:
      h and c after each step, [T, B, H].
    """
    ends = end.reshape(-1)
    by_end = jnp.argsort(ends, stable=True)
    padding = 0, WIDTH  # So that the last turn finds its width.
    order = Order(
        row=jnp.pad(by_end // max(1, end.shape[1]), padding),
        place=jnp.pad(begin.reshape(-1)[by_end] + 1, padding),
        first=jnp.searchsorted(ends[by_end], jnp.arange(len(us) + 1)),
    )
    vs = jnp.pad(vs.reshape(-1, vs.shape[-1])[by_end], (padding, (0, 0)))
    return _run(gates, weights, us, ls, vs, order, mask)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _run(gates, weights, us, ls, vs, order, mask):
    return _forward(gates, weights, us, ls, vs, order, mask)[0]


def _forward(gates, weights, us, ls, vs, order, mask):
    w_char, w_word, w_link = weights
    w_h = jnp.concatenate([w_char, w_word], -1)
    length, batch_size, _ = us.shape
    dim, dtype = len(w_link), us.dtype
    width = _width(batch_size)

    def step(carry, inputs):
        h, c, begun, written = carry
        u, u_link, real, t = inputs
        s, s_word = jnp.split(matmul(h, w_h), [u.shape[-1]], -1)
        now = jnp.concatenate([s_word, c], -1)
        begun = jax.lax.dynamic_update_index_in_dim(begun, now, t, 0)
        squashed = _squash(gates, u + s)
        i, f, g, o = _split(gates, squashed)

        def turn(k, carry):
            sums, written = carry
            found = _turn(order, t, k, width, batch_size, dtype)
            seen = begun[found.where]  # [W, 4H]
            s_word, c_begin = jnp.split(seen, [3 * dim], -1)
            v = jax.lax.dynamic_slice_in_dim(vs, found.at, width)
            word_gates = _squash("ifg", v + s_word)
            i, f, g = jnp.split(word_gates, 3, -1)
            c_word = f * c_begin + i * g
            link = jax.nn.sigmoid(found.pick @ u_link + matmul(c_word, w_link))
            share = jnp.exp(link)
            sums += found.pick.T @ jnp.concatenate([share * c_word, share], -1)
            # Rows that are not valid are written again by the steps that follow.
            new = word_gates, c_word, link
            put = jax.lax.dynamic_update_slice_in_dim
            written = tuple(
                put(a, b, found.at, 0) for a, b in zip(written, new, strict=True)
            )
            return sums, written

        sums = jnp.zeros((batch_size, 2 * dim), dtype)
        sums, written = jax.lax.fori_loop(
            0, _turns(order, t, width), turn, (sums, written)
        )
        weighted, share = jnp.split(sums, 2, -1)
        ends = share > 0.0
        total = jnp.where(ends, jnp.exp(i) + share, 0.0)
        merged = (jnp.exp(i) * g + weighted) / jnp.where(ends, total, 1.0)
        new_c = jnp.where(ends, merged, f * c + i * g)
        h = jnp.where(real[:, None], o * jnp.tanh(new_c), h)
        c = jnp.where(real[:, None], new_c, c)
        return (h, c, begun, written), (h, c, squashed, total)

    zeros = jnp.zeros((batch_size, dim), dtype)
    begun = jnp.zeros((length, batch_size, 4 * dim), dtype)
    written = tuple(jnp.zeros((len(vs), n * dim), dtype) for n in (3, 1, 1))
    (*_, written), (hs, cs, squashed, total) = jax.lax.scan(
        step, (zeros, zeros, begun, written), (us, ls, mask, jnp.arange(length))
    )
    memory = Memory(squashed, total, *written)
    return (hs, cs), (weights, order, mask, hs, cs, memory)


def _backward(gates, kept, errors):
    weights, order, mask, hs, cs, memory = kept
    w_char, w_word, w_link = weights
    turned = transpose(jnp.concatenate([w_char, w_word], -1))
    w_link_turned = transpose(w_link)
    length, batch_size, dim = hs.shape
    dtype, width = hs.dtype, _width(batch_size)
    before = _before(cs)

    def step(carry, inputs):
        d_h, d_c, written = carry
        d_h_own, d_c_own, squashed, total, c, c_before, real, t = inputs
        d_h, d_c, real = d_h + d_h_own, d_c + d_c_own, real[:, None]
        i, f, g, o = _split(gates, squashed)
        ends = total > 0.0
        tanh_c = jnp.tanh(c)
        d_new = jnp.where(real, d_h, 0.0)
        d_o = d_new * tanh_c
        d_new = jnp.where(real, d_c, 0.0) + d_new * o * (1.0 - tanh_c**2)
        scaled = jnp.where(ends, d_new / jnp.where(ends, total, 1.0), 0.0)
        own = scaled * jnp.exp(i)
        rest = jnp.where(ends, 0.0, d_new)
        d_f = rest * c_before
        d_i = own * (g - c) + rest * g - (d_f if "f" not in gates else 0.0)
        d_g = own + rest * i
        d_gates = {"i": d_i * i * (1.0 - i), "f": d_f * f * (1.0 - f)}
        d_gates |= {"g": d_g * (1.0 - g**2), "o": d_o * o * (1.0 - o)}
        d_u = jnp.concatenate([d_gates[letter] for letter in gates], -1)
        spread = jnp.concatenate([scaled, c], -1)

        def turn(k, carry):
            d_l, written = carry
            found = _turn(order, t, k, width, batch_size, dtype)

            def get(a):
                return jax.lax.dynamic_slice_in_dim(a, found.at, width)

            i, f, g = jnp.split(get(memory.word_gates), 3, -1)
            c_word, link = get(memory.word_c), get(memory.link)
            own, c = jnp.split(found.pick @ spread, 2, -1)
            own = own * jnp.exp(link)
            d_link = own * (c_word - c) * link * (1.0 - link)
            d_word = own + matmul(d_link, w_link_turned)
            d_word_gates = [
                d_word * g * i * (1.0 - i),
                d_word * before[found.where] * f * (1.0 - f),
                d_word * i * (1.0 - g**2),
            ]
            d_begin = jnp.concatenate([*d_word_gates, d_word * f], -1)
            d_begin = jnp.where(found.valid, d_begin, 0.0)

            def put(a, b):
                # Neighbours that are not of this step have their errors already.
                b = jnp.where(found.valid, b, get(a))
                return jax.lax.dynamic_update_slice_in_dim(a, b, found.at, 0)

            written = Errors(
                begin=written.begin.at[found.where].add(d_begin),
                word=put(written.word, d_begin[:, : 3 * dim]),
                link=put(written.link, d_link),
            )
            return d_l + found.pick.T @ d_link, written

        d_l = jnp.zeros((batch_size, dim), dtype)
        d_l, written = jax.lax.fori_loop(
            0, _turns(order, t, width), turn, (d_l, written)
        )
        d_s_word, d_c_begin = jnp.split(written.begin[t], [3 * dim], -1)
        d_s = jnp.concatenate([d_u, d_s_word], -1)
        d_h = jnp.where(real, 0.0, d_h) + matmul(d_s, turned)
        d_c = jnp.where(real, rest * f, d_c) + d_c_begin
        return (d_h, d_c, written), (d_u, d_l)

    zeros = jnp.zeros((batch_size, dim), dtype)
    slots = len(memory.link)
    written = Errors(
        begin=jnp.zeros((length, batch_size, 4 * dim), dtype),
        word=jnp.zeros((slots, 3 * dim), dtype),
        link=jnp.zeros((slots, dim), dtype),
    )
    inputs = *errors, memory.gates, memory.total, cs, before, mask, jnp.arange(length)
    (*_, written), (d_us, d_ls) = jax.lax.scan(
        step, (zeros, zeros, written), inputs, reverse=True
    )
    h_before = _before(hs)
    d_weights = (
        _product(h_before, d_us),
        _product(h_before, written.begin[..., : 3 * dim]),
        _product(memory.word_c, written.link),
    )
    d_weights = jax.tree.map(lambda d, w: d.astype(w.dtype), d_weights, weights)
    return d_weights, d_us, d_ls, written.word, None, None


_run.defvjp(_forward, _backward)


def _squash(gates: str, s: Array) -> Array:
    return squash_blocks([gate != "g" for gate in gates], s)


def _split(gates: str, squashed: Array) -> list[Array]:
    """Returns i, f, g and o; an absent f is 1 - i."""
    named = dict(zip(gates, jnp.split(squashed, len(gates), -1), strict=True))
    named.setdefault("f", 1.0 - named["i"])
    return [named[letter] for letter in "ifgo"]


def _width(batch_size: int) -> int:
    """Returns W: at a step, the words of a sentence that end there are one or two."""
    return min(WIDTH, 2 * batch_size + 2)


def _turns(order: Order, t: Array, width: int) -> Array:
    """Returns how many turns the words that end at step t take."""
    return -(-(order.first[t + 1] - order.first[t]) // width)


def _turn(order: Order, t: Array, k: Array, width: int, batch_size: int, dtype) -> Turn:
    at = order.first[t] + k * width
    row = jax.lax.dynamic_slice_in_dim(order.row, at, width)
    place = jax.lax.dynamic_slice_in_dim(order.place, at, width)
    valid = (at + jnp.arange(width) < order.first[t + 1])[:, None]
    pick = (row[:, None] == jnp.arange(batch_size)) & valid
    return Turn(at, valid, pick.astype(dtype), (place, row))


def _before(states: Array) -> Array:
    """Returns what stood before each step, of what stands after it [T, B, H]."""
    return jnp.concatenate([jnp.zeros_like(states[:1]), states[:-1]])


def _product(xs: Array, errors: Array) -> Array:
    """Returns Σ x δᵀ over all leading axes."""
    xs, errors = (a.reshape(-1, a.shape[-1]) for a in (xs, errors))
    return transpose(xs) @ errors
