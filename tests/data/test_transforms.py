"""Transforms of a series are undone, in one step and in many."""

import numpy as np
import pytest

from seqnets.data.transforms import Transforms

NONE = np.zeros((60, 0))


@pytest.fixture
def values():
    rng = np.random.default_rng(0)
    return np.exp(np.cumsum(rng.normal(0, 0.1, 60)) + np.sin(np.arange(60) * np.pi / 6))


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("lags", [(), (1,), (12,), (1, 12), (3, 1)])
def test_undoing_gives_the_values_again(values, log, lags):
    own = Transforms.fit(values[:40], NONE[:40], log=log, lags=lags)
    z, lost = own.forward(values), own.lost
    assert not z[:lost].any()
    assert abs(z[lost:40].mean()) < 1e-9 and abs(z[lost:40].std() - 1) < 1e-9
    one = own.undo_step(z, own.offsets(values))
    np.testing.assert_allclose(one[lost:], values[lost:], rtol=1e-9)
    paths = np.broadcast_to(z[45:], (2, 3, 15))
    np.testing.assert_allclose(
        own.undo(paths, values[:45]),
        np.broadcast_to(values[45:], paths.shape),
        rtol=1e-9,
    )


@pytest.mark.parametrize("lags", [(), (1, 12)])
def test_what_comes_later_changes_no_step_before(values, lags):
    own = Transforms.fit(values[:40], NONE[:40], log=True, lags=lags)
    other = values.copy()
    other[45:] *= 3
    np.testing.assert_array_equal(own.forward(other)[:45], own.forward(values)[:45])
    np.testing.assert_array_equal(own.offsets(other)[:46], own.offsets(values)[:46])


def test_inputs_are_scaled_by_the_training_steps():
    inputs = np.random.default_rng(0).normal(3, 2, (60, 2))
    inputs[:, 1] = 7
    own = Transforms.fit(np.arange(60.0), inputs)
    scaled = own.scale_inputs(inputs)
    np.testing.assert_allclose(scaled.std(0), [1, 0], atol=1e-9)


def test_they_go_through_json(values):
    own = Transforms.fit(values, NONE, log=True, lags=(1, 12))
    assert Transforms.from_json(own.to_json()) == own
    with pytest.raises(ValueError, match="not the transforms of a series"):
        Transforms.from_json("[]")


@pytest.mark.parametrize("value", [7.0, 0.1])
def test_a_constant_series_keeps_its_scale(value):
    own = Transforms.fit(np.full(60, value), NONE)
    assert own.deviation == 1 and np.abs(own.forward(np.full(5, value))).max() < 1e-12


def test_what_cannot_be_transformed_is_named():
    values = np.arange(20.0)
    with pytest.raises(ValueError, match="own.csv: the logarithm .* value 1 is 0"):
        Transforms.fit(values, NONE[:20], log=True, name="own.csv")
    with pytest.raises(ValueError, match="differences at lags 1, 24 need more than 26"):
        Transforms.fit(values, NONE[:20], lags=(1, 24))
