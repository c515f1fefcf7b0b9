"""Heads: the distribution of a number that a net's outputs stand for.

A head is a frozen dataclass: `size` outputs o [..., size] describe a number y.
`loss(o, y, mask)` is the sum that is trained on and its count, and `at(o, n)` the value
whose quantile is Φ(n), n a standard normal deviate: at 0 the forecast, at ±1.645 the
ends of an interval of .9, and at a drawn n a sample.
"""

import dataclasses

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.stats import norm

from seqnets import losses
from seqnets.checks import require_choice
from seqnets.linear import memory_dtype

LEAST = 1e-3  # Deviation of a Gaussian, at the least.


@dataclasses.dataclass(frozen=True)
class Mean:
    """The mean alone, by least squares: L = Σ (y - o)². It has no intervals."""

    size: int = 1

    def loss(self, outputs: Array, targets: Array, mask: Array) -> tuple[Array, Array]:
        """Sums over steps where `mask` is True.

        Args:
          outputs: o [..., size].
          targets: y [...].
          mask: [...] bool.

        Returns:
          The sum, float32 or wider, and the number of targets, float32.
        """
        return losses.squared_error(outputs[..., 0], targets, mask)

    def at(self, outputs: Array, n: Array) -> Array:
        """Returns the value at the standard normal deviate `n`.

        Args:
          outputs: o [..., size].
          n: [...], or of a shape that can be broadcast to it.

        Returns:
          [...], float32 or wider.
        """
        return outputs[..., 0] + 0.0 * n


@dataclasses.dataclass(frozen=True)
class Gaussian:
    """A mean and a deviation, by likelihood (Nix & Weigend, 1994).

    y ~ N(μ, σ²),  μ = o_1,  σ = softplus(o_2) + .001
    L = Σ ln σ + (y - μ)² / 2σ² + ln(2π) / 2
    """

    size: int = 2

    def loss(self, outputs: Array, targets: Array, mask: Array) -> tuple[Array, Array]:
        """Sums -ln p(y), in nats; see `Mean.loss`."""
        mean, deviation = self._parts(outputs)
        # What is masked may be anything, and must have a gradient of zero.
        error = jnp.where(mask, targets - mean, 0.0)
        nats = 0.5 * (error / deviation) ** 2 + jnp.log(deviation)
        return losses.total(nats + 0.5 * jnp.log(2 * jnp.pi), mask)

    def at(self, outputs: Array, n: Array) -> Array:
        """Returns μ + σ n; see `Mean.at`."""
        mean, deviation = self._parts(outputs)
        return mean + deviation * n

    def _parts(self, outputs: Array) -> tuple[Array, Array]:
        wide = outputs.astype(memory_dtype(outputs.dtype))
        return wide[..., 0], jax.nn.softplus(wide[..., 1]) + LEAST


@dataclasses.dataclass(frozen=True)
class Quantiles:
    """Quantiles at some levels τ, by the pinball loss (Koenker & Bassett, 1978).

    L = Σ 1/Q Σ_τ max(τ e_τ, (τ - 1) e_τ),  e_τ = y - q_τ

    The lowest is o_1, and each step upwards the softplus of an output, so that they
    never cross. Between levels, and beyond the outer ones, the value goes straight with
    the normal deviate: so Gaussian quantiles are those of the Gaussian everywhere.

    Attributes:
      levels: τ, ascending in (0, 1); at least two.
    """

    levels: tuple[float, ...]

    def __post_init__(self):
        ascending = list(self.levels) == sorted(set(self.levels))
        inside = all(0 < level < 1 for level in self.levels)
        if not (ascending and inside and len(self.levels) > 1):
            raise ValueError(
                "quantiles must be two or more levels that ascend between 0 and 1, not"
                f" {self.levels}"
            )

    @property
    def size(self) -> int:
        return len(self.levels)

    def loss(self, outputs: Array, targets: Array, mask: Array) -> tuple[Array, Array]:
        """Sums the mean pinball loss of the levels; see `Mean.loss`."""
        error = jnp.where(mask, targets, 0.0)[..., None] - self._values(outputs)
        levels = jnp.array(self.levels, error.dtype)
        losses_of_levels = jnp.maximum(levels * error, (levels - 1) * error)
        return losses.total(losses_of_levels.mean(-1), mask)

    def at(self, outputs: Array, n: Array) -> Array:
        """Interpolates the quantiles, as functions of the deviate; see `Mean.at`."""
        values = self._values(outputs)
        places = norm.ppf(jnp.array(self.levels, values.dtype))  # [Q]
        n = jnp.asarray(n, values.dtype)[..., None]
        # Each segment's share of the way from the first place; the outer two go on.
        low, high = places[:-1], places[1:]
        low = low.at[0].set(-jnp.inf)
        high = high.at[-1].set(jnp.inf)
        gone = jnp.clip(n, low, high) - jnp.clip(places[0], low, high)
        slopes = jnp.diff(values) / jnp.diff(places)
        return values[..., 0] + (slopes * gone).sum(-1)

    def _values(self, outputs: Array) -> Array:
        wide = outputs.astype(memory_dtype(outputs.dtype))
        steps = jax.nn.softplus(wide[..., 1:])
        return jnp.cumsum(jnp.concatenate([wide[..., :1], steps], -1), -1)


Head = Mean | Gaussian | Quantiles
HEADS = ("mean", "gaussian", "quantiles")


def build(name: str, levels: tuple[float, ...]) -> Head:
    """Returns the head "mean", "gaussian", or "quantiles" at some levels.

    Raises:
      ValueError: for another name, or levels that do not ascend between 0 and 1.
    """
    require_choice("build", "head", name, HEADS)
    quantiles = Quantiles(tuple(levels))  # Intervals need them of any head.
    return {"mean": Mean(), "gaussian": Gaussian(), "quantiles": quantiles}[name]
