"""Errors of forecasts, and of their intervals. NumPy, in the units of the series."""

import math

import numpy as np


def scores(
    forecasts: np.ndarray,
    values: np.ndarray,
    *,
    scale: float = math.nan,
    interval: tuple[np.ndarray, np.ndarray] | None = None,
) -> dict[str, float]:
    """Scores forecasts.

    rmse = √(1/N Σ (ŷ - y)²),  mae = 1/N Σ |ŷ - y|,  nmse = Σ (ŷ - y)² / Σ (y - ȳ)²,
    nrmse = √nmse,  mase = mae / scale  (Hyndman & Koehler, 2006)

    Args:
      forecasts: ŷ [...].
      values: y [...], as many; at least one.
      scale: see `naive_scale`; without one, or where it is zero, there is no mase.
      interval: low and high ends, [...] each.

    Returns:
      The scores by name, with the "coverage" of the intervals, the share of values
      within them. What is undefined is left out: nmse and nrmse where all values are
      the same.
    """
    errors = (forecasts - values).ravel()
    square = float(np.mean(errors**2))
    found = {"rmse": math.sqrt(square), "mae": float(np.mean(np.abs(errors)))}
    if scale > 0:
        found["mase"] = found["mae"] / scale
    variance = float(np.var(values))
    if variance > 0:
        found["nmse"] = square / variance
        found["nrmse"] = math.sqrt(found["nmse"])
    if interval is not None:
        low, high = interval
        found["coverage"] = float(np.mean((low <= values) & (values <= high)))
    return found


def naive_scale(train: np.ndarray, season: int = 1) -> float:
    """Returns the error of the value a season ago: 1/(N-m) Σ_{t>m} |y_t - y_{t-m}|.

    Args:
      train: y of the training steps, [N].
      season: m; 1 for the value before.

    Returns:
      The mean; NaN where there are no more than m values.
    """
    if len(train) <= season:
        return math.nan
    return float(np.mean(np.abs(train[season:] - train[:-season])))
