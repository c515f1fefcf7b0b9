"""Pictures and their texts are all drawn, and steps of attention over one."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.image import imread

from seqnets.plots import picture_attention, pictures

INK = np.zeros((6, 8, 1), np.uint8)
INK[2:4, 2:6] = 255


def test_a_row_more_makes_the_figure_taller_and_longer_texts_do_too(tmp_path):
    def height(count, text):
        path = tmp_path / "pictures.png"
        pictures.draw(path, [INK] * count, [text] * count, "title", columns=3)
        return imread(path).shape[0]

    assert height(3, "short") < height(4, "short") < height(4, "a long text " * 9)


def test_ink_is_dark_and_colours_are_what_they_are():
    figure = Figure()
    left, right = figure.subplots(1, 2)
    pictures.show(left, INK)
    pictures.show(right, np.full((4, 4, 3), (250, 0, 0), np.uint8))
    ink, colour = left.images[0], right.images[0]
    assert ink.cmap(ink.norm(255))[0] < 0.1 < 0.9 < ink.cmap(ink.norm(0))[0]
    assert tuple(colour.get_array()[0, 0]) == (250, 0, 0)


def test_a_veil_lies_where_the_weight_is(tmp_path):
    weights = np.zeros((2, 2, 2))
    weights[0, 0, 0] = weights[1, 1, 1] = 0.9
    path = tmp_path / "attention.png"
    blank = np.zeros((8, 8, 1), np.uint8)
    picture_attention.draw(path, blank, ["$one", "two"], weights)
    found = imread(path)
    red = found[..., 0] - found[..., 2] > 0.2
    columns = np.array_split(red, 3, 1)  # The picture alone, and two steps.
    assert not columns[0].any()
    for own, place in zip(columns[1:], (0, 1), strict=True):
        rows, across = np.nonzero(own)
        half = rows.mean() > own.shape[0] / 2 + 9 * (1 - place)
        assert half == bool(place) and (across.mean() > own.shape[1] / 2) == place
