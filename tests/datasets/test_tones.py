"""Dialled keys have the tones of a telephone."""

import numpy as np

from seqnets.datasets import tones
from seqnets.datasets.audio import RATE


def test_tones_are_the_two_of_each_key():
    found = tones.draw(12, 2)
    assert len(found) == 240
    pairs = {1: (697, 1209), 5: (770, 1336), 9: (852, 1477), 0: (941, 1336)}
    for recording in found:
        if recording.digit in pairs:
            spectrum = np.abs(np.fft.rfft(recording.samples, RATE))
            low, high = spectrum[650:1050].argmax() + 650, spectrum[1150:1550].argmax()
            wanted = pairs[recording.digit]
            assert abs(low / wanted[0] - 1) < 0.025
            assert abs((high + 1150) / wanted[1] - 1) < 0.025
    same = tones.draw(12, 2)
    np.testing.assert_array_equal(found[7].samples, same[7].samples)
