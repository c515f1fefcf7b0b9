import jax
import numpy as np
import pytest

from seqnets import convolution
from tests.looping import like_init

pytestmark = pytest.mark.usefixtures("quickly")


def test_each_feature_sees_its_neighbours():
    rng = np.random.default_rng(0)
    params = like_init(rng, convolution.init, 2, 4)
    xs = rng.normal(size=(3, 5, 2)).astype(np.float32)
    padded = np.pad(xs, ((0, 0), (1, 1), (0, 0)))
    expected = [
        np.concatenate([padded[:, t + k] for k in range(3)], -1) @ params.w + params.b
        for t in range(5)
    ]
    found = np.asarray(jax.jit(convolution.convolve)(params, xs))
    np.testing.assert_allclose(found, np.stack(expected, 1), atol=1e-5)
    np.testing.assert_array_equal(convolution.largest(found), found.max(1))


def test_padding_is_as_if_it_were_not_there():
    rng = np.random.default_rng(0)
    params = like_init(rng, convolution.init, 2, 4)
    xs = rng.normal(size=(2, 3, 2)).astype(np.float32)
    wide = np.concatenate([xs, np.full((2, 4, 2), np.nan, np.float32)], 1)
    mask = np.arange(7) < np.full((2, 1), 3)

    @jax.jit
    def pooled(params, xs, mask):
        return convolution.largest(convolution.convolve(params, xs, mask), mask)

    np.testing.assert_allclose(
        pooled(params, wide, mask), pooled(params, xs, mask[:, :3]), rtol=1e-5
    )
    assert not pooled(params, wide, np.zeros((2, 7), bool)).any()
    slope = jax.jit(jax.grad(lambda xs: pooled(params, xs, mask).sum()))
    gradient = np.asarray(slope(wide))
    assert np.isfinite(gradient).all() and not gradient[:, 3:].any()


def test_windows_have_a_middle(key):
    with pytest.raises(ValueError, match="odd"):
        convolution.init(key, 2, 4, width=2)
