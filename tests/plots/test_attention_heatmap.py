"""A heatmap shows every word, on a shade of its weight."""

import numpy as np
from matplotlib.image import imread

from seqnets.plots import attention_heatmap


def test_a_text_is_as_large_as_it_needs_to_be(tmp_path):
    path = tmp_path / "text.png"
    line = [(word, 0.5) for word in ("a", "few", "words")]
    attention_heatmap.draw(path, [("heading", [(None, line)])])
    small = imread(path).shape
    attention_heatmap.draw(path, [("heading", [(0.2, line * 30)]), ("none", [])])
    large = imread(path).shape
    assert large[0] > 2 * small[0] and large[1] > 2 * small[1]
    attention_heatmap.draw(path, [("weightless", [(0.0, [("a", 0.0)])])])


def test_the_heaviest_word_has_the_darkest_shade(tmp_path):
    def darkest(weights):
        path = tmp_path / "text.png"
        words = [("      ", weight) for weight in (weights[0], 0.0, weights[1])]
        attention_heatmap.draw(path, [(" ", [(None, words)])])
        green = imread(path)[..., 1]
        left, right = np.array_split(green, 2, axis=1)
        return left.min(), right.min()

    left, right = darkest([0.9, 0.1])
    assert left < right
    left, right = darkest([0.1, 0.9])
    assert right < left
