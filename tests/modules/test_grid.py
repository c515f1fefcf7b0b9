"""Nets of a grid: what they read, and that no corner of a picture is the first."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets.modules.grid import PictureScan, patches
from seqnets.structures.grid import GridLSTM

pytestmark = pytest.mark.usefixtures("quickly")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_patches_are_squares_in_their_places_filled_up_with_zeros(rng):
    pixels = rng.normal(size=(2, 5, 4)).astype(np.float32)
    cut = np.asarray(patches(jnp.asarray(pixels), 3))
    assert cut.shape == (2, 2, 2, 9)
    whole = np.zeros((2, 6, 6), np.float32)
    whole[:, :5, :4] = pixels
    for row, column in np.ndindex(2, 2):
        square = whole[:, 3 * row :, 3 * column :][:, :3, :3]
        np.testing.assert_array_equal(cut[:, row, column], square.reshape(2, 9))


def test_a_picture_upside_down_is_the_same_to_grids_from_the_other_corners(rng):
    H, K = 3, 2
    net = PictureScan(GridLSTM(H, ("lstm", "lstm", "copy"), shared=True), K, 1)
    pixels = rng.uniform(0, 255, (2, 3, 2)).astype(np.float32)
    key = jax.random.key(0)
    params = jax.tree.map(np.asarray, jax.jit(net.init)(key, pixels)["params"])
    w = params["readout"]["w"].reshape(4, H, K)
    other = [1, 0, 3, 2]  # Of corners, those that the rows turned make of them.
    turned = {
        "grids": tuple(params["grids"][i] for i in other),
        "readout": params["readout"] | {"w": w[other, :, :].reshape(4 * H, K)},
    }

    apply = jax.jit(lambda p, x: net.apply({"params": p}, x))
    one, two = apply(params, pixels), apply(turned, pixels[:, ::-1])

    assert np.abs(one).max() > 0.01
    np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)
