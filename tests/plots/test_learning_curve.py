"""A learning curve is drawn of whatever records a run has left."""

import math

import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from seqnets.plots import learning_curve

GOAL = "valid", "accuracy", "max"
RECORDS = [
    {"step": 10, "split": "train", "loss": 2.0, "texts_per_s": 100.0},
    {"step": 10, "split": "valid", "loss": 2.1, "accuracy": 0.5},
    {"step": 20, "split": "train", "loss": 1.0, "texts_per_s": 100.0},
    {"step": 20, "split": "valid", "loss": 1.1, "accuracy": 0.7},
    {"step": 20, "split": "test", "loss": 1.2, "accuracy": 0.6},
]


@pytest.fixture
def draw(tmp_path):
    def draw(records, goal):
        learning_curve.draw(tmp_path / "curve.png", records, goal)
        return imread(tmp_path / "curve.png")

    return draw


def test_the_goal_has_a_panel_of_its_own_unless_it_is_the_loss(draw):
    wide, narrow = draw(RECORDS, GOAL), draw(RECORDS, ("valid", "loss", "min"))
    assert wide.shape[1] > 1.5 * narrow.shape[1]


def test_every_record_is_drawn(draw):
    for last in range(1, len(RECORDS)):
        fewer, more = RECORDS[:last], RECORDS[: last + 1]
        assert (draw(fewer, GOAL) != draw(more, GOAL)).any()


def test_a_comparison_has_a_curve_for_each_name(draw):
    def records(names):
        for step in (10, 20):
            metrics = {f"accuracy/{name}": step / 40 for name in names}
            losses = {f"loss/{name}": 1.0 for name in names}
            yield {"step": step, "split": "valid", "loss": 1.0, **losses, **metrics}

    one, two = (draw(list(records(names)), None) for names in (["GRU"], ["GRU", "SRN"]))
    assert one.shape == two.shape and (one != two).any()
    alone = draw([{"step": 1, "split": "valid", "loss": 1.0}], None)
    assert one.shape[1] > 1.5 * alone.shape[1]


@pytest.mark.parametrize("best", range(5))
@pytest.mark.parametrize("mode", ["min", "max"])
def test_the_number_at_the_best_point_stays_inside_the_frame(best, mode):
    figure = Figure((5.5, 3.8), layout="constrained")
    axes = figure.subplots()
    values = [0.5] * 5
    values[best] = 0.12345 if mode == "min" else 0.98765
    records = [
        {"step": 10 * i, "split": "valid", "loss": v} for i, v in enumerate(values)
    ]
    learning_curve._plot(axes, records, "valid", "loss")
    learning_curve._mark_best(axes, records, "valid", "loss", mode)
    figure.draw_without_rendering()
    (number,) = axes.texts
    box, frame = number.get_window_extent(), axes.get_window_extent()
    assert frame.x0 < box.x0 < box.x1 < frame.x1
    assert frame.y0 < box.y0 < box.y1 < frame.y1


def test_a_run_without_evaluations_or_with_a_loss_that_is_no_number_is_drawn(draw):
    assert draw([], GOAL).ndim == 3
    nan = {"step": 10, "split": "valid", "loss": math.nan, "accuracy": math.nan}
    assert draw([nan], GOAL).ndim == 3
