"""The backtest rolls through a stretch, and scores as what is written out here."""

import numpy as np
import pytest

from tests.tasks.toy_series import Weights, build, drawn, weights

LAST = Weights(np.array([1.0, 0.0]), 0.0)  # Forecasts the last value.


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    values = drawn()[0]
    values[53] = np.nan
    return build(tmp_path_factory.mktemp("series"), values)


def test_origins_roll_from_before_the_stretch_to_where_the_horizon_ends(task):
    at, *_, came = task.backtest(weights(task), "test", None)
    assert at.tolist() == [47, 48, 49, 50, 51, 52, 54, 55, 56]
    values = task.prepare("test").stretch.values
    expected = values[at[:, None] + np.arange(1, 4)]
    known = ~np.isnan(came)
    np.testing.assert_array_equal(came[known], expected[known])
    assert np.argwhere(~known).tolist() == [[3, 2], [4, 1], [5, 0]]


@pytest.mark.parametrize("limit, origins", [(4, 99), (None, 4), (9, 4)])
def test_fewer_origins_are_spread_over_the_stretch(task, limit, origins):
    params = weights(task)
    whole = task.backtest(params, "test", None)
    with task.config.unlocked():
        task.config.origins = origins
        found = task.backtest(params, "test", limit)
        task.config.origins = 99
    assert found[0].tolist() == [47, 50, 52, 56]
    places = np.searchsorted(whole[0], found[0])
    for own, all_ in zip(found[1:], whole[1:], strict=True):
        np.testing.assert_allclose(own, all_[places], rtol=1e-6)


@pytest.mark.parametrize("select", ["next", "all"])
def test_the_last_value_scores_as_the_baseline_of_that_name(task, select):
    """Though one goes through the transforms, and the other through none."""
    with task.config.unlocked():
        task.config.select = select
        own = type(task)(task.config, task.assets)
        task.config.select = "next"
    _, metric, _ = own.goal
    assert metric == {"next": "rmse", "all": "rmse/to_3"}[select]
    found = own.errors(LAST, "valid", None)[metric]
    np.testing.assert_allclose(found, own.baselines()["last value"], rtol=1e-5)


def test_errors_are_of_the_steps_that_are_scored(task):
    """One after the value that was interpolated is none, nor is that value."""
    found = task.errors(LAST, "test", None)
    values = task.prepare("test").stretch.values
    steps = np.array([t for t in range(48, 60) if t not in (53, 54)])
    errors = values[steps - 1] - values[steps]
    np.testing.assert_allclose(found["rmse"], np.sqrt(np.mean(errors**2)), rtol=1e-5)
    np.testing.assert_allclose(found["mae"], np.abs(errors).mean(), rtol=1e-5)
    scale = np.abs(np.diff(values[:38])).mean()
    np.testing.assert_allclose(found["mase"], found["mae"] / scale, rtol=1e-5)
    assert found.keys() == {
        f"{name}{end}"
        for name in ("rmse", "mae", "mase", "nmse", "nrmse", "coverage")
        for end in ("", "/to_3")
    } | {"rmse/at_3", "nrmse/at_3"}
    _, middle, _, _, came = task.backtest(LAST, "test", None)
    third = middle[:, -1] - came[:, -1]
    third = third[~np.isnan(third)]
    np.testing.assert_allclose(found["rmse/at_3"], np.sqrt(np.mean(third**2)))


def test_a_period_is_scored_over_the_variance_of_the_series(tmp_path):
    values = drawn()[0]
    task = build(tmp_path, values, horizon=1)
    task.info = task.info | {"periods": {"early": (48, 51), "never": (99, 120)}}
    found = task.errors(LAST, "test", None)
    expected = np.mean(np.diff(values)[47:51] ** 2) / values.var()
    np.testing.assert_allclose(found["arv/early"], expected, rtol=1e-5)
    assert {"arv/never", "rmse/to_1"}.isdisjoint(found)


def test_a_horizon_beyond_the_stretch_has_no_backtest_and_no_baseline(tmp_path):
    task = build(tmp_path, drawn()[0], horizon=11, select="all")
    assert task.backtest(weights(task), "valid", None) is None
    assert task.backtest(weights(task), "test", None) is not None
    with pytest.raises(ValueError, match="valid split has fewer steps than horizon=11"):
        task.errors(weights(task), "valid", None)
    with pytest.raises(ValueError, match="valid split has fewer steps than horizon=11"):
        task.baselines()
