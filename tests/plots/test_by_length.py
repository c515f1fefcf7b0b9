"""Groups of sentences of like length."""

import functools

import numpy as np
from matplotlib.image import imread

from seqnets.plots import by_length


def test_every_sentence_is_in_one_group_and_groups_are_in_order():
    lengths = np.random.default_rng(0).integers(1, 30, 200)
    groups = by_length.by_length(lengths)
    assert 2 < len(groups) <= by_length.GROUPS
    assert sorted(i for _, chosen in groups for i in chosen) == list(range(200))
    before = 0
    for (least, most), chosen in groups:
        assert before < least <= most
        assert {least, most} <= {*lengths[chosen]} and before < lengths[chosen].min()
        before = most


def test_sentences_of_one_length_are_one_group():
    assert by_length.by_length([4, 4, 4]) == [((4, 4), [0, 1, 2])]


def test_the_figure_asks_each_score_for_each_group(tmp_path):
    asked = {"a": [], "b": []}

    def score(chosen, own):
        own.append(tuple(chosen))
        return 10.0 * len(own)

    axes = {"xlabel": "words", "ylabel": "BLEU"}
    scores = {name: functools.partial(score, own=own) for name, own in asked.items()}
    by_length.draw(tmp_path / "a.png", [1, 2, 3, 9], scores, **axes)
    for own in asked.values():
        assert sorted(i for chosen in own for i in chosen) == [0, 1, 2, 3]
    assert imread(tmp_path / "a.png").std() > 0
