"""The regions of a picture: where they are, and what is seen on which background."""

import jax
import numpy as np
import pytest

from seqnets.convolution2d import Convolutions
from seqnets.modules import PictureEncoder

pytestmark = pytest.mark.usefixtures("quickly")
RNG = np.random.default_rng(0)
LAYERS = Convolutions((3, 4), (2, 1))


@pytest.fixture
def pictures():
    return RNG.integers(0, 100, (2, 6, 8, 3)).astype(np.uint8)


def regions(pictures, **kwargs):
    encoder = PictureEncoder(LAYERS, **kwargs)
    params = encoder.init(jax.random.key(0), pictures)
    found = jax.jit(encoder.apply)(params, pictures)
    assert found.shape == (len(pictures), 12, encoder.out_dim)
    return found


def test_regions_have_their_features_and_know_where_they_are(pictures):
    encoder = PictureEncoder(LAYERS)
    params = encoder.init(jax.random.key(0), pictures)
    found = encoder.apply(params, pictures)
    expected = [(y, x) for y in (-1, 0, 1) for x in np.linspace(-1, 1, 4)]
    np.testing.assert_allclose(found[0, :, -2:], expected, atol=1e-6)
    features = LAYERS.apply(params["params"]["layers"], pictures / np.float32(255))
    features = features.reshape(2, 12, 4)
    np.testing.assert_allclose(found[..., :-2], features, rtol=1e-5, atol=1e-6)


def test_empty_places_have_no_features_on_any_background(pictures):
    """And things as far above it have the same ones."""
    pictures[:, :, 3:] = 0
    expected = regions(pictures)
    colour = np.array([30, 60, 90], np.uint8)
    found = regions(pictures + colour, background=(30.0, 60.0, 90.0))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    empty = found.reshape(2, 3, 4, -1)[:, :, 3, :-2]
    np.testing.assert_array_equal(empty, np.zeros_like(empty))
    assert np.abs(regions(pictures + colour) - expected).max() > 0.1


def test_the_background_is_right_in_half_precision(pictures):
    full = regions(pictures, background=60)
    found = regions(pictures, background=60, dtype="bfloat16")
    assert found.dtype == "bfloat16"
    np.testing.assert_allclose(found.astype("float32"), full, atol=0.05)
