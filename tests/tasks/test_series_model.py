"""What a model reads of a series, and how it is asked: shown by one without a net."""

import numpy as np
import pytest

from seqnets.datasets.series import Stretch
from tests.tasks.toy_series import build, drawn, weights

WAYS = {}, {"log": True}, {"differences": (1,)}, {"log": True, "differences": (1, 4)}
close = np.testing.assert_allclose
same = np.testing.assert_array_equal


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    folder = tmp_path_factory.mktemp("series")
    return build(folder, *drawn(inputs=2), differences=(1,))


@pytest.mark.parametrize("ahead", [True, False])
def test_a_step_reads_no_value_of_itself_nor_of_later_ones(tmp_path, ahead):
    """And of inputs its own, at the most."""
    values, inputs = drawn(inputs=2)
    options = {"inputs_ahead": ahead, "input_lags": 2, "differences": (1,)}
    own = build(tmp_path, values, inputs, **options).prepare("test")
    step = own.stretch.begin + 4
    values[step:] += 1
    inputs[step + ahead :] += 1
    other = build(tmp_path, values, inputs, **options).prepare("test")
    same(own.features[: step + 1], other.features[: step + 1])
    assert (own.features[step + 1] != other.features[step + 1]).any()


def test_origins_read_windows_that_end_there_one_by_one_as_at_once(task):
    prepared, at = task.prepare("test"), np.array([1, 3, 40])
    found = task.origins(prepared, at, 3)
    for i, step in enumerate(at):
        alone = task.origins(prepared, at[i : i + 1], 3)
        for own, one in zip(found, alone, strict=True):
            same(own[i], one[0])
        count = min(task.context, step + 1 - task.begin)
        assert found.mask[i].sum() == count and found.mask[i, -count:].all()
        same(found.features[i, -count:], prepared.features[: step + 1][-count:])
        same(found.past[i], prepared.z[[step, step - 1]])
        same(found.ahead[i], prepared.features[step + 1 : step + 4, 2:])
    assert not found.features[~found.mask].any()


@pytest.mark.parametrize("changes", WAYS, ids=str)
def test_a_model_that_knows_what_comes_forecasts_it(tmp_path, changes):
    """The transforms are undone, one step ahead and many, of low and high ends."""
    task = build(tmp_path, drawn()[0], **changes)
    prepared = task.prepare("test")
    steps, at = task.steps(prepared), np.array([50, 47])
    places = at[:, None] + np.arange(1, 4)
    task.next_steps = lambda _, __, deviates: np.stack(
        [prepared.z[steps]] * len(deviates)
    )
    task.paths = lambda _, __, deviates: np.stack([prepared.z[places]] * len(deviates))
    for found in task.forecast(None, prepared, at, 3):
        close(found, prepared.stretch.values[places], rtol=1e-5)
    asked, *found = task.next_values(None, "test")
    same(asked, steps)
    for own in found:
        close(own, prepared.stretch.values[steps], rtol=1e-5)


def test_an_origin_is_forecast_alone_as_among_others_however_far(task):
    params, prepared, at = weights(task), task.prepare("test"), np.array([30, 50, 55])
    many = task.forecast(params, prepared, at, 3)
    alone = task.forecast(params, prepared, at[1:2], 3)
    for own, one in zip(many, alone, strict=True):
        close(own[1], one[0], rtol=1e-6)
    same(task.forecast(params, prepared, at, 5)[0][:, :3], many[0])


def test_only_the_ends_of_intervals_are_drawn_and_by_the_seed(task):
    params, prepared, at = weights(task), task.prepare("test"), np.array([30, 50])
    found = {}
    for seed in (1, 0):
        with task.config.unlocked():
            task.config.seed = seed
        found[seed], again = (task.forecast(params, prepared, at, 3) for _ in range(2))
        same(found[seed], again)
    same(found[0][0], found[1][0])
    assert (found[0][1] != found[1][1]).all() and (found[0][1] < found[0][2]).all()


@pytest.mark.parametrize("ahead", [True, False])
def test_the_step_after_the_end_is_forecast_as_in_a_longer_series(tmp_path, ahead):
    values, inputs = drawn(inputs=1)
    options = {"inputs_ahead": ahead, "input_lags": 2, "horizon": 1}
    task = build(tmp_path, values, inputs, **options)
    params = weights(task)
    steps, middle, _, _ = task.next_values(params, "test")
    for step, expected in list(zip(steps, middle, strict=True))[::4]:
        own = values[:step], np.ones(step, bool), inputs[: step + ahead]
        prepared = task.read(Stretch(*own, begin=step))
        found, _, _ = task.forecast(params, prepared, np.array([step - 1]), 1)
        close(found[0, 0], expected, rtol=1e-5)


def test_scales_are_those_of_the_steps_that_train(tmp_path):
    values, inputs = drawn(inputs=1)
    first = build(tmp_path, values, inputs, log=True)
    transforms, z = first.transforms, first.prepare("train").z
    close([z.mean(), z.std()], [0, 1], atol=1e-6)
    values[len(z) :] += 5
    inputs[len(z) :] += 5
    second = build(tmp_path, values, inputs, log=True)
    assert second.transforms == transforms
    same(second.prepare("test").z[: len(z)], z)


def test_a_stretch_without_two_known_values_in_a_row_is_refused(tmp_path):
    values = drawn()[0]
    values[48:59:2] = np.nan
    with pytest.raises(ValueError, match="from 48 on, none can be scored"):
        task = build(tmp_path, values)
        task.steps(task.prepare("test"))
