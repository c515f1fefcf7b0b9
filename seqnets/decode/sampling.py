"""Sampling of sequences from the predicted probabilities of a model.

What must not come, as `constraints` has it, is left out before anything else is chosen.
Top-k: Fan et al. (2018); nucleus: Holtzman et al. (2020).
"""

import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from seqnets.decode import constraints
from seqnets.decode.constraints import Constraint
from seqnets.linear import memory_dtype

Step = Callable[[Any, Array], tuple[Any, Array]]


def filter_logits(
    logits: Array,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> Array:
    """Applies temperature, top-k and top-p (nucleus) filtering to logits.

    temperature τ:  p_v ∝ exp(z_v / τ);  τ = 0 keeps only argmax_v z_v
    top_k:          keeps the k most probable symbols
    top_p:          keeps the smallest set S with Σ_{v in S} p_v ≥ top_p

    They are applied in this order: `top_p` is of the mass of the symbols that
    `top_k` kept. Of equal logits the lower index counts as the more probable, so
    exactly k symbols are kept, and S is one set, never empty.

    Args:
      logits: [..., V], unnormalised log-probabilities; -inf forbids a symbol.
      temperature: 0 or more.
      top_k: 1 or more; None, or V and above, keeps all.
      top_p: in (0, 1]; None, or 1, keeps all.

    Returns:
      Logits [..., V], float32 or wider, -inf at the symbols removed.

    Raises:
      ValueError: if an option is outside its range.
    """
    if not (math.isfinite(temperature) and temperature >= 0):
        raise ValueError(
            f"temperature must be a finite number, 0 or more, not {temperature}"
        )
    if top_k is not None and (top_k < 1 or top_k != int(top_k)):
        raise ValueError(f"top_k must be a whole number, 1 or more, not {top_k}")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p must be in (0, 1], not {top_p}")

    logits = logits.astype(memory_dtype(logits.dtype))
    if temperature < float(jnp.finfo(logits.dtype).tiny):  # Zero once on the device.
        temperature, top_k = 1.0, 1
    if temperature != 1.0:
        # Relative to the largest, so that no finite logit overflows to +inf.
        logits = (logits - logits.max(-1, keepdims=True)) / temperature
    if top_k is None and top_p in (None, 1):
        return logits

    order = jnp.argsort(logits, axis=-1, descending=True, stable=True)
    ranked = jnp.take_along_axis(logits, order, axis=-1)
    if top_k is not None:
        ranked = jnp.where(jnp.arange(ranked.shape[-1]) < top_k, ranked, -jnp.inf)
    if top_p not in (None, 1):  # At 1 rounding of the sum could cost the last symbols.
        mass = jax.nn.softmax(ranked)
        above = jnp.cumsum(mass, axis=-1) - mass
        # The first always stays: in bad rounding its `above` might not be 0.
        keep = (above < top_p).at[..., 0].set(True)
        ranked = jnp.where(keep, ranked, -jnp.inf)
    return jnp.put_along_axis(logits, order, ranked, axis=-1, inplace=False)


def sample(
    step: Step,
    state: Any,
    first: Array,
    key: Array,
    *,
    length: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    eos: int | None = None,
    no_repeat: int = 0,
    forbidden: Sequence[int] = (),
    constraint: Constraint | None = None,
) -> tuple[Array, Array]:
    """Draws sequences, each symbol fed back as the next input.

    state_t, z_t = step(state_{t-1}, y_{t-1}),  y_0 = first
    y_t ~ softmax(filter_logits(z_t)), z_t being -inf at symbols that must not come

    A row that has drawn `eos` repeats it to the end; so does one in which no symbol may
    come. The draw at t depends on `key` and t only, so that a longer sample begins with
    the shorter one.

    Args:
      step: (state, token [B]) -> (state, logits [B, V]).
      state: of `step`, leaves [B, ...].
      first: int [B], the input of the first step; not part of the output. It may
        be `eos`, which often stands for the start as well.
      key: random key.
      length: how many symbols to draw.
      temperature, top_k, top_p: as in `filter_logits`.
      eos: the symbol that ends a sequence; None draws `length` symbols in every row.
      no_repeat: n, where no n successive symbols may come twice; 0 allows all.
      forbidden: symbols that are never drawn, such as padding.
      constraint: which symbols may come next, given those before; it needs `eos`.

    Returns:
      tokens [B, length], and lengths [B]: the symbols drawn before `eos`.

    Raises:
      ValueError: if `length` or `no_repeat` is negative, what must not come is named
        without `eos`, or an option of `filter_logits` is bad.
    """
    if length < 0:
        raise ValueError(f"length must be 0 or more, not {length}")
    if no_repeat < 0:
        raise ValueError(f"no_repeat must be 0 or more, not {no_repeat}")
    ruled = bool(no_repeat or forbidden or constraint is not None)
    if ruled and eos is None:
        raise ValueError("eos is needed where some symbols must not come")

    def body(carry, t):
        state, held, token, done, before = carry
        state, logits = step(state, token)
        allowed = _allowed(constraint, held, forbidden, no_repeat, before, t, logits)
        if ruled:
            allowed &= logits > -jnp.inf
            done |= ~allowed.any(-1)  # Its draw is not looked at, whatever it is.
            logits = jnp.where(allowed | done[:, None], logits, -jnp.inf)
        logits = filter_logits(
            logits, temperature=temperature, top_k=top_k, top_p=top_p
        )
        draw = jax.random.categorical(jax.random.fold_in(key, t), logits)
        token = draw.astype(token.dtype)
        if eos is not None:
            token = jnp.where(done, eos, token)
            done = token == eos
        if constraint is not None:
            held = constraint.advance(held, token)
        if no_repeat:
            before = before.at[:, t].set(token)
        return (state, held, token, done, before), (token, ~done)

    done = jnp.zeros(first.shape, bool)
    held = None if constraint is None else constraint.start
    before = jnp.zeros((len(first), length), first.dtype) if no_repeat else None
    carry = (state, held, first, done, before)
    _, (tokens, alive) = jax.lax.scan(body, carry, jnp.arange(length))
    return tokens.T, alive.sum(0)  # [B, length], [B]


def _allowed(
    constraint: Constraint | None,
    held: Any,
    forbidden: Sequence[int],
    no_repeat: int,
    before: Array | None,
    t: Array,
    logits: Array,
) -> Array | None:
    """Returns which symbols may come, [B, V]; None where all may.

    `before` [B, T] are the symbols drawn, t of them.
    """
    masks, symbols = [], logits.shape[-1]
    if forbidden:
        masks.append(jnp.asarray(~np.isin(np.arange(symbols), forbidden))[None])
    if no_repeat:
        found = constraints.repeated(before[:, None], t, no_repeat, symbols)
        masks.append(~found[:, 0])
    if constraint is not None:
        masks.append(constraint.allowed(held))
    return functools.reduce(operator.and_, masks) if masks else None
