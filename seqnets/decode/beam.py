"""Beam search: the most probable sequences of a model, many sentences at once.

After each symbol the W most probable hypotheses are kept. A hypothesis that has ended
stays in the beam, so that one place less is left for the others (Bahdanau et al.,
2015); with width 1, this is greedy. Scores are normalised by length (Wu et al., 2016):
|Y| counts the symbols whose probabilities are in p: the end symbol is one of them, and
`length` symbols are those of a hypothesis that was cut off, which counts as it is. A
row is done once no running hypothesis can enter the n best: since ln p can only fall,
none reaches more than ln p / lp(length). Of equals, the earlier end and the lower
symbol go first.

What the options forbid gets no probability, and what they allow gets no more than the
model gives it. A logit of -inf forbids a symbol, and NaN every extension of its
hypothesis; one without a symbol to go on with is lost.
"""

import functools
import math
import operator
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from seqnets.decode import constraints, extensions
from seqnets.decode.constraints import Constraint
from seqnets.decode.sampling import Step
from seqnets.linear import memory_dtype
from seqnets.varying import vary


class Hypotheses(NamedTuple):
    """The n best sequences of each row, the best one first.

    Where a row has fewer than n, the others have score and log-probability -inf, and
    length 0.
    """

    tokens: Array  # [B, N, T], `eos` from the end on.
    lengths: Array  # [B, N], the symbols before `eos`.
    scores: Array  # [B, N], log-probabilities normalised by length.
    log_probs: Array  # [B, N], ln p in nats, that of `eos` included.
    finished: Array  # [B, N] bool; False where `length` cut a sequence off.


class Beam(NamedTuple):
    """W hypotheses a row: running, finished, or absent (ln p is -inf)."""

    state: Any  # Of the step function, leaves [B, W, ...]; None before the first.
    held: Any  # Of the constraint, leaves [B, W, ...].
    token: Array  # [B, W], the next input.
    tokens: Array  # [B, W, T]
    lengths: Array  # [B, W], the symbols before `eos`.
    log_p: Array  # [B, W]
    ended: Array  # [B, W] bool

    @property
    def running(self) -> Array:
        return jnp.where(self.ended, -jnp.inf, self.log_p)


class Rules(NamedTuple):
    """The options of `search`."""

    width: int
    length: int
    eos: int
    n_best: int
    alpha: float
    min_length: int
    no_repeat: int
    forbidden: tuple[int, ...]
    constraint: Constraint | None

    def penalties(self, dtype: Any) -> Array:
        """Returns lp of 0 ... T symbols, [T + 1]."""
        counts = np.arange(self.length + 1)
        return jnp.asarray(((5 + counts) / 6) ** self.alpha, dtype)


def search(
    step: Step,
    state: Any,
    first: Array,
    *,
    width: int,
    length: int,
    eos: int,
    n_best: int = 1,
    alpha: float = 0.0,
    min_length: int = 0,
    no_repeat: int = 0,
    forbidden: Sequence[int] = (),
    constraint: Constraint | None = None,
) -> Hypotheses:
    """Finds sequences of high score, symbol by symbol.

    state_t, z_t = step(state_{t-1}, y_{t-1}),  y_0 = first
    ln p(Y) = Σ_t ln softmax(z_t)[y_t],   score(Y) = ln p(Y) / lp(|Y|)
    lp(n) = ((5 + n) / 6)^α,   the end symbol being one of |Y|

    Args:
      step: (state, token [B]) -> (state, logits [B, V]), as in `sampling.sample`. The
        beam is a second axis under `jax.vmap`: what `step` holds beside its arguments,
        as a bound memory, leads with [B], is shared by all hypotheses of a row, and is
        neither tiled nor reordered.
      state: of `step`, leaves [B, ...].
      first: int [B], the input of the first step; not part of the output.
      width: W, the number of hypotheses.
      length: T, the greatest number of symbols, the end symbol included.
      eos: the symbol that ends a sequence.
      n_best: N, how many hypotheses are returned; at most W.
      alpha: α, 0 or more; 0 compares log-probabilities.
      min_length: the least number of symbols before `eos`; at most `length`.
      no_repeat: n, where no n successive symbols may come twice; 0 allows all.
      forbidden: symbols that are never produced, such as padding.
      constraint: which symbols may come next, given those before.

    Returns:
      The n best hypotheses of each row, in float32 or wider.

    Raises:
      ValueError: for an option outside its range, or arrays of other shapes.
    """
    forbidden = tuple(forbidden)
    rules = Rules(
        width, length, eos, n_best, alpha, min_length, no_repeat, forbidden, constraint
    )
    first = jnp.asarray(first)
    # At the first step, the hypotheses of a row are still one.
    state_1, logits = step(state, first)
    _check(rules, logits, state, first)
    beam = _start(rules, memory_dtype(logits.dtype), first)
    if not length:
        return _best(rules, beam)
    after = _spread(width, (state_1, logits))
    beam = _extend(rules, beam, jnp.zeros((), int), *after)
    return _best(rules, _go_on(rules, step, beam))


