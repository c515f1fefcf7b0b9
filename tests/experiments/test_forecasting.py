"""The forecasting experiment: no look ahead, and answers to series of a user's own."""

import importlib
from types import SimpleNamespace

import jax
import numpy as np
import pytest

import experiments
from experiments import forecasting
from experiments.commands import ask
from seqnets import datasets
from seqnets.training import loop, study
from tests.experiments import small

pytestmark = pytest.mark.usefixtures("quickly")


def configured(path, **changes):
    """A small config of the default on a CSV `year,y`, changed."""
    config = importlib.import_module("configs.forecasting").get_config()
    config.corpus, config.cell.dim, config.hidden_dims = str(path), 3, ()
    config.lags, config.warm_up, config.length = 2, 3, 4
    config.horizon, config.origins, config.paths = 3, 4, 6
    with config.ignore_type():
        config.update(changes)
    return config


def write(folder, values, name="own.csv"):
    rows = [f"{1900 + i},{value}" for i, value in enumerate(values)]
    (folder / name).write_text("\n".join(["year,y", *rows]) + "\n")
    return folder / name


@pytest.fixture
def values():
    steps = np.arange(80)
    noise = np.random.default_rng(0).normal(size=80)
    return (10 + 3 * np.sin(steps * np.pi / 6) + 0.3 * noise).round(4)


def drawn(task):
    """Returns parameters of a net by NumPy, or what a study finds."""
    if isinstance(task, study.Study):
        return task.compute()[0]
    shapes = jax.eval_shape(task.init, jax.random.key(0))
    rng = np.random.default_rng(0)
    return jax.tree.map(lambda a: rng.normal(0, 0.5, a.shape).astype(a.dtype), shapes)


KINDS = (
    {"net": "ar", "lags": 3},
    {"net": "recurrent", "log": True, "differences": (1, 12), "head": "quantiles"},
    {"net": "narx", "head": "gaussian", "direct": True},
)


@pytest.mark.parametrize("changes", KINDS, ids=lambda own: own["net"])
def test_changing_the_future_changes_no_forecast(tmp_path, values, changes):
    """All origins of the test stretch, one step ahead and three, and intervals."""
    first = forecasting.build(configured(write(tmp_path, values), **changes))
    params = drawn(first)
    at, *ours, _ = first.backtest(params, "test", None)
    steps, *ours_next = first.next_values(params, "test")
    other = values.copy()
    change = int(at[1]) + 1
    other[change:] += 5
    second = forecasting.build(configured(write(tmp_path, other, "b.csv"), **changes))
    _, *theirs, came = second.backtest(params, "test", None)
    _, *theirs_next = second.next_values(params, "test")
    for own, their in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(own[:2], their[:2])
        assert (own[-1] != their[-1]).all()
    for own, their in zip(ours_next, theirs_next, strict=True):
        np.testing.assert_array_equal(own[steps <= change], their[steps <= change])
    assert came[1, 0] == values[change] + 5


def test_one_step_of_many_is_the_one_step_ahead(tmp_path, values):
    """The two ways through the net and the transforms agree, intervals as well."""
    config = configured(write(tmp_path, values), log=True, differences=(1,), horizon=2)
    config.warm_up, config.length, config.paths = 20, 1, 20_000
    task = forecasting.build(config)
    params = drawn(task)
    steps, middle, low, high = task.next_values(params, "test")
    at, forecast, lows, highs, _ = task.backtest(params, "test", 2)
    where = np.searchsorted(steps, at + 1)
    # Read from 21 steps, as a window is that scores one after a warm-up of 20.
    np.testing.assert_allclose(forecast[:, 0], middle[where], rtol=1e-4)
    spread = (high - low)[where]
    np.testing.assert_allclose(lows[:, 0], low[where], atol=0.06 * spread.max())
    np.testing.assert_allclose(highs[:, 0], high[where], atol=0.06 * spread.max())


