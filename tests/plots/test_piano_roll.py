"""A roll is drawn over beats, and a beginning is marked."""

import numpy as np
from matplotlib.image import imread

from seqnets.plots import piano_roll


def test_more_rolls_are_higher_and_a_beginning_is_red(tmp_path):
    path, roll = tmp_path / "a.png", np.zeros((40, 88))
    roll[::2, 30:60] = 1
    piano_roll.draw(path, [roll], ["one"], frames_per_beat=2)
    one = imread(path)
    piano_roll.draw(path, [roll, roll], ["one", "two"], frames_per_beat=2, begun=20)
    two = imread(path)
    assert len(two) > len(one) + 200

    def red(image):
        return ((image[..., 0] > 0.6) & (image[..., 1] < 0.4)).sum()

    assert red(one) == 0 < red(two)


def test_silence_is_drawn(tmp_path):
    piano_roll.draw(tmp_path / "a.png", [np.zeros((3, 88))], [""], frames_per_beat=1)
    assert imread(tmp_path / "a.png").std() > 0
