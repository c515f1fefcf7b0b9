"""Sampling of sequences from the predicted probabilities of a model.

What must not come, as `constraints` has it, is left out before anything else is chosen.
Top-k: Fan et al. (2018); nucleus: Holtzman et al. (2020).
"""

import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from seqnets.decode import constraints
from seqnets.decode.constraints import Constraint
from seqnets.linear import memory_dtype

Step = Callable[[Any, Array], tuple[Any, Array]]


class Rules(NamedTuple):
    """The options of `sample`."""

    length: int
    temperature: float
    top_k: int | None
    top_p: float | None
    eos: int | None
    no_repeat: int
    forbidden: tuple[int, ...]
    constraint: Constraint | None

    @property
    def ruled(self) -> bool:
        """Whether there are symbols that must not come."""
        return bool(self.no_repeat or self.forbidden or self.constraint is not None)


class Drawing(NamedTuple):
    """Sequences of which some symbols are drawn."""

    state: Any  # Of the step function, leaves [B, ...].
    held: Any  # Of the constraint, leaves [B, ...].
    token: Array  # [B], the next input.
    done: Array  # [B] bool, True where a sequence has ended.
    before: Array | None  # [B, T], the symbols drawn; only for `no_repeat`.


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
      ValueError: if `length` or `no_repeat` is negative, a forbidden symbol is none of
        the model's, what must not come is named without `eos`, or an option of
        `filter_logits` is bad.
    """
    first = jnp.asarray(first)
    rules = Rules(
        length, temperature, top_k, top_p, eos, no_repeat, tuple(forbidden), constraint
    )
    _check(rules)
    carry = _start(rules, state, first)
    draw = functools.partial(_draw, rules, step, key)
    _, (tokens, alive) = jax.lax.scan(draw, carry, jnp.arange(length))
    return tokens.T, alive.sum(0)  # [B, length], [B]


def _check(rules: Rules) -> None:
    for name in ("length", "no_repeat"):
        if getattr(rules, name) < 0:
            raise ValueError(f"{name} must be 0 or more, not {getattr(rules, name)}")
    if rules.ruled and rules.eos is None:
        raise ValueError("eos is needed where some symbols must not come")


def _start(rules: Rules, state: Any, first: Array) -> Drawing:
    """Returns sequences without a symbol."""
    shape = len(first), max(1, rules.length)  # An empty one has no place to set.
    return Drawing(
        state=state,
        held=None if rules.constraint is None else rules.constraint.start,
        token=first,
        done=jnp.zeros(first.shape, bool),
        before=jnp.zeros(shape, first.dtype) if rules.no_repeat else None,
    )


def _draw(
    rules: Rules, step: Step, key: Array, drawing: Drawing, t: Array
) -> tuple[Drawing, tuple[Array, Array]]:
    """Draws symbol t of each row; returns it, and whether the row goes on after it."""
    state, held, token, done, before = drawing
    state, logits = step(state, token)
    if rules.ruled:
        allowed = _allowed(rules, drawing, t, logits.shape[-1]) & (logits > -jnp.inf)
        done |= ~allowed.any(-1)  # Its draw is not looked at, whatever it is.
        logits = jnp.where(allowed | done[:, None], logits, -jnp.inf)
    logits = filter_logits(
        logits, temperature=rules.temperature, top_k=rules.top_k, top_p=rules.top_p
    )
    drawn = jax.random.categorical(jax.random.fold_in(key, t), logits)
    token = drawn.astype(token.dtype)
    if rules.eos is not None:
        token = jnp.where(done, rules.eos, token)
        done = token == rules.eos
    if rules.constraint is not None:
        held = rules.constraint.advance(held, token)
    if rules.no_repeat:
        before = before.at[:, t].set(token)
    return Drawing(state, held, token, done, before), (token, ~done)


def _allowed(rules: Rules, drawing: Drawing, t: Array, symbols: int) -> Array:
    """Returns which symbols may come as symbol t, [B, V], or [V] for all rows."""
    masks = []
    if rules.forbidden:
        constraints.check_forbidden(rules.forbidden, symbols)
        masks.append(jnp.asarray(~np.isin(np.arange(symbols), rules.forbidden)))
    if rules.no_repeat:
        before = drawing.before[:, None]
        found = constraints.repeated(before, t, rules.no_repeat, symbols)
        masks.append(~found[:, 0])
    if rules.constraint is not None:
        masks.append(rules.constraint.allowed(drawing.held))
    return functools.reduce(operator.and_, masks)
