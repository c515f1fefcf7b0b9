"""Pictures are read as regions, and written about a symbol at a time as at once."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells
from seqnets.alignment import Additive
from seqnets.convolution2d import Convolutions
from seqnets.modules import DeepOutput, Embedding, PictureDecoder, PictureEncoder

pytestmark = pytest.mark.usefixtures("quickly")

V, E, H, T = 5, 3, 4, 3
ENCODER = PictureEncoder(Convolutions((3,), (2,)))
RNG = np.random.default_rng(0)
PICTURES = RNG.integers(0, 256, (2, 4, 6, 1)).astype(np.uint8)
IDS, MASK = RNG.integers(0, V, (2, T)), np.array([[True] * 3, [True, True, False]])


def made(attending):
    cell = cells.Bridge(cells.LSTM(H), "tanh", 7)
    if attending:
        cell = cells.AttendBefore(cell, Additive(2), ENCODER.out_dim)
    output = DeepOutput(V, "tanh", E)
    return PictureDecoder(ENCODER, Embedding(V, E), cell, output, 7)


@pytest.mark.parametrize("attending", [True, False])
def test_a_step_at_a_time_gives_the_logits_of_the_whole(key, attending):
    model = made(attending)

    @jax.jit
    def both():
        params = model.init(key, PICTURES, None, IDS, MASK)
        run = functools.partial(model.apply, params)
        bound, state = run(PICTURES, None, method="read")
        step = functools.partial(run, bound, method="step")
        stepped = jax.lax.scan(step, state, jnp.asarray(IDS.T))[1].swapaxes(0, 1)
        other = run(PICTURES[::-1], None, IDS, MASK)
        return run(PICTURES, None, IDS, MASK), stepped, other

    whole, stepped, other = both()
    np.testing.assert_allclose(stepped[MASK], whole[MASK], rtol=1e-5, atol=1e-6)
    assert np.abs(whole - other).max() > 1e-3  # The picture matters.
