"""Normalised skeletons are the same wherever they stand and however large they are."""

import numpy as np
import pytest

from seqnets.data import skeletons


@pytest.mark.parametrize("joints", [skeletons.JOINTS, 7])
def test_place_and_size_do_not_matter(joints):
    frames = np.random.default_rng(0).normal(size=(5, joints, 3))
    found = skeletons.normalised(frames)
    moved = skeletons.normalised(3.0 * frames + [10.0, -2.0, 5.0])
    np.testing.assert_allclose(found, moved, atol=1e-4)
    assert found.dtype == np.float32


def test_a_skeleton_of_one_point_stays_finite():
    assert np.isfinite(skeletons.normalised(np.ones((3, 4, 3)))).all()


def test_parts_are_all_joints_once():
    own = sorted(joint for part in skeletons.PARTS.values() for joint in part)
    assert own == list(range(skeletons.JOINTS))
