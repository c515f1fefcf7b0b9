"""A series is cut in the order of time, and a split never holds what comes after."""

import numpy as np
import pytest

from seqnets import datasets
from seqnets.datasets.dataset import SPLITS


def own(folder, lines, **options):
    path = folder / "own.csv"
    path.write_text("\n".join(map(str, lines)) + "\n")
    return datasets.load(path, "series", **options)


def test_stretches_follow_each_other_and_know_only_what_is_before(tmp_path):
    data = own(tmp_path, range(100))
    train, valid, test = (data[split][0] for split in SPLITS)
    assert [len(part.values) for part in (train, valid, test)] == [70, 85, 100]
    assert [part.begin for part in (train, valid, test)] == [0, 70, 85]
    for part in (train, valid):
        np.testing.assert_array_equal(part.values, test.values[: len(part.values)])
    assert data.info["interpolated"] == 0 and data.info["inputs"] == []


def test_only_the_last_stretch_has_inputs_of_the_future(tmp_path):
    rows = ["u,y", *(f"{i},{i}" for i in range(40)), "7,", "8,"]
    data = own(tmp_path, rows, inputs=("u",), valid_steps=5, test_steps=5)
    sizes = [len(data[split][0].inputs) for split in SPLITS]
    assert sizes == [30, 35, 42] and len(data.test[0].values) == 40


@pytest.mark.parametrize(
    "count, options, message",
    [
        (19, {}, "19 values are too few; at least 20"),
        (40, {"test_steps": 30}, "40 values leave 4 to train before 6"),
        (40, {"valid_steps": 50}, "40 values leave 0 to train"),
    ],
)
def test_a_series_that_is_too_short_is_refused(tmp_path, count, options, message):
    with pytest.raises(ValueError, match=message):
        _ = own(tmp_path, range(count), **options).train


def test_a_folder_is_no_series(tmp_path):
    with pytest.raises(ValueError, match="a folder; a series is one CSV"):
        _ = datasets.load(tmp_path, "series").train
