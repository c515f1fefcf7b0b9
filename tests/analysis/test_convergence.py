"""What is reported is of the run that `unroll` gives."""

import functools

import jax
import numpy as np
import pytest

from seqnets import cells, unroll
from seqnets.analysis import convergence
from seqnets.plan import Plan
from tests.looping import draw
from tests.variants import H

pytestmark = pytest.mark.usefixtures("quickly")

B, T, D = 2, 5, 2
MASK = np.array([[1, 1, 0, 1, 1], [0, 1, 1, 1, 0]], bool)
RESET = np.array([[0, 0, 1, 0, 0], [1, 0, 0, 1, 0]], bool)


def test_a_report_comes_beside_the_results_of_unroll():
    cell = cells.Stack((cells.Zoneout(cells.SRN(H), 0.2), cells.GRU(H)), residual=True)
    rng = np.random.default_rng(0)
    shapes = jax.eval_shape(lambda key: cell.init(key, H), jax.random.key(0))
    params, xs = draw(rng, (shapes, np.zeros((B, T, H))))
    options = {"mask": MASK, "reset": RESET, "reverse": True}

    @jax.jit
    def run(params, xs, key):
        plan = Plan(time="parallel")
        solution = convergence.solve(cell, params, xs, key=key, **options)
        return solution, unroll(cell, params, xs, key=key, plan=plan, **options)

    solution, expected = run(params, xs, jax.random.key(1))
    jax.tree.map(np.testing.assert_array_equal, solution[:2], expected)
    assert len(solution.report) == 2
    for report in solution.report:
        taken = report.residuals[: report.sweeps + 1]
        assert report.converged and 0 < report.sweeps <= T
        assert taken[-1] < 1e-6 < taken[0]
        assert np.isnan(report.residuals[report.sweeps + 1 :]).all()


def test_what_does_not_fit_is_refused():
    cell = cells.SRN(H)
    params = cell.init(jax.random.key(0), D)
    solve = functools.partial(convergence.solve, cell, params)
    with pytest.raises(ValueError, match="width D = 3"):
        solve(np.zeros((B, T, 3), np.float32))
    for method, message in (
        (convergence.Method("whole"), "form must be one of"),
        (convergence.Method(tolerance=-1.0), "tolerance must be at least 0, not -1.0"),
        (convergence.Method(sweeps=0), "sweeps must be a positive integer, not 0"),
    ):
        with pytest.raises(ValueError, match=message):
            solve(np.zeros((B, T, D), np.float32), method=method)
