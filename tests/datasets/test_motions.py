"""Movements: read, and refused with what is wrong and where."""

import json

import numpy as np
import pytest

from seqnets import datasets

LINES = [
    json.dumps({"label": "xy"[i % 2], "frames": np.full((2, 3, 3), i).tolist()})
    for i in range(10)
]


def written(tmp_path, line, place=1):
    path = tmp_path / "own.jsonl"
    path.write_text("\n".join([*LINES[:place], line, *LINES[place:]]))
    return datasets.load(path, "motions")


def test_a_file_is_cut_in_three_and_its_classes_are_known(tmp_path):
    found = written(tmp_path, LINES[0])
    assert [len(found[split]) for split in datasets.SPLITS] == [9, 1, 1]
    assert found.info == {"classes": ["x", "y"], "shape": [3, 3]}


def test_labels_of_frames_are_kept(tmp_path):
    labels = {"labels": ["x", "y"], "frames": np.zeros((2, 3, 3)).tolist()}
    assert written(tmp_path, json.dumps(labels)).train[1].labels == ("x", "y")


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"label": "x"}, "expected a JSON object"),
        ({"label": "x", "frames": [[[1, 2], [3]]]}, "tables of numbers"),
        ({"label": "x", "frames": [[[1, 2, float("nan")]] * 3]}, "is nan"),
        ({"label": "x", "frames": [[[1, 2, 3]] * 4]}, "4 x 3 numbers.* 3 x 3.*joints"),
        ({"label": 3, "frames": [[[1, 2, 3]] * 3]}, '"label" must be a text'),
        ({"labels": ["x"], "frames": [[[1, 2, 3]] * 3] * 2}, "1 .*for 2 frames"),
    ],
)
def test_a_bad_line_is_named(tmp_path, fields, words):
    with pytest.raises(ValueError, match=f"own.jsonl, line 2: .*{words}"):
        written(tmp_path, json.dumps(fields)).train  # noqa: B018


@pytest.mark.parametrize("label, words", [("z", "'z'"), (None, "no label")])
def test_a_label_that_cannot_be_learnt_is_named(tmp_path, label, words):
    fields = {"frames": np.zeros((2, 3, 3)).tolist()} | (
        {"label": label} if label else {}
    )
    with pytest.raises(ValueError, match=f"example 1 of test .*{words}"):
        written(tmp_path, json.dumps(fields), place=10).train  # noqa: B018
