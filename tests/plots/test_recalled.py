"""The picture of recalled patterns has what was given to it."""

import numpy as np
from matplotlib.image import imread

from seqnets.plots import recalled


def red(path):
    pixels = imread(path)[..., :3]
    return int(((pixels[..., 0] > 0.6) & (pixels[..., 1:].max(-1) < 0.4)).sum())


def test_only_what_was_recalled_wrongly_has_a_red_frame(tmp_path):
    patterns = np.where(np.eye(4)[None].repeat(2, 0) > 0, 1, -1)
    found = np.stack([-patterns, patterns, patterns])
    right, wrong = tmp_path / "right.png", tmp_path / "wrong.png"
    recalled.draw(right, patterns, {"flipped": found}, ["one", "two"])
    found[2, 1, 0, 0] = -1
    recalled.draw(wrong, patterns, {"flipped": found}, ["one", "two"])
    assert red(right) == 0 < red(wrong)