def test_an_autoregression_finds_its_own_coefficients(tmp_path):
    rng, y = np.random.default_rng(0), np.full(1500, 1 / 0.3)  # Its mean.
    for t in range(2, 1500):
        y[t] = 1 + 1.2 * y[t - 1] - 0.5 * y[t - 2] + 0.1 * rng.standard_normal()
    changes = {"net": "ar", "lags": 6, "criterion": "bic", "paths": 300, "origins": 99}
    for method in ("least_squares", "likelihood"):
        config = configured(write(tmp_path, y), method=method, **changes)
        found, metrics = forecasting.build(config).compute()
        np.testing.assert_allclose(found["weights"], [1.2, -0.5], atol=0.06)
        assert metrics["test"]["order"] == 2
        np.testing.assert_allclose(metrics["test"]["rmse"], 0.1, atol=0.01)
        assert 0.85 < metrics["test"]["coverage"] < 0.95
        assert 0.8 < metrics["test"]["coverage/to_3"] < 0.97


def test_an_autoregression_reports_and_answers_without_its_data(tmp_path, values):
    path = write(tmp_path, values)
    config = configured(path, net="ar", season=12)
    task = forecasting.build(config, tmp_path / "run")
    loop.fit(task, config, tmp_path / "run")
    names = {p.name for p in (tmp_path / "run" / "samples").iterdir()}
    figures = {"next.png", "forecasts.png", "leads.png", "future.png"}
    assert names == figures | {"test.tsv"}
    path.unlink()
    task, found = experiments.load(tmp_path / "run")
    lines = [" ".join(map(str, values)), str(write(tmp_path, values))]
    picture = tmp_path / "ahead.png"
    first, second = task.predict(found, lines, horizon=4, picture=str(picture))
    np.testing.assert_allclose(first.forecast, second.forecast, rtol=1e-6)
    assert len(first.forecast) == 4 and (first.low < first.high).all()
    assert str(first).count("\t") == 1 and picture.stat().st_size > 3000


@pytest.mark.parametrize(
    "line, message",
    [
        ("a b", "'a b' is not numbers, nor the path of a CSV, nor one of narma10"),
        ("1 2 x", "word 3, column 'y': expected a number"),
        ("1 2,3", "word 2: 2 cells, where there are 1 columns"),
        ("1", "1 values are too few to forecast from; at least 2"),
    ],
)
def test_what_cannot_be_forecast_is_said(tmp_path, values, line, message):
    config = configured(write(tmp_path, values), net="ar", differences=(1,))
    task = forecasting.build(config)
    with pytest.raises(ValueError, match=message):
        list(task.predict(drawn(task), [line]))


@pytest.mark.parametrize("typed", [False, True])
@pytest.mark.parametrize("bad", [(3,), (1,), (0, 2)])
def test_the_picture_has_all_lines_that_were_answered(
    tmp_path, values, bad, typed, monkeypatch, capsys
):
    config = configured(write(tmp_path, values), net="ar")
    task = forecasting.build(config)
    lines = ["1 2 3 4", "5 6 7 8", "4 3 2 1", "2 2 3 3"]
    drawings, draw = [], task.draw
    good = [line for i, line in enumerate(lines) if i not in bad]
    lines = ["abc" if i in bad else line for i, line in enumerate(lines)]

    def kept(path, fans):
        drawings.append([" ".join(f"{x:g}" for x in fan.before) for fan in fans])
        draw(path, fans)

    monkeypatch.setattr(task, "draw", kept)
    monkeypatch.setattr(experiments, "load", lambda workdir: (task, drawn(task)))
    monkeypatch.setattr(ask.lines, "are_typed", lambda: typed)
    monkeypatch.setattr(ask.lines, "read", lambda: iter(lines))
    picture = tmp_path / "ahead.png"
    with pytest.raises(ValueError, match=f"{len(bad)} of 4 lines have no answer"):
        ask.predict(SimpleNamespace(workdir="run", picture=str(picture)))
    out, _ = capsys.readouterr()
    assert [i for i, row in enumerate(out.splitlines()) if row == "-\t-\t"] == [*bad]
    assert drawings == [good] and picture.stat().st_size > 3000


def test_inputs_of_the_steps_ahead_must_be_there(tmp_path):
    config = small.config("forecasting", tmp_path)
    task = forecasting.build(config)
    params = drawn(task)
    with pytest.raises(ValueError, match="those of 1 are given: add rows"):
        list(task.predict(params, ["1,0 2,1 ,0"]))
    config.inputs_ahead = False
    with pytest.raises(ValueError, match="horizon=2 needs inputs that are known ahead"):
        _ = forecasting.build(config).info


