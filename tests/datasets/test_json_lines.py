"""Lines of JSON: in one file or three, and what is wrong with one."""

import numpy as np
import pytest

from seqnets.data.files import Place
from seqnets.datasets import json_lines


def test_a_file_is_cut_in_order_and_a_folder_has_its_parts(tmp_path):
    path = tmp_path / "own.jsonl"
    path.write_text("\n".join(map(str, range(20))))
    found = json_lines.read(Place("own", (path,)), int)
    assert [found[s] for s in ("valid", "test")] == [[16, 17], [18, 19]]
    for name, text in (("train", "1\n2"), ("dev", "3"), ("test", "4")):
        (tmp_path / f"{name}.jsonl").write_text(text)
    found = json_lines.read(Place("own", (tmp_path,)), int)
    assert found == {"train": [1, 2], "valid": [3], "test": [4]}
    path.write_text("1\n2")
    with pytest.raises(ValueError, match="2 lines are too few for 3 parts"):
        json_lines.read(Place("own", (path,)), int)


@pytest.mark.parametrize("line", ["", "1", "[]", '["a"]', '{"b": 1}', "{"])
def test_what_lacks_a_field_is_refused(line):
    with pytest.raises(ValueError, match="expected a thing, but it is"):
        json_lines.fields(line, "a thing", ["a"])


def test_numbers_are_finite_and_of_one_rank():
    found = json_lines.numbers([[1, 2.5], [3, 4]], 2, "it must be pairs")
    assert found.dtype == np.float32 and found.tolist() == [[1, 2.5], [3, 4]]
    for wrong in ([], [1], [[1], [2, 3]], [["a"]], None):
        with pytest.raises(ValueError, match="it must be pairs"):
            json_lines.numbers(wrong, 2, "it must be pairs")
    for wrong in (float("nan"), 1e300):
        with pytest.raises(ValueError, match=r"the number at \(0, 1\)"):
            json_lines.numbers([[1, wrong]], 2, "it must be pairs")
