"""Inputs that parameters were not drawn for are named, and what fits them."""

import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import bind, cells, step, unroll
from seqnets.unroll import Directions
from tests.looping import like_init
from tests.own_cells import Leaky
from tests.variants import H, label

pytestmark = pytest.mark.usefixtures("quickly")

D = 2


@pytest.mark.parametrize(
    "cell",
    [
        cells.SRN(H),
        cells.TrainableStart(cells.Dropout(cells.LSTM(H, layer_norm=True))),
        cells.Stack((cells.GRU(H), cells.SRN(2)), residual=True),
        Leaky(H),
    ],
    ids=label,
)
@pytest.mark.parametrize("drawn", [1, D])
def test_an_input_of_another_width_is_named_with_what_to_do(cell, drawn):
    """Parameters for one number too: a row times numbers of any width is defined."""
    params = like_init(np.random.default_rng(0), cell.init, drawn)
    message = rf"^xs have width D = 3, .*\({drawn}, \d+\): pass .*init\(key, 3\)$"
    with pytest.raises(ValueError, match=message):
        unroll(cell, params, np.ones((2, 4, H), np.float32))
    with pytest.raises(ValueError, match=message):
        step(cell, params, None, np.ones((2, H), np.float32))


def test_other_errors_of_a_cell_stay_what_they_are():
    class Broken(Leaky):
        def project(self, params, xs, noise=None):
            raise TypeError("broken")

    cell = Broken(H)
    params = like_init(np.random.default_rng(0), cell.init, D)
    with pytest.raises(TypeError, match="^broken"):
        unroll(cell, params, np.ones((2, 4, D), np.float32))


def test_a_state_or_parameters_of_another_cell_are_named():
    cell, xs = cells.LSTM(H), np.ones((2, 4, D), np.float32)
    params = like_init(np.random.default_rng(0), cell.init, D)
    state = cell.initial_state(params, 3, xs.dtype)
    for other in state, state.h[:2]:
        with pytest.raises(ValueError, match="^state must be one of LSTM.* for 2 rows"):
            unroll(cell, params, xs, state=other)
    with pytest.raises(ValueError, match="^state must be one of LSTM.* for 2 rows"):
        step(cell, params, state, xs[:, 0])
    with pytest.raises(ValueError, match="^params must be a tuple of 2, one per layer"):
        bind(cells.Stack((cell, cell)), (params,), cells.Memory(None))
    with pytest.raises(ValueError, match="^params are not of LSTM.* have forward.w_x"):
        unroll(cell, Directions(params, params), xs)


def test_parameters_that_would_run_in_another_cell_are_refused():
    """A GRU reads three of an LSTM's four blocks of columns, and says nothing."""
    xs = np.ones((2, 4, D), np.float32)
    rng = np.random.default_rng(0)
    pairs = [
        (cells.GRU(H), cells.LSTM(H)),
        (cells.SRN(H), cells.LSTM(H)),
        (cells.MinLSTM(H), cells.GRU(H)),
        (cells.LSTM(H, peephole=True), cells.LSTM(H)),
    ]
    for cell, other in pairs:
        params = like_init(rng, other.init, D)
        for run in (
            lambda cell, params: unroll(cell, params, xs),
            lambda cell, params: step(cell, params, None, xs[:, 0]),
        ):
            with pytest.raises(ValueError, match="^(params are not of|xs have width)"):
                run(cell, params)


def test_a_state_of_integers_is_refused():
    cell, xs = cells.LSTM(H), np.ones((2, 4, D), np.float32)
    params = like_init(np.random.default_rng(0), cell.init, D)
    state = cells.LSTMState(*np.zeros((2, 2, H), int))
    with pytest.raises(ValueError, match="^state must have float32"):
        unroll(cell, params, xs, state=state)
    with pytest.raises(ValueError, match="^state must have float32"):
        step(cell, params, state, xs[:, 0])


def test_lists_are_taken_and_other_plans_are_named():
    cell = cells.SRN(1)
    params = like_init(np.random.default_rng(0), cell.init, 1)
    _, ys = unroll(cell, params, [[[0.5], [1.0]]], mask=[[True, False]])
    assert ys.shape == (1, 2, 1) and ys[0, 1] == 0
    with pytest.raises(ValueError, match="^plan must be a Plan"):
        unroll(cell, params, [[[0.5]]], plan="automatic")


def test_a_cell_whose_init_cannot_be_traced_or_was_changed_is_taken(monkeypatch):
    class Own(Leaky):
        def init(self, key, in_dim):
            return np.float32(np.eye(in_dim, self.out_dim)) * float(key.sum())

    xs = np.ones((2, 4, D), np.float32)
    step(Own(H), np.ones((D, H), np.float32), None, xs[:, 0])
    cell = Leaky(H)
    unroll(cell, np.ones((D, H), np.float32), xs)
    monkeypatch.setattr(Leaky, "init", lambda self, key, d: {"w": jnp.ones((d, H))})
    monkeypatch.setattr(Leaky, "project", lambda self, p, xs, noise=None: xs @ p["w"])
    monkeypatch.setattr(Leaky, "step", lambda self, p, h, u: (h, h))
    unroll(cell, {"w": np.ones((D, H), np.float32)}, xs)
