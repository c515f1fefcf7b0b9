"""Figures of forecasts are drawn, with intervals, dates, or neither."""

import numpy as np
from matplotlib.image import imread

from seqnets.plots import forecast
from seqnets.tasks.series_forecaster import Fan


def test_fans_with_and_without_intervals_are_drawn(tmp_path):
    before, ahead = np.sin(np.arange(40)), np.cos(np.arange(5))
    dates = [f"20{i:02d}" for i in range(40)]
    fans = [
        Fan(before, ahead, ahead - 1, ahead + 1, ahead + 0.1, dates=dates),
        Fan(before, ahead, first=7, title="plain"),
    ]
    forecast.draw(tmp_path / "fans.png", fans, label="y", interval="90 %")
    picture = imread(tmp_path / "fans.png")
    pale = np.abs(picture[..., :3] - np.array([0xC8, 0xD8, 0xEC]) / 255).max(-1) < 0.02
    first, second = np.array_split(pale.sum(1), 2)
    assert first.sum() > 20 * second.sum()  # The edges of a line are pale, too.


def test_one_step_and_errors_by_lead_are_drawn(tmp_path):
    values = np.sin(np.arange(50))
    ends = {"low": values - 1, "high": values + 1}
    forecast.draw_next(tmp_path / "a.png", values, values + 0.1, label="y", **ends)
    errors = {"this run": np.arange(5), "mean": np.ones(5), "last": np.ones(5)}
    forecast.draw_leads(tmp_path / "b.png", errors, label="RMSE")
    for name in ("a", "b"):
        assert imread(tmp_path / f"{name}.png").std() > 0