def _go_on(rules: Rules, step: Step, beam: Beam) -> Beam:
    """Extends a beam of one symbol until every row is done."""

    def goes_on(carry: tuple[Array, Beam]) -> Array:
        t, beam = carry
        return (t < rules.length) & (beam.running > -jnp.inf).any()

    def body(carry: tuple[Array, Beam]) -> tuple[Array, Beam]:
        t, beam = carry
        after = jax.vmap(step, 1, 1)(beam.state, beam.token)
        return t + 1, _extend(rules, beam, t, *after)

    start = jnp.ones((), int), vary(beam, beam)
    return jax.lax.while_loop(goes_on, body, start)[1]


def _start(rules: Rules, dtype: Any, first: Array) -> Beam:
    """Returns a beam of one empty hypothesis a row, and places for others."""
    shape = len(first), rules.width
    held = None if rules.constraint is None else rules.constraint.start
    return Beam(
        state=None,
        held=_spread(rules.width, held),
        token=_spread(rules.width, first),
        tokens=jnp.full((*shape, rules.length), rules.eos, first.dtype),
        lengths=jnp.zeros(shape, int),
        log_p=jnp.full(shape, -jnp.inf, dtype).at[:, 0].set(0.0),
        ended=jnp.zeros(shape, bool),
    )


def _spread(width: int, tree: Any) -> Any:
    """Repeats leaves [B, ...] as [B, W, ...]."""

    def repeat(a: Array) -> Array:
        return jnp.broadcast_to(a[:, None], (len(a), width, *a.shape[1:]))

    return jax.tree.map(repeat, tree)


def _extend(rules: Rules, beam: Beam, t: Array, state: Any, logits: Array) -> Beam:
    """Replaces running hypotheses of t symbols by the best of their extensions."""
    allowed = _allowed(rules, beam, t, logits.shape[-1])  # [..., V]
    log_p, parent, token = extensions.best(beam.running, logits, allowed, rules.width)

    # The r-th best extension takes the r-th place that no finished hypothesis holds.
    ended = beam.ended
    rank = jnp.where(ended, 0, jnp.cumsum(~ended, 1) - 1)
    log_p, parent, token = (
        jnp.take_along_axis(a, rank, 1) for a in (log_p, parent, token)
    )
    parent = jnp.where(ended, jnp.arange(rules.width), parent)
    held, tokens, lengths, kept = _reorder(
        (beam.held, beam.tokens, beam.lengths, beam.log_p), parent
    )
    log_p = jnp.where(ended, kept, log_p)
    token = jnp.where(ended, rules.eos, token).astype(beam.token.dtype)
    ends = token == rules.eos
    if rules.constraint is not None:
        held = jax.vmap(rules.constraint.advance, 1, 1)(held, token)
    grown = Beam(
        state=_reorder(state, parent),
        held=held,
        token=token,
        tokens=tokens.at[:, :, t].set(token),
        lengths=lengths + ~ends,
        log_p=log_p,
        ended=ends & (log_p > -jnp.inf),
    )
    return _settle(rules, grown)


