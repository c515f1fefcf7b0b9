"""The Lattice LSTM with a custom gradient, each word computed once.

The words that end at a step are computed in groups; see `lattice_groups`. The state at
the beginning of a word is read from the array of all states so far, and its error is
added to the array of errors that the backward loop reads; both arrays are written to in
place.
"""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.kernels import lattice_groups as groups
from seqnets.kernels.lstm import squash_blocks
from seqnets.linear import matmul, transpose
from seqnets.varying import vary


class Memory(NamedTuple):
    """What the backward pass reads of the forward pass, beside its outputs h and c."""

    gates: Array  # [T, B, GH], after their nonlinearities.
    total: Array  # [T, B, H], exp(i) + Σ exp(l) where a word ends, 0 elsewhere.
    word_gates: Array  # [S, 3H]
    word_c: Array  # [S, H]
    link: Array  # [S, H]


class Errors(NamedTuple):
    """Errors of pre-activations and of c, which the backward pass writes in place."""

    begin: Array  # [T, B, 4H], of U h and c, before each step.
    word: Array  # [S, 3H]
    link: Array  # [S, H]


def run(gates, weights, us, ls, vs, begin, end, mask) -> tuple[Array, Array]:
    """Runs a Lattice LSTM over characters and words that are projected already.

    Args:
      gates: letters of the characters' gates.
      weights: W_h of characters [H, GH], of words [H, 3H] and of links [H, H].
      us: pre-activations of the characters' gates [T, B, GH].
      ls: those of the links [T, B, H].
      vs: those of the words' gates [B, N, 3H].
      begin, end: int32 [B, N], the places of words; padding ends at T.
      mask: [T, B] bool.

    Returns:
      h and c after each step, [T, B, H].
    """
    order, sort = groups.order(begin, end, len(us))
    vs = sort(vs)
    return _run(gates, weights, us, ls, vs, order, mask)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _run(gates, weights, us, ls, vs, order, mask):
    return _forward(gates, weights, us, ls, vs, order, mask)[0]


