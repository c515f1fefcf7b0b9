"""An alignment is a grid whose cells are as dark as the weights."""

import numpy as np
from matplotlib.image import imread

from seqnets.plots import alignment


def test_each_symbol_has_a_row_or_a_column(tmp_path):
    def size(source, target):
        path = tmp_path / "one.png"
        alignment.draw(path, source, target, np.eye(len(target), len(source)))
        return imread(path).shape[:2]

    height, width = size(["ein", "Hund"], ["a", "dog"])
    taller = size(["ein", "Hund"], ["a", "dog"] * 6)
    wider = size(["ein", "Hund"] * 6, ["a", "dog"])
    assert taller[0] > height + 200 and wider[1] > width + 200


def test_the_heaviest_cell_is_the_darkest(tmp_path):
    def shades(weights):
        path = tmp_path / "one.png"
        alignment.draw(path, ["", ""], ["", ""], np.array(weights))
        grey = imread(path)[..., :3].mean(-1)
        height, width = grey.shape
        middle = grey[height // 4 : -height // 4, width // 4 : -width // 4]
        return middle.min()

    assert shades([[1.0, 0.0], [0.0, 0.0]]) < shades([[0.4, 0.0], [0.0, 0.4]])


def test_several_grids_stand_side_by_side(tmp_path):
    def width(weights):
        path = tmp_path / "one.png"
        alignment.draw(path, ["a", "b"], ["c"], weights)
        return imread(path).shape[1]

    one = np.ones((1, 2))
    assert width({"first": one, "second": one}) > 1.8 * width(one)


def test_signs_of_formulas_are_letters_like_others(tmp_path):
    alignment.draw(tmp_path / "a.png", ["$_{", "^$"], ["$x$"], np.ones((1, 2)))
    assert imread(tmp_path / "a.png").std() > 0
