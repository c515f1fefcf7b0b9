import jax
import numpy as np
import pytest

from seqnets import convolution

pytestmark = pytest.mark.usefixtures("quickly")


def test_each_feature_sees_its_neighbours(key):
    params = convolution.init(key, 2, 4, width=3)
    rng = np.random.default_rng(0)
    xs = rng.normal(size=(3, 5, 2)).astype(np.float32)
    padded = np.pad(xs, ((0, 0), (1, 1), (0, 0)))
    expected = [
        np.concatenate([padded[:, t + k] for k in range(3)], -1) @ params.w
        for t in range(5)
    ]
    found = convolution.convolve(params, xs)
    np.testing.assert_allclose(found, np.stack(expected, 1), atol=1e-5)
    np.testing.assert_allclose(convolution.largest(found), found.max(1), atol=0, rtol=0)


def test_padding_is_as_if_it_were_not_there(key):
    params = convolution.init(key, 2, 4)
    rng = np.random.default_rng(0)
    xs = rng.normal(size=(2, 3, 2)).astype(np.float32)
    wide = np.concatenate([xs, np.full((2, 4, 2), np.nan, np.float32)], 1)
    mask = np.arange(7) < np.full((2, 1), 3)

    def pooled(params, xs, mask):
        return convolution.largest(convolution.convolve(params, xs, mask), mask)

    np.testing.assert_allclose(
        pooled(params, wide, mask), pooled(params, xs, mask[:, :3]), rtol=1e-5
    )
    assert not pooled(params, wide, np.zeros((2, 7), bool)).any()
    gradient = jax.grad(lambda xs: pooled(params, xs, mask).sum())(wide)
    assert np.isfinite(gradient).all() and not gradient[:, 3:].any()


def test_windows_have_a_middle(key):
    with pytest.raises(ValueError, match="odd"):
        convolution.init(key, 2, 4, width=2)
