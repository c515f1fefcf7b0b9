"""Autoregression against statsmodels, brute force, and its own law of forecasts."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import linalg, stats

from seqnets.baselines import autoregression

CASES = json.loads(
    (Path(__file__).parents[1] / "fixtures" / "autoregression.json").read_text()
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["order"]))
def test_both_methods_find_what_statsmodels_finds(case):
    y, order = np.array(case["values"]), case["order"]
    found, log_p, _ = autoregression.least_squares(y, order)
    expected = case["least_squares"]
    ours = [found.constant, *found.weights, found.variance]
    np.testing.assert_allclose(ours, expected, rtol=1e-9)
    np.testing.assert_allclose(log_p, case["log_p"]["least_squares"], rtol=1e-9)
    found, log_p, _ = autoregression.likelihood(y, order)
    mean = found.constant / (1 - found.weights.sum())
    ours = [mean, *found.weights, found.variance]
    np.testing.assert_allclose(ours, case["likelihood"], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(log_p, case["log_p"]["likelihood"], rtol=1e-9)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["order"]))
@pytest.mark.parametrize("by", autoregression.CRITERIA)
def test_the_order_chosen_is_that_of_statsmodels(case, by):
    found = autoregression.choose(np.array(case["values"]), 8, by=by)
    assert min(found, key=found.get) == case["chosen"][by]


def test_the_likelihood_is_that_of_a_gaussian_of_all_values_and_the_greatest():
    y = np.array(CASES[1]["values"])[:30]
    found, log_p, _ = autoregression.likelihood(y, 2)

    def log_density(weights, mean, variance):
        return stats.multivariate_normal.logpdf(
            y, np.full(len(y), mean), covariance(weights, variance, len(y))
        )

    mean = found.constant / (1 - found.weights.sum())
    best = found.weights, mean, found.variance
    np.testing.assert_allclose(log_density(*best), log_p, rtol=1e-8)
    for weights in (found.weights + [0.02, 0], found.weights - [0, 0.02]):
        assert log_density(weights, mean, found.variance) < log_p
    assert log_density(found.weights, mean + 0.1, found.variance) < log_p
    assert log_density(found.weights, mean, 1.1 * found.variance) < log_p


def covariance(weights, variance, size):
    """Σ of AR(2), by the sum of what earlier errors are still worth."""
    worth = [1.0, weights[0]]
    for _ in range(600):
        worth.append(weights @ worth[-1:-3:-1])
    worth = np.array(worth)
    lags = [worth[: len(worth) - k] @ worth[k:] for k in range(size)]
    return variance * linalg.toeplitz(lags)


def test_a_likely_model_is_stationary_where_least_squares_need_not_be():
    y = np.cumsum(np.ones(40)) + np.random.default_rng(0).normal(size=40)
    found, _, _ = autoregression.likelihood(y, 1)
    assert abs(found.weights[0]) < 1


def test_inputs_from_outside_are_explained():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(80, 2)), np.zeros(80)
    for t in range(1, 80):
        y[t] = 1 + 0.5 * y[t - 1] + x[t] @ [2, -1]
    found, _, _ = autoregression.least_squares(y, 1, inputs=x)
    np.testing.assert_allclose([found.constant, *found.weights], [1, 0.5], atol=1e-9)
    np.testing.assert_allclose(found.input_weights, [2, -1], atol=1e-9)


def test_steps_that_are_not_counted_are_not_explained():
    y = np.array(CASES[1]["values"])
    other, counted = y.copy(), np.ones(len(y), bool)
    counted[60:63] = False  # A change at 60 is read by the two steps after it.
    other[60] += 50
    ours, theirs = (
        autoregression.least_squares(v, 2, counted=counted)[0] for v in (y, other)
    )
    np.testing.assert_array_equal(ours.weights, theirs.weights)


def test_going_on_is_going_one_step_many_times():
    model = autoregression.Autoregression(
        1.0, np.array([0.5, -0.2]), np.array([2.0]), 4.0
    )
    past, inputs = np.array([[3.0, 1.0]]), np.array([[[0.0], [1.0]]])
    found = model.follow(past, inputs, np.array([[0.0, 1.0]]))
    first = 1 + 0.5 * 3 - 0.2 * 1
    np.testing.assert_allclose(found, [[first, 1 + 0.5 * first - 0.2 * 3 + 2 + 2]])


def test_too_few_values_and_constant_ones_are_refused():
    with pytest.raises(ValueError, match=r"AR\(6\) has 7 coefficients, more than 4"):
        autoregression.least_squares(np.arange(10.0), 6)
    with pytest.raises(ValueError, match="needs more than 13 values"):
        autoregression.likelihood(np.arange(10.0), 6)
    with pytest.raises(ValueError, match="constant series"):
        autoregression.likelihood(np.ones(30), 1)
