"""Errors of forecasts are their definitions."""

import math

import numpy as np

from seqnets import forecast_errors


def test_scores_of_known_answers():
    values = np.array([[1.0, 3.0], [2.0, 6.0]])
    ends = values - np.array([[1, -1], [1, 0]]), values + 1
    found = forecast_errors.scores(values + 2, values, scale=4.0, interval=ends)
    variance = values.var()
    assert found == {
        "rmse": 2.0,
        "mae": 2.0,
        "mase": 0.5,
        "nmse": 4 / variance,
        "nrmse": math.sqrt(4 / variance),
        "coverage": 0.75,
    }


def test_what_is_undefined_is_left_out():
    found = forecast_errors.scores(np.ones(3), np.zeros(3), scale=0.0)
    assert found == {"rmse": 1.0, "mae": 1.0}


def test_the_mean_is_the_forecast_whose_nmse_is_one():
    values = np.random.default_rng(0).normal(size=40)
    found = forecast_errors.scores(np.full(40, values.mean()), values)
    assert math.isclose(found["nmse"], 1.0)


def test_a_season_ago_has_a_mase_of_one_in_training():
    values = np.random.default_rng(0).normal(size=40)
    scale = forecast_errors.naive_scale(values, 7)
    found = forecast_errors.scores(values[:-7], values[7:], scale=scale)
    assert math.isclose(found["mase"], 1.0)
    assert math.isnan(forecast_errors.naive_scale(values, 40))
