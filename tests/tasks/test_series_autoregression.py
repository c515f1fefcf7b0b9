"""Both methods agree on values that were interpolated: none is explained."""

import importlib

import numpy as np
import pytest

from experiments import forecasting


def study(folder, method, gap):
    values = np.random.default_rng(0).normal(10, 1, 60).round(3)
    cells = ["NA" if i == gap else value for i, value in enumerate(values)]
    (folder / "own.csv").write_text("\n".join(["y", *map(str, cells)]) + "\n")
    config = importlib.import_module("configs.forecasting").get_config()
    config.corpus, config.net, config.lags = str(folder / "own.csv"), "ar", 2
    config.missing, config.method = "interpolate", method
    return forecasting.build(config)


def test_the_likelihood_refuses_what_least_squares_leave_out(tmp_path):
    counted = study(tmp_path, "least_squares", 20).explained("valid")["counted"]
    assert np.flatnonzero(~counted).tolist() == [0, 1, 20, 21]
    with pytest.raises(ValueError, match="interpolated need method='least_squares'"):
        study(tmp_path, "likelihood", 20).compute()


def test_a_gap_in_what_is_only_scored_is_left_to_both(tmp_path):
    for method in ("least_squares", "likelihood"):
        _, metrics = study(tmp_path, method, 55).compute()
        assert metrics["test"]["rmse"] > 0
