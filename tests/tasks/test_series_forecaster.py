"""Answers to lines that ask on, and what a report shows, by a model without a net."""

import numpy as np
import pytest

from seqnets.tasks.series_forecaster import FARTHEST, Ahead
from tests.tasks.toy_series import build, drawn, weights

close = np.testing.assert_allclose
same = np.testing.assert_array_equal


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    return build(tmp_path_factory.mktemp("plain"), drawn()[0], differences=(1,))


@pytest.fixture(scope="module")
def with_inputs(tmp_path_factory):
    return build(tmp_path_factory.mktemp("inputs"), *drawn(inputs=1))


def test_a_line_is_answered_alone_as_among_others(task):
    params, lines = weights(task), ["3 4 6 2", " ", "5.5 5 7", "3 4 6 2"]
    found = list(task.predict(params, lines))
    for line, own in zip(lines, found, strict=True):
        (alone,) = task.predict(params, [line])
        assert str(own) == str(alone)
    assert str(found[1]) == "-\t-\t" and str(found[0]) == str(found[3])


def test_three_steps_are_one_and_then_two_from_its_forecast(task):
    params, line = weights(task), "3 4 6 2"
    (whole,) = task.predict(params, [line], horizon=3)
    (first,) = task.predict(params, [line], horizon=1)
    (rest,) = task.predict(params, [f"{line} {float(first.forecast[0])!r}"], horizon=2)
    close(whole.forecast, [*first.forecast, *rest.forecast], rtol=1e-5)


def test_inputs_after_the_last_step_asked_for_change_nothing(with_inputs):
    params, line = weights(with_inputs), "3,1 4,0 6,2 ,1 ,3"
    first, longer, other = with_inputs.predict(
        params, [line, f"{line} ,9", line.replace(",3", ",4")], horizon=2
    )
    for name in ("forecast", "low", "high"):
        same(getattr(first, name), getattr(longer, name))
    same(first.forecast[:1], other.forecast[:1])
    assert first.forecast[1] != other.forecast[1]


def test_a_missing_value_is_what_lies_between_its_neighbours(task):
    first, second = task.predict(weights(task), ["3 4 nan 2 5", "3 4 3 2 5"])
    same(first.forecast, second.forecast)


def test_the_printed_line_has_each_step_with_its_interval():
    values, text = np.array([1.5, 20.0]), "1\t2"
    assert str(Ahead(values, None, None, text)) == "1.5 20\t1 2"
    ends = str(Ahead(values, values - 1, values + 0.125, text))
    assert ends == "1.5:0.5:1.625 20:19:20.125\t1 2"


def test_a_horizon_out_of_range_is_refused(task):
    for horizon in (0, FARTHEST + 1):
        with pytest.raises(ValueError, match=f"must be 1 to .*, not {horizon}"):
            list(task.predict(weights(task), ["1 2 3"], horizon=horizon))


def test_inputs_that_are_not_there_are_asked_for(with_inputs, tmp_path):
    params = weights(with_inputs)
    with pytest.raises(ValueError, match="'mackey_glass' has no inputs u0"):
        list(with_inputs.predict(params, ["mackey_glass"]))
    task = build(tmp_path, *drawn(inputs=1), inputs_ahead=False, horizon=1)
    found, other = task.predict(params, ["3,1 4,0 6,2", "3,1 4,0 6,5"])
    assert len(found.forecast) == 1 and found.forecast != other.forecast
    with pytest.raises(ValueError, match="inputs that are not known ahead allow 1"):
        list(task.predict(params, ["3,1 4,0 6,2"], horizon=2))


@pytest.mark.parametrize("intervals", [True, False])
def test_the_table_of_the_test_has_what_is_forecast_one_step_ahead(task, intervals):
    params, task.intervals = weights(task), intervals
    text, columns = task.test_table(params)
    steps, *found = task.next_values(params, "test")
    task.intervals = True
    same(columns[0], task.prepare("test").stretch.values[48:])
    head, *rows = (line.split("\t") for line in text.splitlines())
    assert head == ["step", "date", "value", "forecast", "low", "high"]
    cells = np.array(rows).T
    assert cells[:2].tolist() == [[f"{add + t}" for t in steps] for add in (0, 1900)]
    for own, column, printed in zip(found, columns[1:], cells[3:], strict=True):
        expected = np.full(12, np.nan) if own is None else own
        same(column, expected)
        close([float(cell or "nan") for cell in printed], expected, rtol=1e-5)


def test_the_fans_of_the_test_are_rows_of_its_backtest(task):
    params = weights(task)
    fans, errors = task.test_fans(params)
    at, *found, came = task.backtest(params, "test", None)
    values = task.prepare("test").stretch.values
    assert [fan.first + len(fan.before) - 1 for fan in fans] == [47, 51, 56]
    for fan in fans:
        i = np.searchsorted(at, fan.first + len(fan.before) - 1)
        for own, rows in zip(fan[1:5], [*found, came], strict=True):
            same(own, rows[i])
        same(fan.before, values[fan.first : at[i] + 1])
        assert fan.dates[-1] == f"{1900 + at[i]}" and len(fan.dates) == len(fan.before)
    close(errors["this run"], np.sqrt(((found[0] - came) ** 2).mean(0)))
    last = [values[at] - values[at + h] for h in (1, 2, 3)]
    close(errors["last value"], np.sqrt(np.mean(np.square(last), 1)))


def test_the_future_begins_where_the_series_ends(task):
    params, prepared = weights(task), task.prepare("test")
    fan = task.future(params, prepared, 3)
    (asked,) = task.predict(params, [" ".join(map(str, prepared.stretch.values))])
    close(fan.forecast, asked.forecast, rtol=1e-5)
    assert fan.after is None and fan.before[-1] == prepared.stretch.values[-1]
    assert fan.first + len(fan.before) == 60 and fan.dates[-1] == "1959"
