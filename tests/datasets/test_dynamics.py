"""Generated series obey their equations."""

import numpy as np

from seqnets import datasets
from seqnets.datasets import dynamics


def test_narma_follows_from_its_inputs():
    y, u = dynamics.narma(200, np.random.default_rng(3))
    for t in range(9, 199):
        expected = (
            0.3 * y[t] + 0.05 * y[t] * y[t - 9 : t + 1].sum() + 1.5 * u[t - 9] * u[t]
        )
        np.testing.assert_allclose(y[t + 1], expected + 0.1, rtol=1e-12)
    assert 0 <= u.min() < 0.01 and 0.49 < u.max() <= 0.5


def test_a_step_of_mackey_glass_half_as_long_changes_little():
    whole, halved = (
        dynamics.mackey_glass(60, np.random.default_rng(0), parts=parts)
        for parts in (10, 20)
    )
    np.testing.assert_allclose(whole, halved, atol=3e-5)


def test_mackey_glass_obeys_its_equation():
    x, at = dynamics.mackey_glass(120, np.random.default_rng(0)), np.arange(30, 118)
    slope = (x[at + 1] - x[at - 1]) / 2
    expected = 0.2 * x[at - 17] / (1 + x[at - 17] ** 10) - 0.1 * x[at]
    assert np.abs(slope - expected).mean() < 0.01 * np.abs(expected).max()


def test_both_are_read_as_series_of_their_own_length():
    narma = datasets.load("narma10", "series")
    assert narma.info["inputs"] == ["u"] and len(narma.test[0].values) == 14_000
    assert narma.valid[0].begin == 10_000
    assert narma.train[0].values.max() < 1.1
