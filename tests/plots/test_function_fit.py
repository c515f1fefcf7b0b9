"""Figures of fitted functions have a panel for every width."""

import numpy as np
from matplotlib.image import imread

from seqnets.plots import function_fit

ERRORS = {0: np.array([0.9, 0.8]), 2: np.array([0.5, 0.1]), 8: np.array([0.01, 0.02])}
POINTS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
XOR = np.array([0, 1, 1, 0])


def test_a_decision_is_blue_where_it_is_true(tmp_path):
    path, axis = tmp_path / "decisions.png", np.linspace(-0.5, 1.5, 21)
    right = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)[:, 0] - 0.5
    accuracies = {2: np.array([1.0, 0.5])}
    function_fit.draw_decisions(path, POINTS, XOR, axis, {2: right}, accuracies)
    pale = np.abs(255 * imread(path)[..., :3] - (200, 216, 236)).max(-1) < 8
    (columns,) = np.nonzero(pale.any(0))
    # The half in which the first input, across, is above a half.
    assert columns.min() > 0.45 * pale.shape[1]


def test_every_width_has_a_panel(tmp_path):
    path, grid = tmp_path / "fits.png", np.linspace(-1.0, 1.0, 30)
    sizes = []
    for count in (1, 3, 5):
        fits = {width: width * grid for width in range(count)}
        errors = {width: np.array([0.1]) for width in fits}
        function_fit.draw_fits(path, grid, grid**2, grid, fits, errors)
        sizes.append(imread(path).shape[:2])
    assert sizes[0][1] < sizes[1][1] < sizes[2][1]
    assert sizes[0][0] == sizes[1][0] < sizes[2][0]  # Four in a row.


def test_errors_of_all_starts_are_drawn(tmp_path):
    path = tmp_path / "errors.png"
    function_fit.draw_errors(path, ERRORS)
    all_starts = imread(path)
    function_fit.draw_errors(path, ERRORS | {2: np.array([0.3])})
    assert (all_starts != imread(path)).any()