def test_without_teacher_forcing_the_values_scored_are_not_read(tmp_path, values):
    config = configured(write(tmp_path, values), teacher_forcing=False)
    task = forecasting.build(config)
    params, batch = drawn(task), next(task.batches("train"))
    loss = jax.jit(lambda batch: task.loss(params, (), batch, None)[0])
    rubbish = batch["features"].copy()
    rubbish[:, config.warm_up + 1 :] = 9
    changed = batch["features"].copy()
    changed[:, config.warm_up] = 9
    assert loss(batch) == loss(batch | {"features": rubbish})
    assert loss(batch) != loss(batch | {"features": changed})


def test_a_constant_series_is_forecast_and_its_mase_left_out(tmp_path, caplog):
    config = configured(write(tmp_path, np.full(60, 7.0)), net="ar", lags=1)
    found, metrics = forecasting.build(config).compute()
    assert "mase is undefined and left out" in caplog.text
    assert not {"mase", "nmse", "mase/to_3"} & metrics["valid"].keys()
    np.testing.assert_allclose(metrics["valid"]["rmse"], 0, atol=1e-5)


def test_interpolated_values_are_not_scored_and_start_no_forecast(tmp_path, values):
    rows = [f"{i},{v if i not in (70, 75) else ''}" for i, v in enumerate(values)]
    path = tmp_path / "own.csv"
    path.write_text("\n".join(["step,y", *rows]) + "\n")
    config = configured(path, net="ar", missing="interpolate", column="y", origins=99)
    task = forecasting.build(config)
    steps = task.next_values(drawn(task), "test")[0]
    assert not {70, 71, 75, 76} & set(steps.tolist()) and 72 in steps
    at, *_, came = task.backtest(drawn(task), "test", None)
    assert 70 not in at and np.isnan(came[at == 69, 0]).all()


def test_interpolated_values_count_in_no_baseline(tmp_path, values):
    rows = [f"{i},{v if i != 62 else ''}" for i, v in enumerate(values)]
    path = tmp_path / "own.csv"
    path.write_text("\n".join(["step,y", *rows]) + "\n")
    options = {"missing": "interpolate", "column": "y", "select": "all"}
    task = forecasting.build(configured(path, net="ar", **options))
    pairs = [(at, at + h) for at in range(55, 65) for h in (1, 2, 3)]
    errors = [values[b] - values[a] for a, b in pairs if 62 not in (a, b)]
    found = task.baselines()["last value"]
    np.testing.assert_allclose(found, np.sqrt(np.mean(np.square(errors))))


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"lags": 0}, "lags=0 leaves nothing to read"),
        ({"season": 99}, "season=99 needs more than 99 values to train, not 56"),
        ({"log": True}, "the logarithm needs values above 0"),
        ({"quantiles": (0.9, 0.1)}, "ascend between 0 and 1"),
        ({"warm_up": 0, "teacher_forcing": False}, "needs a warm_up to begin from"),
        ({"warm_up": 60}, "56 steps to train are fewer than a window has"),
    ],
)
def test_what_does_not_fit_the_series_is_refused(tmp_path, values, changes, message):
    path = write(tmp_path, values - (20 if "log" in changes else 0))
    with pytest.raises(ValueError, match=message):
        task = forecasting.build(configured(path, **changes))
        task.init(jax.random.key(0))
        next(task.batches("train"))
        _ = task.info


def test_names_of_series_are_answers_too(tmp_path, values):
    config = configured(write(tmp_path, values), net="ar")
    task = forecasting.build(config)
    last = datasets.load("mackey_glass", "series").test[0].values[-9:]
    lines = ["mackey_glass", " ".join(map(repr, last.tolist()))]
    first, second = task.predict(drawn(task), lines, horizon=2)
    np.testing.assert_allclose(first.forecast, second.forecast, rtol=1e-6)


def test_a_horizon_beyond_the_split_cannot_select_the_best(tmp_path, values):
    config = configured(write(tmp_path, values), net="ar", horizon=20)
    assert "rmse/to_20" not in forecasting.build(config).compute()[1]["valid"]
    config.select = "all"
    with pytest.raises(ValueError, match="fewer steps than horizon=20"):
        forecasting.build(config).compute()
