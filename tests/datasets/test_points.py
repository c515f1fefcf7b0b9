"""Functions become points of mean 0 and deviation 1; a bad line is named."""

import numpy as np
import pytest

from seqnets import datasets
from seqnets.datasets import points
from seqnets.datasets.dataset import SPLITS


def load(name):
    return datasets.load(name, "points")


@pytest.mark.parametrize(
    ("name", "truths"),
    [("xor", [0, 1, 1, 0]), ("and", [0, 0, 0, 1]), ("or", [0, 1, 1, 1])],
)
def test_a_boolean_function_is_its_truth_table(name, truths):
    found = load(name)
    for split in SPLITS:
        x, y = found[split].columns
        assert x.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
        assert y.tolist() == truths
    assert found.info["boolean"] and found.info["inputs"] == 2


@pytest.mark.parametrize("name", points.CURVES)
def test_a_curve_is_scaled_and_no_point_is_in_two_splits(name):
    found = load(name)
    parts = [found[split].columns for split in SPLITS]
    assert [len(part.y) for part in parts] == [320, 40, 40]
    x, y = parts[0]
    assert abs(x.mean()) < 1e-6 and abs(y.mean()) < 1e-6
    assert x.std() == pytest.approx(1) and y.std() == pytest.approx(1)
    together = np.concatenate([part.x[:, 0] for part in parts])
    assert len(np.unique(together)) == points.POINTS
    assert not found.info["boolean"] and found.info["inputs"] == 1
    (x_mean, x_scale), (y_mean, y_scale) = (found.info["scales"][a] for a in "xy")
    for x, y in parts:
        expected = points.CURVES[name](x[:, 0] * x_scale + x_mean)
        given = y * y_scale + y_mean
        assert np.mean(np.abs(given - expected) > 1e-4) < 0.02  # At a step's very edge.


def test_a_file_of_points_is_read_in_any_order_and_with_commas(tmp_path):
    lines = [f"{x} {3 * x + 1}" for x in range(20)]
    (tmp_path / "line.txt").write_text("\n".join(lines) + "\n")
    mixed = [
        lines[i].replace(" ", ",") for i in np.random.default_rng(0).permutation(20)
    ]
    (tmp_path / "line.csv").write_text("\n".join(mixed))
    ours, theirs = (load(tmp_path / f"line.{end}") for end in ("txt", "csv"))
    for split in SPLITS:
        for a, b in zip(ours[split].columns, theirs[split].columns, strict=True):
            np.testing.assert_array_equal(a, b)
        x, y = ours[split].columns
        np.testing.assert_allclose(x[:, 0], y, rtol=1e-5)  # A line's scaled points.


@pytest.mark.parametrize(
    ("line", "shown"),
    [("x,y", "'x,y'"), ("1 2 3", "'1 2 3'"), ("", "it is empty"), ("1 nan", "'1 nan'")],
)
def test_a_bad_line_is_named_with_its_number(tmp_path, line, shown):
    path = tmp_path / "my.txt"
    path.write_text("1 2\n3 4\n" + line + "\n5 6\n")
    with pytest.raises(ValueError) as caught:
        _ = load(path).train
    assert str(caught.value).startswith(f"{path}, line 3: expected two numbers")
    assert shown in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 2\n" * 3, "3 points are too few"),
        ("1 2\n" * 10, "x is 1 at all"),
        ("".join(f"{x} {x}e300\n" for x in range(20)), "y has values too large"),
        ("".join(f"{x} 7\n" for x in range(10)), "y is 7 at all"),
    ],
)
def test_points_that_are_no_curve_are_refused(tmp_path, text, message):
    (tmp_path / "my.txt").write_text(text)
    with pytest.raises(ValueError, match=message):
        _ = load(tmp_path / "my.txt").info


def test_an_unknown_function_gets_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'waves'"):
        load("wave")
