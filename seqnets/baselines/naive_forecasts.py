"""Forecasts without a model: the last value, that of a season ago, the mean."""

import numpy as np


def forecasts(
    values: np.ndarray, origins: np.ndarray, horizon: int, *, season: int, train: int
) -> dict[str, np.ndarray]:
    """Forecasts from some origins, from what is known there.

    Args:
      values: y [N].
      origins: the last known step of each forecast, [O].
      horizon: H, steps ahead.
      season: m, steps of a season; 1 where there is none.
      train: the steps of which the mean is taken.

    Returns:
      [O, H] each: "last value", y_o; "mean" of the training steps; and with a season
      "a season ago", the last known y_{o + h - jm}. An origin before the end of its
      first season has the last value in its place.
    """
    ahead = np.arange(1, horizon + 1)
    last = np.repeat(values[origins][:, None], horizon, 1)
    found = {"last value": last, "mean": np.full(last.shape, values[:train].mean())}
    if season > 1:
        seasons = -(-ahead // season)
        places = origins[:, None] + ahead - season * seasons
        found["a season ago"] = np.where(places < 0, last, values[places])
    return found
