"""Strings of digits, written by a pen."""

import numpy as np

from seqnets.datasets import pen_digits, strokes


def test_digits_are_written_from_left_to_right_in_strokes():
    drawings = pen_digits.draw(50, seed=3)
    again = pen_digits.draw(50, seed=3)
    for drawing, same in zip(drawings, again, strict=True):
        np.testing.assert_array_equal(drawing.points, same.points)
        assert drawing.text.isdigit() and 1 <= len(drawing.text) <= 4
        assert drawing.points[-1, 2] == 1 and np.isfinite(drawing.points).all()
        own = strokes.to_strokes(drawing.points)
        assert len(own) >= len(drawing.text)
        middles = [stroke[:, 0].mean() for stroke in own]
        assert len(drawing.text) == 1 or middles[-1] > middles[0]
        # No point is drawn twice, but where a pen is set down where it was lifted.
        moves = np.abs(drawing.points[:, :2]).sum(1)
        assert (moves > 1e-6).all()
    assert len({drawing.text for drawing in drawings}) > 30
