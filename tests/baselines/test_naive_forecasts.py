"""Forecasts without a model."""

import numpy as np

from seqnets.baselines.naive_forecasts import forecasts


def test_each_way_of_a_series_with_a_season():
    values = np.arange(20.0)
    found = forecasts(values, np.array([2, 9]), 6, season=4, train=5)
    assert found["last value"].tolist() == [[2.0] * 6, [9.0] * 6]
    assert (found["mean"] == 2).all()
    # Steps 10 to 15, from what is known to 9; before the first season, the last value.
    assert found["a season ago"][1].tolist() == [6, 7, 8, 9, 6, 7]
    assert found["a season ago"][0].tolist() == [2, 0, 1, 2, 2, 0]


def test_nothing_after_an_origin_is_seen():
    values, origins = np.arange(20.0), np.array([7, 11])
    for row, origin in enumerate(origins):
        other = values.copy()
        other[origin + 1 :] = 99
        ours = forecasts(values, origins, 5, season=3, train=6)
        theirs = forecasts(other, origins, 5, season=3, train=6)
        for way, own in ours.items():
            np.testing.assert_array_equal(own[row], theirs[way][row])


def test_a_series_without_a_season_has_no_such_forecast():
    found = forecasts(np.arange(9.0), np.array([4]), 2, season=1, train=5)
    assert set(found) == {"last value", "mean"}
