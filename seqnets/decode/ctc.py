"""Connectionist temporal classification (D3; Graves et al., 2006).

Every frame has one of K symbols; symbol 0 is the blank. A path is the symbols of all
frames. Its string is what remains when repeated symbols are merged and then blanks
removed. The probability of a string is the sum over all its paths.

Frames and labels may be padded anywhere; masked values, NaN included, do not matter. A
string with a label outside 1 ... K-1 is impossible.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.linear import memory_dtype
from seqnets.varying import vary

BLANK = 0

# Stands for ln 0 inside, where -inf would make gradients NaN.
_NEVER = -1e30


def loss(
    logits: Array,
    labels: Array,
    *,
    mask: Array | None = None,
    label_mask: Array | None = None,
    rows: Array | None = None,
) -> tuple[Array, Array]:
    """Sums -ln p(string) over the rows whose string is possible.

    A row with too few frames for its string, or with a label outside 1 ... K-1, has no
    finite loss. It is left out of sum and count, and has no gradient; `possible`
    returns which rows these are.

    Args:
      logits, labels, mask, label_mask: as in `log_probability`.
      rows: [B] bool, True where a row counts; everywhere by default. The values of
        others do not matter.

    Returns:
      The sum in nats, never negative, float32 or wider, and the number of strings,
      float32.
    """
    counts = possible(logits, labels, mask=mask, label_mask=label_mask)
    if rows is not None:
        counts, mask = counts & rows, _frames(logits, mask) & rows[:, None]
    log_p = log_probability(logits, labels, mask=mask, label_mask=label_mask)
    return jnp.where(counts, -log_p, 0.0).sum(), counts.sum(dtype=jnp.float32)


def possible(
    logits: Array,
    labels: Array,
    *,
    mask: Array | None = None,
    label_mask: Array | None = None,
) -> Array:
    """Returns which strings have a path: a frame a label, one more between equals.

    Args:
      logits, labels, mask, label_mask: as in `log_probability`; of `logits`, only the
        shape matters.

    Returns:
      [B] bool, False for a string with a label outside 1 ... K-1, such as the blank.
    """
    mask = _frames(logits, mask)
    labels, count, _ = _compressed(labels, label_mask)
    within = jnp.arange(labels.shape[1]) < count[:, None]
    repeats = (labels[:, 1:] == labels[:, :-1]) & within[:, 1:]
    strange = (within & ~_is_label(labels, logits.shape[-1])).any(1)
    return (mask.sum(1) >= count + repeats.sum(1)) & ~strange


def log_probability(
    logits: Array,
    labels: Array,
    *,
    mask: Array | None = None,
    label_mask: Array | None = None,
) -> Array:
    """Returns ln p of strings, over all paths.

    With blanks around all labels, l = _ l₁ _ l₂ _ ... _, and y_t = softmax(logits_t),
    α_t(s) = y_t(l_s) [α_{t-1}(s) + α_{t-1}(s-1) + α_{t-1}(s-2)], the last one only
    where l_s is no blank and not l_{s-2};  p = α_T(2S+1) + α_T(2S)

    Args:
      logits: scores [B, T, K], the blank's first.
      labels: strings [B, S], integers in 1 ... K-1.
      mask: [B, T] bool, True at frames; everywhere by default.
      label_mask: [B, S] bool, True at labels; everywhere by default.

    Returns:
      [B], never above 0; -inf, without gradient, where no path gives the string, as
      where a label is outside 1 ... K-1. In float32, or wider if the logits are.
    """
    states = _states(logits, labels, mask, label_mask)

    def body(alpha, inputs):
        log_y, real = inputs  # [B, L], [B]
        stay, next_, skip = states.arrivals(alpha)
        new = log_y + jnp.logaddexp(jnp.logaddexp(stay, next_), skip)
        new = jnp.maximum(new, _NEVER)
        return jnp.where(real[:, None], new, alpha), None

    start = vary(states.start(), states)
    alpha, _ = jax.lax.scan(body, start, (states.log_y, states.real))
    last, label = states.ends(alpha)
    log_p = jnp.logaddexp(last, label)
    # Rounding may lead above 0, by as little as it takes the logarithm to be NaN.
    log_p = log_p - jax.lax.stop_gradient(jnp.maximum(log_p, 0.0))
    return jnp.where(log_p > _NEVER / 2, log_p, -jnp.inf)


def align(
    logits: Array,
    labels: Array,
    *,
    mask: Array | None = None,
    label_mask: Array | None = None,
) -> tuple[Array, Array]:
    """Finds the most probable path of a string, and so the label of each frame.

    Args:
      logits, labels, mask, label_mask: as in `log_probability`.

    Returns:
      For each frame the place of its label in `labels`, int32 [B, T], or -1 where it
      is the blank, is masked, or where the string is impossible; and ln p of the path
      [B], -inf if there is none.
    """
    states = _states(logits, labels, mask, label_mask)

    def forward(delta, inputs):
        log_y, real = inputs
        arrivals = jnp.stack(states.arrivals(delta))  # [3, B, L]
        new = jnp.maximum(log_y + arrivals.max(0), _NEVER)
        back = jnp.where(real[:, None], arrivals.argmax(0), 0)
        return jnp.where(real[:, None], new, delta), back

    def backward(state, inputs):
        back, real = inputs
        before = state - jnp.take_along_axis(back, state[:, None], 1)[:, 0]
        return before, jnp.where(real, state, 0)

    start = vary(states.start(), states)
    delta, back = jax.lax.scan(forward, start, (states.log_y, states.real))
    last, label = states.ends(delta)
    log_p = jnp.maximum(last, label)
    end = 2 * states.count - (label > last)
    _, path = jax.lax.scan(backward, end, (back, states.real), reverse=True)
    path = path.T  # [B, T], even at blanks.
    some = log_p > _NEVER / 2
    log_p = jnp.where(some, log_p, -jnp.inf)
    if labels.shape[1] == 0:
        return jnp.full(path.shape, -1, jnp.int32), log_p
    places = jnp.take_along_axis(states.order, path // 2, 1, mode="clip")
    found = (path % 2 == 1) & some[:, None]
    return jnp.where(found, places, -1).astype(jnp.int32), log_p


def greedy(logits: Array, *, mask: Array | None = None) -> tuple[Array, Array]:
    """Returns the string of the most probable path, which may not be the best string.

    Args:
      logits: scores [B, T, K].
      mask: [B, T] bool, True at frames; everywhere by default.

    Returns:
      Labels [B, T], int32, from the left, 0 after them; and their mask [B, T].
    """
    best, count, _ = _compressed(logits.argmax(-1), _frames(logits, mask))
    length = best.shape[1]
    before = jnp.pad(best, ((0, 0), (1, 0)), constant_values=BLANK)[:, :length]
    within = jnp.arange(length) < count[:, None]
    spoken = within & (best != before) & (best != BLANK)
    labels, count, _ = _compressed(best, spoken)
    return labels, jnp.arange(length) < count[:, None]


class _States(NamedTuple):
    """Labels with blanks around them, L = 2S + 1, and their scores in each frame."""

    log_y: Array  # [T, B, L], ln y_t(l_s)
    real: Array  # [T, B], True at frames.
    skips: Array  # [B, L], True where s - 2 leads to s.
    count: Array  # [B], labels of each string.
    order: Array  # [B, S], their places before padding went to the end.

    def start(self) -> Array:
        """Returns the scores before the first frame: all paths at the first blank."""
        empty = jnp.full(self.log_y.shape[1:], _NEVER, self.log_y.dtype)
        return empty.at[:, 0].set(0.0)

    def arrivals(self, alpha: Array) -> tuple[Array, Array, Array]:
        """Returns the scores [B, L] of arriving at s from s, s - 1 and s - 2."""
        length = alpha.shape[1]
        padded = jnp.pad(alpha, ((0, 0), (2, 0)), constant_values=_NEVER)
        skip = jnp.where(self.skips, padded[:, :length], _NEVER)
        return alpha, padded[:, 1 : length + 1], skip

    def ends(self, alpha: Array) -> tuple[Array, Array]:
        """Returns the scores [B] of ending at the last blank, and at the last label."""
        end = 2 * self.count[:, None]
        last = jnp.take_along_axis(alpha, end, 1)[:, 0]
        label = jnp.take_along_axis(alpha, jnp.maximum(end - 1, 0), 1)[:, 0]
        return last, jnp.where(self.count > 0, label, _NEVER)


def _states(
    logits: Array, labels: Array, mask: Array | None, label_mask: Array | None
) -> _States:
    mask = _frames(logits, mask)
    labels, count, order = _compressed(labels, label_mask)
    rows, size = labels.shape
    expanded = jnp.full((rows, 2 * size + 1), BLANK).at[:, 1::2].set(labels)
    before = jnp.pad(expanded, ((0, 0), (2, 0)))[:, : 2 * size + 1]
    logits = jnp.where(mask[..., None], logits, 0.0)
    logits = logits.astype(memory_dtype(logits.dtype))
    log_y = jnp.maximum(jax.nn.log_softmax(logits), _NEVER)
    log_y = jnp.take_along_axis(log_y, expanded[:, None], 2, mode="clip")  # [B, T, L]
    blank = jnp.arange(2 * size + 1) % 2 == 0
    known = blank | _is_label(expanded, logits.shape[-1])
    log_y = jnp.where(known[:, None], log_y, _NEVER)
    return _States(
        log_y=log_y.swapaxes(0, 1),  # [T, B, L]
        real=mask.T,
        skips=(expanded != BLANK) & (expanded != before),
        count=count,
        order=order,
    )


def _is_label(symbols: Array, classes: int) -> Array:
    return (symbols > BLANK) & (symbols < classes)


def _frames(logits: Array, mask: Array | None) -> Array:
    return jnp.ones(logits.shape[:2], bool) if mask is None else mask


def _compressed(symbols: Array, mask: Array | None) -> tuple[Array, Array, Array]:
    """Moves masked symbols to the end, and replaces them by blanks.

    Returns:
      The symbols [B, N], the number of real ones [B], and their old places [B, N].
    """
    mask = jnp.ones(symbols.shape, bool) if mask is None else mask
    order = jnp.argsort(~mask, axis=1, stable=True)
    symbols = jnp.where(mask, symbols, BLANK)
    symbols = jnp.take_along_axis(symbols, order, 1).astype(jnp.int32)
    return symbols, mask.sum(1), order
