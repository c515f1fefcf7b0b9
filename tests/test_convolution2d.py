"""Convolution over pictures against sums over windows, written out."""

import jax
import numpy as np
import pytest

from seqnets import convolution2d
from seqnets.convolution2d import Convolutions
from tests.looping import like_init

pytestmark = pytest.mark.usefixtures("quickly")
RNG = np.random.default_rng(0)

convolve = jax.jit(convolution2d.convolve, static_argnums=2)


def written_out(params, xs, stride):
    """Returns the features of each place as a sum over its window."""
    w, b = params
    size, (rows, height, width, _) = len(w), xs.shape
    down, across = -(-height // stride), -(-width // stride)
    # What is added is divided between both sides, the odd one at the end.
    pads = [
        max((n - 1) * stride + size - own, 0)
        for n, own in ((down, height), (across, width))
    ]
    pads = [(p // 2, p - p // 2) for p in pads]
    padded = np.pad(xs, ((0, 0), *pads, (0, 0)))
    found = np.empty((rows, down, across, w.shape[-1]), np.float32)
    for i, j in np.ndindex(down, across):
        top, left = i * stride, j * stride
        window = padded[:, top : top + size, left : left + size]
        found[:, i, j] = np.einsum("bijd,ijdf->bf", window, w) + b
    return found


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_each_feature_sees_its_window_and_zeros_beyond_the_border(stride):
    params = like_init(RNG, convolution2d.init, 2, 3)
    xs = RNG.normal(size=(2, 5, 7, 2)).astype(np.float32)
    found = convolve(params, xs, stride)
    np.testing.assert_allclose(found, written_out(params, xs, stride), atol=1e-5)


def test_the_largest_of_each_window_is_kept_and_what_fills_none_is_left_out():
    xs = np.arange(2 * 5 * 4, dtype=np.float32).reshape(2, 5, 4, 1)
    found = np.asarray(jax.jit(convolution2d.largest, static_argnums=1)(xs, 2))[..., 0]
    np.testing.assert_array_equal(found[0], [[5, 7], [13, 15]])
    np.testing.assert_array_equal(found[1], found[0] + 20)


def test_layers_have_the_shape_that_they_tell_and_are_rectified():
    layers = Convolutions((4, 3), (2, 3))
    params = like_init(RNG, layers.init, 1)
    xs = RNG.normal(size=(2, 9, 7, 1)).astype(np.float32)
    found = np.asarray(jax.jit(layers.apply)(params, xs))
    assert found.shape == (2, *layers.shape(9, 7), 3) == (2, 2, 2, 3)
    assert (found >= 0).all() and (found > 0).any()


def test_a_shifted_picture_has_shifted_features():
    layers = Convolutions((3,), (2,))
    params, apply = like_init(RNG, layers.init, 1), jax.jit(layers.apply)
    xs = np.zeros((1, 12, 12, 1), np.float32)
    xs[0, 3:6, 3:6, 0] = RNG.normal(size=(3, 3))
    moved = np.roll(xs, (4, 2), (1, 2))
    expected = np.roll(apply(params, xs), (2, 1), (1, 2))
    np.testing.assert_allclose(apply(params, moved), expected, atol=1e-6)


def test_coordinates_go_from_minus_one_to_one_down_and_across():
    found = np.asarray(convolution2d.coordinates(3, 5))
    np.testing.assert_allclose(found[:, 0, 0], [-1, 0, 1])
    np.testing.assert_allclose(found[0, :, 1], [-1, -0.5, 0, 0.5, 1])
    np.testing.assert_array_equal(convolution2d.coordinates(1, 1), np.zeros((1, 1, 2)))


def test_filters_keep_the_size_of_their_input():
    """He's deviation: the mean square of relu(z) is that of the input."""
    init = jax.jit(convolution2d.init, static_argnums=(1, 2))
    params = init(jax.random.key(0), 64, 256)
    xs = RNG.normal(size=(1, 12, 12, 64)).astype(np.float32)
    inside = np.asarray(convolve(params, xs, 1))[:, 1:-1, 1:-1]
    np.testing.assert_allclose((np.maximum(inside, 0) ** 2).mean(), 1.0, rtol=0.1)


@pytest.mark.parametrize(
    "channels, strides", [((), ()), ((4,), (1, 1)), ((4, 0), (1, 1)), ((4,), (0,))]
)
def test_layers_that_cannot_be_are_refused(channels, strides):
    with pytest.raises(ValueError, match="one of each|must be a positive integer"):
        Convolutions(channels, strides)
