"""Frames of any numbers are read as vectors by a classifier, whatever their shape."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqnets import cells
from seqnets.convolution2d import Convolutions
from seqnets.modules.frame_classifier import NETS, FrameClassifier
from seqnets.modules.readout import Readout

pytestmark = pytest.mark.usefixtures("quickly")


def test_vectors_are_the_numbers_of_a_frame_and_padding_changes_nothing():
    layers = Convolutions((2,), (1,))
    options = "vectors", cells.GRU(3), 1, "both", layers, Readout(2), jnp.float32
    frames = np.random.default_rng(0).normal(size=(2, 5, 4, 1)).astype(np.float32)
    mask = np.arange(5) < np.array([[5], [3]])
    rubbish = np.where(mask[..., None, None], frames, 99)

    @jax.jit
    def scored(key):
        model = FrameClassifier(*options)
        params = model.init(key, frames, mask)
        square = frames.reshape(2, 5, 2, 2)
        return [model.apply(params, f, mask) for f in (frames, square, rubbish)]

    tall, square, padded = scored(jax.random.key(0))
    assert tall.shape == (2, 5, 2)
    np.testing.assert_allclose(tall, square, atol=1e-6)
    np.testing.assert_allclose(tall[mask], padded[mask], atol=1e-6)
    assert np.abs(np.diff(tall[0], axis=0)).min() > 0


@pytest.mark.parametrize("net", NETS)
def test_a_depth_of_two_has_two_layers(net, key):
    def count(depth):
        layers = Convolutions((2, 3), (2, 1))
        options = cells.SRN(4), depth, "forward", layers, Readout(2), jnp.float32
        shape = (1, 2, 20, 3) if net in ("flat", "parts") else (1, 2, 4, 4)
        args = key, jnp.zeros(shape), jnp.ones((1, 2), bool)
        made = jax.eval_shape(FrameClassifier(net, *options).init, *args)
        runs = jax.tree_util.tree_leaves_with_path(made)
        return sum("run" in jax.tree_util.keystr(path) for path, _ in runs)

    assert count(2) == 2 * count(1) > 0
