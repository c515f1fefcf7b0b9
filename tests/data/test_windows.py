"""What a net reads of a series: nothing of a step itself, and every step once."""

import numpy as np
import pytest

from seqnets.data import windows


def test_lagged_values_stand_beside_the_step_the_latest_first():
    found = windows.lagged(np.arange(1, 6), 1, 3)
    assert found.tolist() == [[0, 0, 0], [1, 0, 0], [2, 1, 0], [3, 2, 1], [4, 3, 2]]
    columns = windows.lagged(np.arange(6).reshape(3, 2), 0, 2)
    assert columns[2].tolist() == [4, 5, 2, 3]
    assert windows.lagged(np.arange(3), 1, 0).shape == (3, 0)


def given(size=20):
    features = np.arange(1, size + 1, dtype=np.float32)[:, None]
    return features, np.arange(size, dtype=np.float32), np.ones(size, bool)


def test_training_windows_score_what_comes_after_the_warm_up():
    features, targets, scored = given()
    scored[9] = False
    found = windows.every(features, targets, scored, begin=2, warm_up=3, length=4)
    assert found.features.shape == (12, 7, 1) and found.mask.all()
    np.testing.assert_array_equal(found.targets[0], np.arange(2, 9))
    np.testing.assert_array_equal(found.scored[0], [0, 0, 0, 1, 1, 1, 1])
    np.testing.assert_array_equal(found.scored[1], [0, 0, 0, 1, 1, 1, 0])
    with pytest.raises(ValueError, match="18 steps to train are fewer"):
        windows.every(features, targets, scored, begin=2, warm_up=15, length=4)


@pytest.mark.parametrize("stretch, begin", [(0, 2), (13, 0), (19, 0)])
def test_each_step_of_a_stretch_is_scored_once_in_order(stretch, begin):
    features, targets, scored = given()
    scored[15] = False
    places = {"begin": begin, "stretch": stretch, "warm_up": 3, "length": 4}
    found = windows.in_turn(features, targets, scored, **places)
    first = max(stretch, begin)
    expected = [t for t in range(first, 20) if t != 15]
    assert found.targets[found.scored].tolist() == expected
    # A step reads the warm-up before it, as far as there is one.
    assert not found.features[~found.mask].any()
    np.testing.assert_array_equal(
        found.features[..., 0][found.mask], found.targets[found.mask] + 1
    )


def test_windows_end_where_they_are_asked_to():
    found, mask = windows.ending(given()[0], np.array([2, 20]), 5, 0)
    assert found[0, :, 0].tolist() == [0, 0, 0, 1, 2]
    assert mask[0].tolist() == [False] * 3 + [True] * 2
    assert found[1, :, 0].tolist() == [16, 17, 18, 19, 20]
