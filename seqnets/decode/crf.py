"""Linear-chain conditional random fields (Lafferty et al., 2001).

A sequence of tags y_1 ... y_T scores

    s(y) = start[y_1] + Σ_t emission_t[y_t] + Σ_t transition[y_{t-1}, y_t] + stop[y_T]
    log p(y) = s(y) - log Z,   Z = Σ_y exp s(y)

over its real steps, those where `mask` is True; padding may stand anywhere and hold any
value, NaN included. All functions take emissions [B, T, K], compute in float32 or
wider, and can be jitted and differentiated. A row without a real step has one sequence,
the empty one, which scores zero. A real tag below 0 or from K on is forbidden.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.linear import memory_dtype
from seqnets.varying import vary

# Instead of -∞, whose sums and gradients would be NaN.
FORBIDDEN = -1e30


class CRFParams(NamedTuple):
    transition: Array  # [K, K], from a row's tag to a column's.
    start: Array  # [K]
    stop: Array  # [K]


def init(classes: int) -> CRFParams:
    """Returns scores of zero, under which tags are independent of each other."""
    row = jnp.zeros(classes)
    return CRFParams(jnp.zeros((classes, classes)), row, row)


def constrain(params: CRFParams, allowed: CRFParams) -> CRFParams:
    """Forbids the transitions that a tagging scheme does not allow.

    Args:
      params: scores; forbidden ones become `FORBIDDEN` and get no gradient.
      allowed: the same shapes, bool.
    """
    return jax.tree.map(lambda p, a: jnp.where(a, p, FORBIDDEN), params, allowed)


class _Steps(NamedTuple):
    """Where the real steps are, [B, T] each."""

    real: Array
    first: Array
    last: Array
    before: Array  # The place of the real step before, at real steps but the first.


def score(
    params: CRFParams, emissions: Array, tags: Array, mask: Array | None = None
) -> Array:
    """Returns s(y), float32 [B].

    Args:
      params: transition, start and stop scores.
      emissions: [B, T, K].
      tags: [B, T], integers; any where there is no step. With one outside 0 ... K-1
        the score is about `FORBIDDEN` or less, and finite.
      mask: [B, T] bool, True at real steps; everywhere by default.
    """
    emissions, steps = _read(emissions, mask)
    there = (tags >= 0) & (tags < emissions.shape[-1])
    tags = jnp.where(steps.real & there, tags, 0)
    own = jnp.take_along_axis(emissions, tags[..., None], -1)[..., 0]
    before = jnp.take_along_axis(tags, steps.before, 1)
    own += jnp.where(steps.first, params.start[tags], params.transition[before, tags])
    own += jnp.where(steps.last, params.stop[tags], 0.0)
    return jnp.where(steps.real, jnp.where(there, own, FORBIDDEN), 0.0).sum(1)


def log_partition(
    params: CRFParams,
    emissions: Array,
    mask: Array | None = None,
    *,
    parallel: bool = False,
) -> Array:
    """Returns log Z, float32 [B].

    α_1 = start + emission_1,   α_t[j] = logsumexp_i(α_{t-1}[i] + transition[i, j])
    + emission_t[j],   log Z = logsumexp_j(α_T[j] + stop[j])

    Args:
      params, emissions, mask: as in `score`.
      parallel: whether steps are multiplied as matrices of log-sum-exp, in O(log T)
        rounds of K³ operations a step instead of T rounds of K²; for long sequences on
        an accelerator.
    """
    emissions, steps = _read(emissions, mask)
    if not emissions.shape[1]:
        return jnp.zeros(len(emissions), emissions.dtype)
    alpha = (_multiply if parallel else _recur)(params, emissions, steps)
    log_z = jax.nn.logsumexp(alpha + params.stop, -1)
    return jnp.where(steps.real.any(1), log_z, 0.0)


def log_likelihood(
    params: CRFParams,
    emissions: Array,
    tags: Array,
    mask: Array | None = None,
    *,
    parallel: bool = False,
) -> Array:
    """Returns log p(y) = s(y) - log Z, float32 [B]; arguments as above.

    Of a sequence that is forbidden it is about `FORBIDDEN` or less, and finite.
    """
    log_z = log_partition(params, emissions, mask, parallel=parallel)
    return score(params, emissions, tags, mask) - log_z


def marginals(params: CRFParams, emissions: Array, mask: Array | None = None) -> Array:
    """Returns p(y_t = k), float32 [B, T, K], zero where there is no step.

    p(y_t = k) = ∂ log Z / ∂ emission_t[k]: the backward pass of the recursion is the
    backward recursion.
    """
    emissions = emissions.astype(memory_dtype(emissions.dtype))
    return jax.grad(lambda e: log_partition(params, e, mask).sum())(emissions)


def viterbi(
    params: CRFParams, emissions: Array, mask: Array | None = None
) -> tuple[Array, Array]:
    """Returns the best tags, int32 [B, T], and their score [B] (Viterbi, 1967).

    Arguments as in `score`. Where there is no step, the tag is 0.
    """
    tags, scores = n_best(params, emissions, mask, n=1)
    return tags[:, 0], scores[:, 0]


def n_best(
    params: CRFParams, emissions: Array, mask: Array | None = None, *, n: int
) -> tuple[Array, Array]:
    """Returns the n best sequences, best first.

    δ_t[j] holds the n best scores of paths that end in tag j at step t; each extends
    one of the best paths of step t - 1.

    Args:
      params, emissions, mask: as in `score`.
      n: how many; where there are fewer, and for forbidden ones, the score is about
        `FORBIDDEN` or less.

    Returns:
      Tags, int32 [B, n, T], 0 where there is no step, and their scores [B, n].

    Raises:
      ValueError: for n below 1.
    """
    if n < 1:
        raise ValueError(f"n must be 1 or more, not {n}")
    emissions, steps = _read(emissions, mask)
    batch_size, _, classes = emissions.shape
    # A path is indexed by rank · K + tag.
    others = jnp.full((batch_size, n - 1, classes), FORBIDDEN, emissions.dtype)

    def step(delta, inputs):
        e, real, first = inputs
        paths = delta[..., None] + params.transition  # [B, n, K, K]
        paths = paths.reshape(batch_size, n * classes, classes)
        best, back_pointers = _largest(paths, n)  # [B, n, K]
        begun = jnp.broadcast_to(params.start, e.shape)[:, None]
        begun = jnp.concatenate([begun, others], 1)
        best = jnp.where(first[:, None, None], begun, best) + e[:, None]
        return jnp.where(real[:, None, None], best, delta), back_pointers

    delta = jnp.zeros((batch_size, n, classes), emissions.dtype)
    delta = vary(delta, (params, emissions, steps))
    inputs = emissions.swapaxes(0, 1), steps.real.T, steps.first.T
    delta, back_pointers = jax.lax.scan(step, delta, inputs)
    ends = (delta + params.stop).reshape(batch_size, n * classes, 1)
    scores, paths = _largest(ends, n)

    def back(path, inputs):
        back_pointers, moves = inputs
        flat = back_pointers.reshape(batch_size, n * classes)
        before = jnp.take_along_axis(flat, path, 1)
        return jnp.where(moves[:, None], before, path), path % classes

    inputs = back_pointers, (steps.real & ~steps.first).T
    _, tags = jax.lax.scan(back, paths[..., 0], inputs, reverse=True)
    tags = jnp.where(steps.real[:, None], jnp.moveaxis(tags, 0, 2), 0)
    some = steps.real.any(1, keepdims=True)
    empty = jnp.where(jnp.arange(n) == 0, 0.0, FORBIDDEN)
    return tags.astype(jnp.int32), jnp.where(some, scores[..., 0], empty)


def _read(emissions: Array, mask: Array | None) -> tuple[Array, _Steps]:
    """Returns emissions, zero at padding, in float32 or wider, and the steps."""
    shape = emissions.shape[:2]
    mask = jnp.ones(shape, bool) if mask is None else jnp.asarray(mask)
    places = jnp.where(mask, jnp.arange(shape[1]), -1)
    upto = jax.lax.cummax(places, 1)
    before = jnp.pad(upto, ((0, 0), (1, 0)), constant_values=-1)[:, : shape[1]]
    steps = _Steps(
        real=mask,
        first=mask & (before < 0),
        last=mask & (places == places.max(1, keepdims=True, initial=-1)),
        before=jnp.maximum(before, 0),
    )
    emissions = emissions.astype(memory_dtype(emissions.dtype))
    return jnp.where(mask[..., None], emissions, 0.0), steps


def _recur(params: CRFParams, emissions: Array, steps: _Steps) -> Array:
    """Returns α after the last step, [B, K], one step after the other."""

    def step(alpha, inputs):
        e, real, first = inputs
        new = jax.nn.logsumexp(alpha[:, :, None] + params.transition, 1)
        new = jnp.where(first[:, None], params.start, new) + e
        return jnp.where(real[:, None], new, alpha), None

    inputs = emissions.swapaxes(0, 1), steps.real.T, steps.first.T
    alpha = jnp.zeros((len(emissions), emissions.shape[-1]), emissions.dtype)
    return jax.lax.scan(step, vary(alpha, (params, emissions, steps)), inputs)[0]


def _multiply(params: CRFParams, emissions: Array, steps: _Steps) -> Array:
    """Returns the same as `_recur`, by pairwise products in O(log T) rounds."""
    classes = emissions.shape[-1]
    identity = jnp.where(jnp.eye(classes, dtype=bool), 0.0, FORBIDDEN)
    # The first step does not depend on the tag before it.
    scores = jnp.where(steps.first[..., None, None], params.start, params.transition)
    factors = scores + emissions[:, :, None]
    factors = jnp.where(steps.real[..., None, None], factors, identity)
    while factors.shape[1] > 1:
        odd = factors.shape[1] % 2
        rest = jnp.broadcast_to(identity, (len(factors), odd, classes, classes))
        factors = jnp.concatenate([factors, rest], 1)
        left, right = factors[:, ::2], factors[:, 1::2]
        factors = jax.nn.logsumexp(left[..., None] + right[..., None, :, :], -2)
    return factors[:, 0, 0]


def _largest(paths: Array, n: int) -> tuple[Array, Array]:
    """Returns the n largest of each column of [B, N, K], and their places [B, n, K]."""
    if n == 1:
        return paths.max(1, keepdims=True), paths.argmax(1, keepdims=True)
    # Where there are fewer, the last is repeated with a forbidden score.
    missing = max(0, n - paths.shape[1])
    paths = jnp.pad(paths, ((0, 0), (0, missing), (0, 0)), constant_values=FORBIDDEN)
    best, places = jax.lax.top_k(paths.swapaxes(1, 2), n)
    places = jnp.minimum(places, paths.shape[1] - missing - 1)
    return best.swapaxes(1, 2), places.swapaxes(1, 2)
