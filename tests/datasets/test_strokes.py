"""Drawings: read, refused, and the same there and back."""

import numpy as np
import pytest

from seqnets import datasets
from seqnets.datasets import strokes

LINE = '{"text": "ab", "strokes": [[[0, 0], [3, 4]], [[5, 5]]]}'


def test_strokes_become_offsets_and_again_strokes():
    drawing = strokes.parse(LINE)
    expected = [[3, 4, 1], [2, 1, 0], [0, 0, 1]]  # A single point is a dot.
    np.testing.assert_array_equal(drawing.points, expected)
    first, second = strokes.to_strokes(drawing.points)
    np.testing.assert_array_equal(first, [[0, 0], [3, 4]])
    np.testing.assert_array_equal(second, [[5, 5], [5, 5]])
    again = strokes.parse(strokes.to_json("ab", [first, second]))
    np.testing.assert_array_equal(again.points, drawing.points)


def test_a_file_is_cut_in_three_and_its_facts_are_those_of_the_training(tmp_path):
    path = tmp_path / "own.jsonl"
    path.write_text("\n".join([LINE] * 10))
    found = datasets.load(path, "strokes")
    assert [len(found[split]) for split in datasets.SPLITS] == [8, 1, 1]
    assert found.info["symbols"] == ["a", "b"]
    assert found.info["scale"] == pytest.approx(np.sqrt((9 + 16 + 4 + 1) / 6))
    assert found.info["range"] == [[0, 0], [3, 4]]


@pytest.mark.parametrize(
    "line, words",
    [
        ("", "it is empty"),
        ('{"text": "a"}', 'JSON object with "strokes"'),
        ('{"text": 1, "strokes": [[[0, 0], [1, 1]]]}', '"text" must be a text'),
        ('{"strokes": []}', "must be a list of strokes"),
        ('{"strokes": [[[0, 0], [1]]]}', "stroke 1 must be a list of points"),
        ('{"strokes": [[[0, 0, 0]]]}', "not of 3 numbers"),
        ('{"strokes": [[[0, 0], [NaN, 1]]]}', r"number at \(1, 0\) is nan"),
        ('{"strokes": [[[0, 0]], [[1e400, 1]]]}', "stroke 2.*is inf"),
        ('{"strokes": [[[0, 0], [1e9, 1]]]}', "beyond 1,000,000"),
    ],
)
def test_a_bad_line_is_named(tmp_path, line, words):
    path = tmp_path / "own.jsonl"
    path.write_text("\n".join([LINE, line, LINE]))
    with pytest.raises(ValueError, match=f"own.jsonl, line 2: .*{words}"):
        datasets.load(path, "strokes").train  # noqa: B018


def test_a_symbol_that_no_training_text_has_is_named(tmp_path):
    path = tmp_path / "own.jsonl"
    path.write_text("\n".join([LINE] * 9 + [LINE.replace("ab", "ac")]))
    with pytest.raises(ValueError, match="example 1 of test .*'c'"):
        datasets.load(path, "strokes").test  # noqa: B018


def test_published_sets_are_cut_at_their_offsets(tmp_path):
    points = np.array([[1, 2, 0], [3, 4, 1], [5, 6, 1]], np.int16)
    arrays = {}
    for split in datasets.SPLITS:
        arrays |= {f"{split}_points": points, f"{split}_offsets": np.array([0, 2, 3])}
    folder = tmp_path / "strokes"
    folder.mkdir()
    np.savez(folder / "short_kanji.npz", **arrays)
    found = datasets.load("kanji", "strokes", str(tmp_path)).valid
    assert [drawing.points.tolist() for drawing in found] == [
        [[1, 2, 0], [3, 4, 1]],
        [[5, 6, 1]],
    ]
    (folder / "short_kanji.npz").write_bytes(b"no archive")
    with pytest.raises(ValueError, match="short_kanji.npz: cannot be read"):
        datasets.load("kanji", "strokes", str(tmp_path)).train  # noqa: B018