def _allowed(rules: Rules, beam: Beam, t: Array, symbols: int) -> Array | None:
    masks = []
    if rules.forbidden:
        masks.append(~np.isin(np.arange(symbols), rules.forbidden))
    if rules.min_length:
        masks.append((jnp.arange(symbols) != rules.eos) | (t >= rules.min_length))
    if rules.no_repeat:
        masks.append(~constraints.repeated(beam.tokens, t, rules.no_repeat, symbols))
    if rules.constraint is not None:
        allowed = jax.vmap(rules.constraint.allowed, 1, 1, axis_size=rules.width)
        masks.append(allowed(beam.held))
    return functools.reduce(operator.and_, masks) if masks else None


def _settle(rules: Rules, beam: Beam) -> Beam:
    """Ends what runs in rows where it cannot enter the n best."""
    penalties = rules.penalties(beam.log_p.dtype)
    scores = jnp.where(beam.ended, _scores(beam, penalties), -jnp.inf)
    least = jnp.sort(scores, 1)[:, -rules.n_best]
    reachable = beam.running.max(1) / penalties[-1]
    done = (reachable <= least)[:, None] & ~beam.ended
    return beam._replace(log_p=jnp.where(done, -jnp.inf, beam.log_p))


def _scores(beam: Beam, penalties: Array) -> Array:
    return beam.log_p / penalties[beam.lengths + beam.ended]


def _best(rules: Rules, beam: Beam) -> Hypotheses:
    scores = _scores(beam, rules.penalties(beam.log_p.dtype))
    # Of those of T symbols, the ones that ended have the lesser length.
    order = jnp.lexsort((beam.lengths, -scores))[:, : rules.n_best]
    found = Hypotheses(beam.tokens, beam.lengths, scores, beam.log_p, beam.ended)
    found = _reorder(found, order)
    there = found.scores > -jnp.inf
    return found._replace(
        tokens=jnp.where(there[..., None], found.tokens, rules.eos),
        lengths=jnp.where(there, found.lengths, 0),
    )


def _reorder(tree: Any, order: Array) -> Any:
    """Takes leaves [B, W, ...] in the order [B, N] of each row."""
    take = jax.vmap(lambda leaf, order: leaf[order])
    return jax.tree.map(lambda leaf: take(leaf, order), tree)


def _check(rules: Rules, logits: Any, state: Any, first: Array) -> None:
    rows = len(first)
    shapes = [leaf.shape for leaf in jax.tree.leaves(state)]
    if logits.ndim != 2 or any(s[:1] != (rows,) for s in [*shapes, logits.shape]):
        raise ValueError(
            f"for {rows} tokens, state must lead with [{rows}], and step must return"
            f" logits [{rows}, V]: the state has shapes {shapes}, the logits"
            f" {logits.shape}"
        )
    ranges = {
        "width": (1, math.inf),
        "length": (0, math.inf),
        "eos": (0, logits.shape[1] - 1),
        "n_best": (1, rules.width),
        "min_length": (0, rules.length),
        "no_repeat": (0, math.inf),
    }
    for name, (low, high) in ranges.items():
        value = getattr(rules, name)
        if not (isinstance(value, int | np.integer) and low <= value <= high):
            most = "or more" if high == math.inf else f"to {high}"
            raise ValueError(
                f"{name} must be a whole number, {low} {most}, not {value}"
            )
    if not 0.0 <= rules.alpha < math.inf:
        raise ValueError(f"alpha must be a finite number, 0 or more, not {rules.alpha}")
    constraints.check_forbidden(rules.forbidden, logits.shape[1])
