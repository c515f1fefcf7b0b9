"""Losses over sequences, as the sum over real steps and their count.

A mean over a batch, a split or an epoch is the ratio of two sums of such pairs, and
does not depend on how examples were batched. What is masked, NaN and infinity included,
changes neither a sum nor a gradient. A target that cannot be, such as a label outside
0 ... K-1, has probability 0 under any model: where it counts, the loss is infinite, and
has no gradient. Nothing is broadcast: targets or a mask of another shape are a
ValueError.
"""

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.linear import memory_dtype


def cross_entropy(
    logits: Array,
    targets: Array,
    mask: Array | None = None,
    *,
    smoothing: float = 0.0,
) -> tuple[Array, Array]:
    """Sums -log p of the targets over real steps (001 eq 6, 22).

    L = -Σ (1 - ε) log p_target + ε/K Σ_k log p_k,  p = softmax(logits),
    with label smoothing ε (Szegedy et al., 2016).

    Args:
      logits: scores [..., K].
      targets: classes [...], integers; one outside 0 ... K-1 makes the sum infinite.
      mask: [...] bool, True where a target counts; everywhere by default.
      smoothing: ε in [0, 1), the share of the target that all classes have in equal
        parts; a logit of -inf then makes the sum infinite.

    Returns:
      The sum in nats, float32 or wider, and the number of targets, float32.
    """
    logits = _zero_masked(logits, mask)
    wide = memory_dtype(logits.dtype)
    log_z = jax.nn.logsumexp(logits.astype(wide), -1)
    own, there = _own(logits, targets)
    if smoothing:
        own = (1.0 - smoothing) * own + smoothing * logits.mean(-1, dtype=wide)
    return total(jnp.where(there, log_z - own, jnp.inf), mask)


def binary_cross_entropy(
    logits: Array, targets: Array, mask: Array | None = None
) -> tuple[Array, Array]:
    """Sums the losses of independent yes-no decisions (002).

    L = -Σ y log σ(z) + (1 - y) log (1 - σ(z))

    Args:
      logits: scores z [...].
      targets: y [...]; one outside [0, 1] makes the sum infinite.
      mask: [...] bool, True where a decision counts; everywhere by default.

    Returns:
      The sum in nats, float32 or wider, and the number of decisions, float32.
    """
    z, y, there = _decisions(logits, targets, mask)
    return total(jnp.where(there, jnp.logaddexp(0.0, z) - y * z, jnp.inf), mask)


def perceptron(
    scores: Array, targets: Array, mask: Array | None = None
) -> tuple[Array, Array]:
    """Sums how far the highest score is above the target's (Rosenblatt, 1958).

    L = Σ max_j z_j - z_y

    Its gradient is zero where the target has the highest score, so that one step of
    gradient descent with rate 1 on one example is the perceptron rule.

    Args:
      scores: z [..., K].
      targets: classes y [...], integers; one outside 0 ... K-1 makes the sum infinite.
      mask: [...] bool, True where a target counts; everywhere by default.

    Returns:
      The sum, float32 or wider, and the number of targets, float32.
    """
    scores = _zero_masked(scores, mask)
    own, there = _own(scores, targets)
    above = (scores.max(-1) - own).astype(memory_dtype(scores.dtype))
    return total(jnp.where(there, above, jnp.inf), mask)


def binary_perceptron(
    scores: Array, targets: Array, mask: Array | None = None
) -> tuple[Array, Array]:
    """Sums how far scores are on the wrong side of zero (Rosenblatt, 1958).

    L = Σ (ŷ - y) z,  ŷ = 1 if z > 0 else 0

    `perceptron` of the scores (0, z) of two classes. Descending it one example at a
    time is the perceptron rule w ← w + η (y - ŷ) x.

    Args:
      scores: z [...].
      targets: y [...], 0 or 1; one outside [0, 1] makes the sum infinite.
      mask: [...] bool, True where a target counts; everywhere by default.

    Returns:
      The sum, float32 or wider, and the number of targets, float32.
    """
    z, y, there = _decisions(scores, targets, mask)
    predicted = (z > 0).astype(z.dtype)
    return total(jnp.where(there, (predicted - y) * z, jnp.inf), mask)


def squared_error(
    predictions: Array, targets: Array, mask: Array | None = None
) -> tuple[Array, Array]:
    """Sums the squares of errors: L = Σ (ŷ - y)².

    Args:
      predictions: ŷ [...].
      targets: y [...].
      mask: [...] bool, True where a prediction counts; everywhere by default.

    Returns:
      The sum, float32 or wider, and the number of predictions, float32.
    """
    _require_shape("targets", targets, predictions.shape)
    predictions = predictions.astype(memory_dtype(predictions.dtype))
    errors = predictions - targets
    if mask is not None:
        errors = jnp.where(mask, errors, 0.0)
    return total(errors**2, mask)


def mean(total: Array, count: Array) -> Array:
    """Returns sum / count, and zero where the count is zero.

    Args:
      total, count: as the losses return them.
    """
    return total / jnp.maximum(count, 1.0)


def total(values: Array, mask: Array | None = None) -> tuple[Array, Array]:
    """Sums values where `mask` is True.

    Args:
      values: [...]; those at masked places do not matter, and get a gradient of zero.
        A function that computes them gives NaN for it where its own derivative is not
        finite: mask what goes into it as well, as the losses above do.
      mask: [...] bool; everywhere by default.

    Returns:
      The sum, float32 or wider, and the count, float32.
    """
    values = jnp.asarray(values)
    count = jnp.float32(values.size)
    if mask is not None:
        _require_shape("mask", mask, values.shape)
        values, count = jnp.where(mask, values, 0), mask.sum(dtype=jnp.float32)
    return values.sum(dtype=memory_dtype(values.dtype)), count


def _require_shape(name: str, array: Array, shape: tuple[int, ...]) -> None:
    """Refuses what would be broadcast: its sum and its count would be of others."""
    if jnp.shape(array) != shape:
        raise ValueError(f"{name} must have shape {shape}, not {jnp.shape(array)}")


def _zero_masked(scores: Array, mask: Array | None) -> Array:
    """Returns scores [..., K], zero where masked: NaN times zero would be NaN."""
    if mask is None:
        return scores
    _require_shape("mask", mask, scores.shape[:-1])
    return jnp.where(mask[..., None], scores, 0.0)


def _own(scores: Array, targets: Array) -> tuple[Array, Array]:
    """Returns the score [...] of each target, and which targets there are."""
    _require_shape("targets", targets, scores.shape[:-1])
    own = jnp.take_along_axis(scores, targets[..., None], -1, mode="clip")[..., 0]
    return own, (targets >= 0) & (targets < scores.shape[-1])


def _decisions(
    scores: Array, targets: Array, mask: Array | None
) -> tuple[Array, Array, Array]:
    """Returns z and y, zero where masked, and which y are in [0, 1]."""
    _require_shape("targets", targets, scores.shape)
    z, y = scores.astype(memory_dtype(scores.dtype)), targets
    if mask is not None:
        z, y = jnp.where(mask, z, 0.0), jnp.where(mask, y, 0)
    there = (y >= 0) & (y <= 1)
    return z, jnp.where(there, y, 0), there
