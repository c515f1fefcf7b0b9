"""Mixture densities of pen points: where the pen goes next, and whether it lifts.

Bishop (1994): mixture density networks; Graves (2013): of pen offsets, with correlated
Gaussians and biased sampling; Ha & Eck (2017): a third state of the pen, which ends a
drawing. All is computed from logarithms, so that no density underflows.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets.linear import memory_dtype

DRAWS, LIFTS, ENDS = range(3)  # What the pen does after a point.
PENS = 3

MOST_CORRELATED = 0.998  # |ρ| stays below: 1 - ρ² is at least .004.
FARTHEST = 1e8  # Distance that counts: squares of larger ones overflow float32.


class Mixture(NamedTuple):
    """The density of the next point: M Gaussians in the plane, and the pen's states."""

    log_weights: Array  # [..., M], ln π
    means: Array  # [..., M, 2]
    log_scales: Array  # [..., M, 2], ln σ
    correlations: Array  # [..., M], ρ
    log_pens: Array  # [..., 3], ln p of `DRAWS`, `LIFTS`, `ENDS`


def width(components: int) -> int:
    """Returns how many outputs of a net describe a mixture of M components."""
    return PENS + 6 * components


def mixture(outputs: Array, *, least: float, bias: float = 0.0) -> Mixture:
    """Reads the parameters of a mixture from the outputs of a net.

    π = softmax(π̂ (1 + b)),  μ = μ̂,  ρ = .998 tanh ρ̂,  p(pen) = softmax(ê)
    ln σ = ln s + softplus(σ̂ - ln s) - b                             (Graves, 2013)

    where he has σ = exp(σ̂ - b): a deviation that has a least one, s, cannot collapse
    onto a single point, whose density would grow without bound.

    Args:
      outputs: [..., 3 + 6 M], in the order ê, π̂, μ̂, σ̂, ρ̂.
      least: s, above 0, in the units of the points.
      bias: b, 0 or more; the larger it is, the closer samples are to the most
        probable points.

    Returns:
      The mixture, float32 or wider.
    """
    outputs = outputs.astype(memory_dtype(outputs.dtype))
    count = (outputs.shape[-1] - PENS) // 6
    ends = [PENS, PENS + count, PENS + 3 * count, PENS + 5 * count]
    pens, weights, means, scales, correlations = jnp.split(outputs, ends, -1)
    pairs = (*outputs.shape[:-1], count, 2)
    floor = jnp.log(jnp.asarray(least, outputs.dtype))
    return Mixture(
        jax.nn.log_softmax(weights * (1.0 + bias)),
        means.reshape(pairs),
        (floor + jax.nn.softplus(scales - floor) - bias).reshape(pairs),
        MOST_CORRELATED * jnp.tanh(correlations),
        jax.nn.log_softmax(pens),
    )


def log_density(found: Mixture, offsets: Array) -> Array:
    """Computes the logarithm of the density of offsets.

    ln p(x) = ln Σ_m π_m N(x; μ_m, σ_m, ρ_m), where with z = (x - μ) / σ
    ln N = -ln 2π σ₁ σ₂ - ½ ln(1 - ρ²) - ½ ((z₁ - ρ z₂)² / (1 - ρ²) + z₂²)

    Args:
      found: leaves [..., M, ...].
      offsets: [..., 2].

    Returns:
      [...], in nats.
    """
    apart = jnp.clip(offsets[..., None, :] - found.means, -FARTHEST, FARTHEST)
    z = apart * jnp.exp(-found.log_scales)
    rho = found.correlations
    rest = (1.0 - rho) * (1.0 + rho)  # 1 - ρ², without cancellation.
    squares = (z[..., 0] - rho * z[..., 1]) ** 2 / rest + z[..., 1] ** 2
    log_normal = -(squares + jnp.log(rest)) / 2 - found.log_scales.sum(-1)
    return jax.nn.logsumexp(found.log_weights + log_normal, -1) - jnp.log(2 * jnp.pi)


def log_probability(found: Mixture, pens: Array) -> Array:
    """Returns ln p of what the pen does, for states [...] of `DRAWS` to `ENDS`."""
    return jnp.take_along_axis(found.log_pens, pens[..., None], -1)[..., 0]


def draw(key: Array, found: Mixture) -> tuple[Array, Array]:
    """Draws a point: x = μ + σ ⊙ (ε₁, ρ ε₁ + √(1 - ρ²) ε₂) of a random component.

    Args:
      key: random key.
      found: leaves [..., M, ...].

    Returns:
      Offsets [..., 2], and the states of the pen, int32 [...].
    """
    key_component, key_point, key_pen = jax.random.split(key, 3)
    chosen = jax.random.categorical(key_component, found.log_weights)[..., None]

    def take(a: Array) -> Array:
        index = chosen.reshape(*chosen.shape, *(1,) * (a.ndim - chosen.ndim))
        return jnp.take_along_axis(a, index, chosen.ndim - 1).squeeze(chosen.ndim - 1)

    mean, scale = take(found.means), jnp.exp(take(found.log_scales))
    rho = take(found.correlations)
    first, second = jnp.moveaxis(jax.random.normal(key_point, mean.shape), -1, 0)
    second = rho * first + jnp.sqrt((1.0 - rho) * (1.0 + rho)) * second
    pens = jax.random.categorical(key_pen, found.log_pens)
    return mean + scale * jnp.stack([first, second], -1), pens.astype(jnp.int32)
