"""Pictures of trees: shaded by what each node says."""

import numpy as np
import pytest
from matplotlib.image import imread

from seqnets.plots import tree

CHILDREN = [(), (), (0, 1), (), (2, 3)]
WORDS = ["not", "a", None, "x" * 40, None]


@pytest.mark.parametrize("ordered", [True, False])
def test_a_picture_depends_on_what_nodes_say(tmp_path, ordered):
    found = []
    for best in (0, 2):
        p = np.full((5, 3), 0.1)
        p[:, best] = 0.8
        drawn = [tree.Drawn("good, 80%", WORDS, CHILDREN, p)] * 2
        path = tmp_path / f"{best}.png"
        tree.draw(path, drawn, ("bad", "neutral", "good"), ordered=ordered)
        found.append(imread(path))
    first, second = found
    assert first.std() > 0
    assert first.shape == second.shape and np.any(first != second)


@pytest.mark.parametrize("words", [("x" * 16, "a"), ("a", "x" * 16)])
@pytest.mark.parametrize("above", [None, "y" * 16])
def test_no_box_is_cut_at_an_edge(tmp_path, words, above):
    p = np.ones((4, 1))
    drawn = tree.Drawn("", [*words, above, None], [(), (), (1,), (0, 2)], p)
    tree.draw(tmp_path / "a.png", [drawn], ["one"], ordered=False)
    picture = imread(tmp_path / "a.png")
    assert picture[:, :3].min() == picture[:, -3:].min() == 1 > picture.min()


def test_children_stand_below_and_parents_between_them():
    xs, ys = tree._places(tree.Drawn("", WORDS, CHILDREN, np.ones((5, 1))))
    for node, below in enumerate(CHILDREN):
        for c in below:
            assert ys[c] < ys[node]
        if below:
            assert xs[list(below)].min() < xs[node] < xs[list(below)].max()
