"""Data of a user's own, which tests of several experiments share."""

import numpy as np
import pytest

from seqnets.datasets import drawn_digits


@pytest.fixture(scope="session")
def image_folder(tmp_path_factory):
    """A folder like MNIST's: drawn digits of half the size."""
    folder = tmp_path_factory.mktemp("images")
    for part, count in (("train", 264), ("t10k", 40)):
        drawn, labels = drawn_digits.draw(count, seed=len(part))
        _write_idx(folder / f"{part}-images-idx3-ubyte", drawn[:, ::2, ::2])
        _write_idx(folder / f"{part}-labels-idx1-ubyte", labels.astype(np.uint8))
    return folder


def _write_idx(path, array):
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    path.write_bytes(header + array.tobytes())
