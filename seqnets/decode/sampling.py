"""Sampling of sequences from the predicted probabilities of a model.

Top-k: Fan et al. (2018); nucleus: Holtzman et al. (2020).
"""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

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
) -> tuple[Array, Array]:
    """Draws sequences, each symbol fed back as the next input.

    state_t, z_t = step(state_{t-1}, y_{t-1}),  y_0 = first
    y_t ~ softmax(filter_logits(z_t))

    A row that has drawn `eos` repeats it to the end. The draw at t depends on `key`
    and t only, so that a longer sample begins with the shorter one.

    Args:
      step: (state, token [B]) -> (state, logits [B, V]).
      state: of `step`, leaves [B, ...].
      first: int [B], the input of the first step; not part of the output. It may
        be `eos`, which often stands for the start as well.
      key: random key.
      length: how many symbols to draw.
      temperature, top_k, top_p: as in `filter_logits`.
      eos: the symbol that ends a sequence; None draws `length` symbols in every row.

    Returns:
      tokens [B, length], and lengths [B]: the symbols drawn before `eos`.

    Raises:
      ValueError: if `length` is negative or an option of `filter_logits` is bad.
    """
    if length < 0:
        raise ValueError(f"length must be 0 or more, not {length}")

    def body(carry, t):
        state, token, done = carry
        state, logits = step(state, token)
        logits = filter_logits(
            logits, temperature=temperature, top_k=top_k, top_p=top_p
        )
        draw = jax.random.categorical(jax.random.fold_in(key, t), logits)
        token = draw.astype(token.dtype)
        if eos is not None:
            token = jnp.where(done, eos, token)
            done = token == eos
        return (state, token, done), (token, ~done)

    carry = (state, first, jnp.zeros(first.shape, bool))
    _, (tokens, alive) = jax.lax.scan(body, carry, jnp.arange(length))
    return tokens.T, alive.sum(0)  # [B, length], [B]
