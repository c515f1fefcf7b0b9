"""Files of the UEA archive are read; a bad line is named."""

import numpy as np
import pytest

from seqnets import datasets
from seqnets.datasets import ts_files

HEAD = "# a comment\n@dimensions 2\n@classLabel true a b\n@data\n"


def test_dimensions_become_the_columns_of_frames(tmp_path):
    path = tmp_path / "own.ts"
    path.write_text(HEAD + "1,2,3:4,5,6:a\n7,8:9,0:b\n")
    first, second = ts_files.read_ts(path)
    assert first.frames.shape == (3, 2, 1) and first.labels == ("a",)
    np.testing.assert_array_equal(first.frames[..., 0], [[1, 4], [2, 5], [3, 6]])
    np.testing.assert_array_equal(second.frames[..., 0], [[7, 9], [8, 0]])


@pytest.mark.parametrize(
    "line, message",
    [
        ("1,2:3,x:a", "line 6: expected dimensions of numbers"),
        ("1,2:3:a", "line 6: dimensions of 1 and of 2 values"),
        ("1,2:a", "line 6: 1 dimensions, where the first example has 2"),
        ("1,2", "line 6: expected dimensions"),
    ],
)
def test_a_bad_line_is_named(tmp_path, line, message):
    path = tmp_path / "own.ts"
    path.write_text(f"{HEAD}1:2:a\n{line}\n")
    with pytest.raises(ValueError, match=message):
        ts_files.read_ts(path)


def test_a_file_without_data_is_refused(tmp_path):
    (tmp_path / "own.ts").write_text("1:2:a\n")
    with pytest.raises(ValueError, match="no examples below a line @data"):
        ts_files.read_ts(tmp_path / "own.ts")


def test_the_vowels_are_of_nine_speakers_all_in_every_split(shared):
    data = datasets.load("japanese_vowels", "motions", shared("mts"))
    sizes = [len(data[split]) for split in datasets.SPLITS]
    assert sizes == [225, 45, 370]
    assert data.info == {"classes": list("123456789"), "shape": [12, 1]}
    lengths = {len(m.frames) for m in data.train + data.test}
    assert (min(lengths), max(lengths)) == (7, 29)
    for split in datasets.SPLITS:
        assert {label for m in data[split] for label in m.labels} == set("123456789")