def _forward(gates, weights, us, ls, vs, order, mask):
    w_char, w_word, w_link = weights
    w_h = jnp.concatenate([w_char, w_word], -1)
    length, batch_size, _ = us.shape
    dim, dtype = len(w_link), us.dtype
    width = groups.size(batch_size)

    def step(carry, inputs):
        h, c, begun, written = carry
        u, u_link, real, t = inputs
        s, s_word = jnp.split(matmul(h, w_h), [u.shape[-1]], -1)
        now = jnp.concatenate([s_word, c], -1)
        begun = jax.lax.dynamic_update_index_in_dim(begun, now, t, 0)
        squashed = _squash(gates, u + s)
        i, f, g, o = _split(gates, squashed)

        def group(k, carry):
            sums, written = carry
            found = groups.group(order, t, k, width, batch_size, dtype)
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

        sums = vary(jnp.zeros((batch_size, 2 * dim), dtype), us)
        sums, written = jax.lax.fori_loop(
            0, groups.count(order, t, width), group, (sums, written)
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
    carry = vary((zeros, zeros, begun, written), us)
    (*_, written), (hs, cs, squashed, total) = jax.lax.scan(
        step, carry, (us, ls, mask, jnp.arange(length))
    )
    memory = Memory(squashed, total, *written)
    return (hs, cs), (weights, order, mask, hs, cs, memory)


def _backward(gates, kept, errors):
    weights, order, mask, hs, cs, memory = kept
    w_h_t = transpose(jnp.concatenate(weights[:2], -1))  # Of characters, and words.
    w_link_t = transpose(weights[2])
    length, batch_size, dim = hs.shape
    dtype, width = hs.dtype, groups.size(batch_size)
    before = _before(cs)

    def step(carry, inputs):
        d_h, d_c, written = carry
        d_h_own, d_c_own, squashed, total, c, c_before, real, t = inputs
        d_h, d_c, real = d_h + d_h_own, d_c + d_c_own, real[:, None]
        d_new = jnp.where(real, d_h, 0.0), jnp.where(real, d_c, 0.0)
        d_u, scaled, d_c_before = _through_characters(
            gates, squashed, total, c, c_before, *d_new
        )
        spread = jnp.concatenate([scaled, c], -1)

        def group(k, carry):
            d_l, written = carry
            found = groups.group(order, t, k, width, batch_size, dtype)
            d_begin, d_link = _through_words(found, memory, before, spread, w_link_t)

            def put(a, b):
                # Neighbours that are not of this step have their errors already.
                old = jax.lax.dynamic_slice_in_dim(a, found.at, width)
                b = jnp.where(found.valid, b, old)
                return jax.lax.dynamic_update_slice_in_dim(a, b, found.at, 0)

            written = Errors(
                begin=written.begin.at[found.where].add(d_begin),
                word=put(written.word, d_begin[:, : 3 * dim]),
                link=put(written.link, d_link),
            )
            return d_l + found.pick.T @ d_link, written

        d_l = vary(jnp.zeros((batch_size, dim), dtype), hs)
        d_l, written = jax.lax.fori_loop(
            0, groups.count(order, t, width), group, (d_l, written)
        )
        d_s_word, d_c_begin = jnp.split(written.begin[t], [3 * dim], -1)
        d_s = jnp.concatenate([d_u, d_s_word], -1)
        d_h = jnp.where(real, 0.0, d_h) + matmul(d_s, w_h_t)
        d_c = jnp.where(real, d_c_before, d_c) + d_c_begin
        return (d_h, d_c, written), (d_u, d_l)

    zeros = jnp.zeros((batch_size, dim), dtype)
    shapes = (length, batch_size, 4 * dim), memory.word_gates.shape, memory.link.shape
    written = Errors(*(jnp.zeros(shape, dtype) for shape in shapes))
    inputs = *errors, memory.gates, memory.total, cs, before, mask, jnp.arange(length)
    carry = vary((zeros, zeros, written), hs)
    (*_, written), (d_us, d_ls) = jax.lax.scan(step, carry, inputs, reverse=True)
    reads = _before(hs), _before(hs), memory.word_c
    deltas = d_us, written.begin[..., : 3 * dim], written.link
    d_weights = tuple(
        _product(x, d).astype(w.dtype)
        for x, d, w in zip(reads, deltas, weights, strict=True)
    )
    return d_weights, d_us, d_ls, written.word, None, None


_run.defvjp(_forward, _backward)


def _through_characters(gates, squashed, total, c, c_before, d_h, d_c):
    """Back-propagates one step of the characters.

    Returns:
      ∂L of their pre-activations [B, GH], of Σ exp(l) c_w [B, H], and of c before the
      step [B, H].
    """
    i, f, g, o = _split(gates, squashed)
    ends = total > 0.0
    tanh_c = jnp.tanh(c)
    d_o = d_h * tanh_c
    d_new = d_c + d_h * o * (1.0 - tanh_c**2)
    scaled = jnp.where(ends, d_new / jnp.where(ends, total, 1.0), 0.0)
    own = scaled * jnp.exp(i)
    rest = jnp.where(ends, 0.0, d_new)
    d_f = rest * c_before
    d_i = own * (g - c) + rest * g - (d_f if "f" not in gates else 0.0)
    d_g = own + rest * i
    d_gates = {"i": d_i * i * (1.0 - i), "f": d_f * f * (1.0 - f)}
    d_gates |= {"g": d_g * (1.0 - g**2), "o": d_o * o * (1.0 - o)}
    d_u = jnp.concatenate([d_gates[letter] for letter in gates], -1)
    return d_u, scaled, rest * f


def _through_words(found: groups.Group, memory: Memory, before, spread, w_link_t):
    """Back-propagates the words of a group.

    Returns:
      ∂L of their pre-activations and of c where they begin [W, 4H], zero where there is
      no word; and of the pre-activations of their links [W, H].
    """
    width = len(found.valid)

    def get(a):
        return jax.lax.dynamic_slice_in_dim(a, found.at, width)

    i, f, g = jnp.split(get(memory.word_gates), 3, -1)
    c_word, link = get(memory.word_c), get(memory.link)
    own, c = jnp.split(found.pick @ spread, 2, -1)
    own = own * jnp.exp(link)
    d_link = own * (c_word - c) * link * (1.0 - link)
    d_word = own + matmul(d_link, w_link_t)
    d_word_gates = [
        d_word * g * i * (1.0 - i),
        d_word * before[found.where] * f * (1.0 - f),
        d_word * i * (1.0 - g**2),
    ]
    d_begin = jnp.concatenate([*d_word_gates, d_word * f], -1)
    return jnp.where(found.valid, d_begin, 0.0), d_link


def _squash(gates: str, s: Array) -> Array:
    return squash_blocks([gate != "g" for gate in gates], s)


def _split(gates: str, squashed: Array) -> list[Array]:
    """Returns i, f, g and o; an absent f is 1 - i."""
    named = dict(zip(gates, jnp.split(squashed, len(gates), -1), strict=True))
    named.setdefault("f", 1.0 - named["i"])
    return [named[letter] for letter in "ifgo"]


def _before(states: Array) -> Array:
    """Returns the states before each step, from those after it [T, B, H]."""
    return jnp.concatenate([jnp.zeros_like(states[:1]), states[:-1]])


def _product(xs: Array, errors: Array) -> Array:
    """Returns Σ x δᵀ over all leading axes."""
    xs, errors = (a.reshape(-1, a.shape[-1]) for a in (xs, errors))
    return transpose(xs) @ errors
