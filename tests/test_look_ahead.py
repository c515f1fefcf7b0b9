"""A chunk and a few steps behind it: what is final, and what is provisional."""

import functools

import jax
import numpy as np
import pytest

from seqnets import bidirectional, cells, init_bidirectional, unroll
from seqnets.look_ahead import read_chunk, start
from tests.looping import like_init

pytestmark = pytest.mark.usefixtures("quickly")

B, T, D, H = 3, 7, 2, 3


@pytest.fixture
def xs():
    return np.random.default_rng(1).normal(size=(B, T, D)).astype(np.float32)


def test_a_part_gives_provisional_outputs_behind_its_chunk(xs):
    cell = cells.LSTM(H)
    init = functools.partial(init_bidirectional, cell)
    params = like_init(np.random.default_rng(0), init, D)

    @jax.jit
    def both(params, xs):
        _, whole = bidirectional(cell, params, xs)
        before, _ = unroll(cell, params.forward, xs[:, : T - 3])
        return read_chunk(cell, params, xs, look_ahead=3), (before, whole)

    close = functools.partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-6)
    jax.tree.map(close, *both(params, xs))


def test_what_cannot_be_read_is_refused(xs):
    cell = cells.SRN(H)
    params = like_init(np.random.default_rng(0), cell.init, D)
    with pytest.raises(ValueError, match="from 0 to the 7 steps"):
        read_chunk(cell, params, xs, look_ahead=8, direction="forward")
    with pytest.raises(ValueError, match="direction must be one of"):
        read_chunk(cell, params, xs, direction="up")


@pytest.mark.parametrize("deep", [False, True])
def test_parameters_of_one_direction_are_refused_where_both_are_read(deep, xs):
    cell = cells.Stack((cells.SRN(H), cells.SRN(H))) if deep else cells.SRN(H)
    params = like_init(np.random.default_rng(0), cell.init, D)
    for read in (
        lambda: read_chunk(cell, params, xs),
        lambda: start(cell, params, B, xs.dtype),
    ):
        with pytest.raises(ValueError, match="params must be Dir.* not SRNParams"):
            read()
