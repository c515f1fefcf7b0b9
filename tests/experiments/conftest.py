"""Data of a user's own, and a small run, which tests of several files share."""

import functools

import numpy as np
import pytest

import experiments
from experiments import __main__ as commands
from seqnets.datasets import drawn_digits
from tests.experiments.one_number import CONFIG, build

# Which digits are drawn is tested by itself: here, they are drawn once.
draw_once = functools.cache(drawn_digits.draw)


@pytest.fixture(scope="module", autouse=True)
def same_digits():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawn_digits, "draw", draw_once)
        yield


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


@pytest.fixture
def config(tmp_path, monkeypatch):
    """The path of a config of the small task, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(experiments, "build", build)
    (tmp_path / "small.py").write_text(CONFIG)
    return "--config=small.py"


@pytest.fixture
def workdir(config):
    """A run folder with a checkpoint."""
    assert commands.main(["train", config, "--workdir=run"]) == 0
    return "--workdir=run"
