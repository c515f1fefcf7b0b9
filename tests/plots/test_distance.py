"""Scores against distance are drawn for accuracies and for errors."""

import pytest
from matplotlib.image import imread

from seqnets.plots import distance


@pytest.mark.parametrize("score", ["accuracy", "mse"])
def test_nets_and_baselines_are_drawn(tmp_path, score):
    path = tmp_path / "distance.png"
    columns = {"LSTM": [0.9, 0.5], "guessing": [0.25, 0.25]}
    sizes = {"LSTM": "LSTM, 10 parameters"}
    distance.draw(path, "title", [10, 20], columns, sizes, (10, 10), score)
    with_lines = imread(path)
    distance.draw(path, "title", [10, 20], {}, {}, (10, 10), score)
    assert (with_lines != imread(path)).any()
