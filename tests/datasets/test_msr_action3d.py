"""Skeletons of actions, divided by person."""

import numpy as np
import pytest

from seqnets import datasets
from seqnets.datasets import msr_action3d


def test_subjects_divide_the_skeletons(tmp_path):
    folder = tmp_path / "msr_action3d"
    folder.mkdir()
    subjects = np.arange(1, 11)
    joints = np.ones((20, 20, 3), np.float32) * np.repeat(subjects, 2)[:, None, None]
    joints[1] = 0  # Nobody is seen.
    np.savez(
        folder / "msr_action3d.npz",
        joints=joints,
        offsets=np.arange(0, 21, 2),
        action=np.arange(1, 11),
        subject=subjects,
        in_cvpr12_list=subjects != 3,
    )

    def people(**options):
        found = datasets.load("msr_action3d", "motions", str(tmp_path), **options)
        return [[int(m.frames[0, 0, 0]) for m in found[s]] for s in datasets.SPLITS]

    assert people() == [[1, 5, 7, 9], [9], [2, 4, 6, 8, 10]]
    assert people(held_out=5) == [[1, 7, 9], [5], [2, 4, 6, 8, 10]]
    found = datasets.load("msr_action3d", "motions", str(tmp_path)).train[0]
    assert found.labels == (msr_action3d.ACTIONS[0],) and len(found.frames) == 1
    with pytest.raises(ValueError, match="no training subject 4"):
        people(held_out=4)
