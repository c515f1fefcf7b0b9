"""Autoregression: AR(K) by least squares or maximum likelihood, and the choice of K.

y_t = w_0 + Σ_{k=1}^{K} w_k y_{t-k} + Σ_j v_j x_{tj} + ε_t,  ε_t ~ N(0, σ²)  (004)

Inputs x from outside are there with least squares only.
"""

from typing import NamedTuple

import numpy as np
from scipy import optimize

METHODS = ("least_squares", "likelihood")
CRITERIA = ("aic", "bic")


class Autoregression(NamedTuple):
    """The coefficients of AR(K)."""

    constant: float  # w_0
    weights: np.ndarray  # w_1 ... w_K, [K]
    input_weights: np.ndarray  # v, [M]
    variance: float  # σ²

    def next(self, past: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        """Returns the mean of the next value.

        Args:
          past: the last K values, the latest first, [..., K].
          inputs: [..., M].

        Returns:
          [...].
        """
        return self.constant + past @ self.weights + inputs @ self.input_weights

    def follow(
        self, past: np.ndarray, inputs: np.ndarray, deviates: np.ndarray
    ) -> np.ndarray:
        """Goes on from the last values: ŷ = mean + σ n is the last value of the next.

        Args:
          past: [B, K], the latest first.
          inputs: of the steps ahead, [B, H, M].
          deviates: n [B, H]; zeros give the forecast, standard normal ones a path.

        Returns:
          [B, H].
        """
        found, deviation = np.empty(deviates.shape), np.sqrt(self.variance)
        for h in range(deviates.shape[1]):
            value = self.next(past, inputs[:, h]) + deviation * deviates[:, h]
            found[:, h] = value
            past = np.concatenate([value[:, None], past], 1)[:, : past.shape[1]]
        return found


def least_squares(
    values: np.ndarray,
    lags: int,
    *,
    inputs: np.ndarray | None = None,
    hold_back: int | None = None,
    counted: np.ndarray | None = None,
) -> tuple[Autoregression, float, int]:
    """Fits AR(K) to a series by least squares, given its first K values.

    Args:
      values: y [N].
      lags: K.
      inputs: x [N, M]; none by default.
      hold_back: the first steps that are given rather than explained, at least K; more
        than K where orders are compared on the same steps.
      counted: bool [N], the steps that are explained, besides the first ones; all by
        default.

    Returns:
      The coefficients, with σ² = Σ e²/n; ln p of the steps given those before; and how
      many steps n there are.

    Raises:
      ValueError: there are not more steps than coefficients.
    """
    inputs = np.zeros((len(values), 0)) if inputs is None else inputs
    first = lags if hold_back is None else hold_back
    steps = np.arange(first, len(values))
    if counted is not None:
        steps = steps[counted[first:]]
    size = 1 + lags + inputs.shape[1]
    if len(steps) <= size:
        raise ValueError(
            f"AR({lags}) has {size} coefficients, more than {len(steps)} steps can"
            " tell: lower the lags, or give a longer series"
        )
    columns = [values[steps - k] for k in range(1, lags + 1)]
    design = np.stack([np.ones(len(steps)), *columns, *inputs[steps].T], 1)
    weights, *_ = np.linalg.lstsq(design, values[steps], rcond=None)
    variance = float(np.mean((values[steps] - design @ weights) ** 2))
    parts = float(weights[0]), weights[1 : 1 + lags], weights[1 + lags :]
    found = Autoregression(*parts, variance)
    return found, _log_likelihood(len(steps), variance), len(steps)


def likelihood(values: np.ndarray, lags: int) -> tuple[Autoregression, float, int]:
    """Fits a stationary AR(K) by the likelihood of all values (Box & Jenkins, 1970).

    ln p(y) = -n/2 ln 2πσ² + 1/2 Σ_k k ln(1 - r_k²) - S / 2σ²,
    S = Σ_{ij} a_i a_j Σ_t (y_{t+i} - μ)(y_{t+j} - μ),  a = (1, -w_1, ..., -w_K),

    where the inner sum has t = 0 ... n-1-i-j, and r_k are the partial correlations,
    whose tanh⁻¹ are free: so every model on the way is stationary (Monahan, 1984).

    Args:
      values: y [N].
      lags: K.

    Returns:
      As `least_squares`; n is N.

    Raises:
      ValueError: there are not more values than coefficients, or all are the same.
    """
    if len(values) <= 2 * lags + 1:
        raise ValueError(
            f"the likelihood of AR({lags}) needs more than {2 * lags + 1} values, not"
            f" {len(values)}"
        )
    center, spread = values.mean(), values.std()
    if not spread:
        raise ValueError("the likelihood of a constant series has no maximum")
    y = (values - center) / spread
    found = _ascend(y, _start(y, lags))
    mean, square, correlations = found[0], _square(y, found)[0], np.tanh(found[1:])
    weights, _ = _weights(correlations)
    variance = float(square / len(y) * spread**2)
    orders = np.arange(1, lags + 1)
    known = 0.5 * float(orders @ np.log1p(-(correlations**2)))
    constant = float((center + spread * mean) * (1 - weights.sum()))
    model = Autoregression(constant, weights, np.zeros(0), variance)
    return model, _log_likelihood(len(y), variance) + known, len(y)


def choose(
    values: np.ndarray,
    most: int,
    *,
    by: str = "aic",
    method: str = "least_squares",
    inputs: np.ndarray | None = None,
    counted: np.ndarray | None = None,
) -> dict[int, float]:
    """Returns the criterion of every order K = 1 ... `most`; the lowest is the best.

    aic = -2 ln p + 2 m,  bic = -2 ln p + m ln n,

    with m parameters: the coefficients, and σ². By least squares all orders explain
    the same steps, those after the first `most`.

    Args:
      values: y [N].
      most: the highest order.
      by: "aic" (Akaike, 1974) or "bic" (Schwarz, 1978).
      method: one of `METHODS`.
      inputs, counted: as for `least_squares`.

    Raises:
      ValueError: as the method.
    """
    found = {}
    for lags in range(1, most + 1):
        if method == "likelihood":
            _, log_p, steps = likelihood(values, lags)
        else:
            _, log_p, steps = least_squares(
                values, lags, inputs=inputs, hold_back=most, counted=counted
            )
        size = 2 + lags + (0 if inputs is None else inputs.shape[1])
        found[lags] = -2 * log_p + size * (2 if by == "aic" else np.log(steps))
    return {lags: float(value) for lags, value in found.items()}


def _log_likelihood(steps: int, variance: float) -> float:
    """Returns ln p of Gaussian errors at the variance that is the most probable."""
    variance = max(variance, np.finfo(float).tiny)  # Of a series without errors.
    return -0.5 * steps * (np.log(2 * np.pi * variance) + 1)


def _start(y: np.ndarray, lags: int) -> np.ndarray:
    """Returns the mean and tanh⁻¹ of the partial correlations of Yule and Walker."""
    covariances = [y[: len(y) - k] @ y[k:] / len(y) for k in range(lags + 1)]
    weights, error, found = np.zeros(0), covariances[0], []
    for k in range(1, lags + 1):
        rest = covariances[k] - weights @ np.array(covariances[k - 1 : 0 : -1])
        r = np.clip(rest / error, -0.999, 0.999)
        weights = np.append(weights - r * weights[::-1], r)
        error *= 1 - r**2
        found.append(r)
    return np.concatenate([[0.0], np.arctanh(found)])


def _weights(correlations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns w [K] of partial correlations r [K], and dw/dr [K, K] (Durbin, 1960)."""
    weights, slopes = np.zeros(0), np.zeros((0, len(correlations)))
    for k, r in enumerate(correlations):
        new = np.zeros((1, len(correlations)))
        new[0, k] = 1.0
        slopes = np.concatenate(
            [slopes - r * slopes[::-1] - weights[::-1, None] * new, new]
        )
        weights = np.append(weights - r * weights[::-1], r)
    return weights, slopes


def _square(y: np.ndarray, point: np.ndarray) -> tuple[float, np.ndarray]:
    """Returns S, and its slopes in the mean and in tanh⁻¹ of the correlations."""
    centred, size = y - point[0], len(y)
    correlations = np.tanh(point[1:])
    weights, slopes = _weights(correlations)
    order = len(weights)
    a = np.concatenate([[1.0], -weights])
    products, sums = np.empty((2, order + 1, order + 1))
    for i, j in np.ndindex(products.shape):
        first, second = centred[i : size - j], centred[j : size - i]
        products[i, j] = first @ second
        sums[i, j] = first.sum() + second.sum()
    of_weights = -2 * (products @ a)[1:]
    of_points = (of_weights @ slopes) * (1 - correlations**2)
    return a @ products @ a, np.concatenate([[-(a @ sums @ a)], of_points])


def _ascend(y: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Returns the most probable mean and correlations, the latter as tanh⁻¹."""
    size, orders = len(y), np.arange(1, len(start))

    def objective(point: np.ndarray) -> tuple[float, np.ndarray]:
        square, slopes = _square(y, point)
        r = np.tanh(point[1:])
        value = size * np.log(square) - orders @ np.log1p(-(r**2))
        slopes = size * slopes / square
        slopes[1:] += 2 * orders * r  # d/dx -ln(1 - tanh² x) = 2 tanh x
        return value, slopes

    found = optimize.minimize(
        objective, start, jac=True, method="BFGS", options={"gtol": 1e-9}
    )
    return found.x
