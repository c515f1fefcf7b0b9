"""The regions of a picture: where they are, and pixels that are standardised."""

import jax
import numpy as np
import pytest

from seqnets.convolution2d import Convolutions
from seqnets.modules import PictureEncoder
from seqnets.modules.picture_encoder import standardise

pytestmark = pytest.mark.usefixtures("quickly")
RNG = np.random.default_rng(0)
LAYERS = Convolutions((3, 4), (2, 1))


@pytest.fixture(scope="module")
def pictures():
    return RNG.integers(0, 100, (2, 6, 8, 3)).astype(np.uint8)


def regions(pictures, **kwargs):
    encoder = PictureEncoder(LAYERS, **kwargs)
    params = encoder.init(jax.random.key(0), pictures)
    found = jax.jit(encoder.apply)(params, pictures)
    assert found.shape == (len(pictures), 12, encoder.out_dim)
    return found


def test_regions_go_line_by_line_and_know_where_they_are(pictures):
    found = regions(pictures)
    np.testing.assert_allclose(found[0, :4, -1], np.linspace(-1, 1, 4), atol=1e-6)
    np.testing.assert_array_equal(found[0, ::4, -2], [-1, 0, 1])


def test_standardised_pixels_have_mean_zero_and_deviation_one(pictures):
    found = standardise(pictures)
    np.testing.assert_allclose(found.mean((1, 2, 3)), 0, atol=1e-6)
    np.testing.assert_allclose(found.std((1, 2, 3)), 1, rtol=1e-5)
    blank = np.full((1, 6, 8, 3), 200, np.uint8)
    np.testing.assert_array_equal(standardise(blank), np.zeros(blank.shape))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_neither_brightness_nor_contrast_changes_standardised_pictures(pictures, dtype):
    changed = (2 * pictures + 30).astype(np.uint8)
    expected = regions(pictures, standard=True, dtype=dtype)
    assert expected.dtype == dtype
    found = regions(changed, standard=True, dtype=dtype)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    assert np.abs(regions(changed) - regions(pictures)).max() > 0.1
