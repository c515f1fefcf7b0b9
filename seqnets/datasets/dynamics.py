"""Generated series: NARMA10, which inputs drive, and Mackey-Glass, a chaotic one."""

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets import series
from seqnets.datasets.dataset import Dataset
from seqnets.datasets.series_csv import Series

ORDER = 10
NARMA_STEPS, NARMA_HELD_OUT = 14_000, 2_000
GLASS_STEPS, GLASS_HELD_OUT = 5_000, 1_000
WASHED_OUT = 500  # First steps, which depend on the start, are not kept.


def read_narma(place: Place, *, seed: int = 0) -> Dataset:
    """Generates NARMA10, of which the last 2,000 steps test and 2,000 validate.

    The output is to be computed from the inputs alone (Atiya & Parlos, 2000; the usual
    task of reservoirs), or from its past as well; see `narma`.

    Args:
      seed: of the inputs.
    """

    def read() -> Series:
        values, inputs = narma(NARMA_STEPS + WASHED_OUT, np.random.default_rng(seed))
        values, inputs = values[WASHED_OUT:], inputs[WASHED_OUT:, None]
        known = np.ones(len(values), bool)
        return Series(values, known, inputs, (), "y", ("u",))

    return series.dataset(read, place.name, NARMA_HELD_OUT, NARMA_HELD_OUT)


def narma(steps: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draws a nonlinear autoregressive moving average of order 10.

    y_{t+1} = .3 y_t + .05 y_t Σ_{i=0}^{9} y_{t-i} + 1.5 u_{t-9} u_t + .1,
    u_t ~ U(0, .5)  (Atiya & Parlos, 2000)

    Some inputs make y diverge; they are drawn again.

    Args:
      steps: N.
      rng: draws the inputs.

    Returns:
      y [N] and u [N], float64; y begins with zeros.
    """
    while True:
        u = rng.uniform(0, 0.5, steps).tolist()
        y = [0.0] * ORDER
        for t in range(ORDER - 1, steps - 1):
            past, product = sum(y[-ORDER:]), u[t - ORDER + 1] * u[t]
            y.append(0.3 * y[t] + 0.05 * y[t] * past + 1.5 * product + 0.1)
            if y[-1] > 2:
                break
        else:
            return np.array(y), np.array(u)


def read_mackey_glass(place: Place, *, seed: int = 0) -> Dataset:
    """Generates Mackey-Glass, τ = 17, at whole times; as `read_narma` it is split.

    Args:
      seed: of the start.
    """

    def read() -> Series:
        values = mackey_glass(GLASS_STEPS + WASHED_OUT, np.random.default_rng(seed))
        values = values[WASHED_OUT:]
        none = np.zeros((len(values), 0))
        return Series(values, np.ones(len(values), bool), none, (), "x")

    return series.dataset(read, place.name, GLASS_HELD_OUT, GLASS_HELD_OUT)


def mackey_glass(
    steps: int, rng: np.random.Generator, *, delay: int = 17, parts: int = 10
) -> np.ndarray:
    """Integrates the Mackey-Glass equation, by Runge and Kutta's fourth order.

    dx/dt = .2 x(t - τ) / (1 + x(t - τ)^10) - .1 x(t)  (Mackey & Glass, 1977)

    Args:
      steps: N, whole units of time.
      rng: draws the start, 1.2 and a little noise.
      delay: τ.
      parts: steps of the integration in a unit of time.

    Returns:
      x at times 0 to N - 1, float64 [N].
    """
    h, lag = 1 / parts, delay * parts
    # A list: its numbers are read one by one.
    x = [1.2 + 0.1 * float(rng.standard_normal())] * (lag + 1)

    def slope(now: float, delayed: float) -> float:
        return 0.2 * delayed / (1 + delayed**10) - 0.1 * now

    for t in range(lag, lag + steps * parts - 1):
        before, after = x[t - lag], x[t - lag + 1]
        between = (before + after) / 2
        k1 = slope(x[t], before)
        k2 = slope(x[t] + h / 2 * k1, between)
        k3 = slope(x[t] + h / 2 * k2, between)
        k4 = slope(x[t] + h * k3, after)
        x.append(x[t] + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    return np.array(x[lag::parts][:steps])
