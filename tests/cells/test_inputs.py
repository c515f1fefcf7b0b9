"""Inputs that parameters were not drawn for are named, and what fits them."""

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
