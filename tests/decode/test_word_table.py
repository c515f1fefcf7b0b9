"""What words become, read off aligned sentences."""

import numpy as np
import pytest

from seqnets.baselines.ibm import IBM
from seqnets.decode import word_table

F, E = ("im", "rad"), ("in", "the", "bicycle", "rider", "up")
PAIRS = [("im rad", "in the bicycle rider"), ("im", "in the"), ("rad", "bicycle rider")]
PAIRS += [("rad im", "bicycle rider in"), ("im", ""), ("rad", "rider")]


def sentences(side, words):
    return [
        np.array([words.index(w) for w in pair[side].split()], int) for pair in PAIRS
    ]


@pytest.fixture(scope="module")
def fitted():
    fs, es = sentences(0, F), sentences(1, E)
    options = {"iterations": 10, "weight": 0.1}
    channel, _ = IBM.fit(fs, es, (len(F), len(E)), **options)
    inverse, _ = IBM.fit(es, fs, (len(E), len(F)), **options)
    return fs, es, channel, inverse


def rows(table):
    found = {}
    for f, words, *scores in zip(*table, strict=True):
        text = " ".join(E[e] for e in words if e >= 0)
        found[F[f], text] = scores
    return found


def test_words_become_what_is_aligned_to_them(fitted):
    table = word_table.make_table(*fitted, choices=9)
    found = rows(table)
    assert set(found) == {
        *(("im", text) for text in ("in the", "in", "")),
        *(("rad", text) for text in ("bicycle rider", "rider")),
    }
    assert found["im", "in the"][1] == pytest.approx(np.log(2 / 4))
    assert found["im", ""][1] == pytest.approx(np.log(1 / 4))
    assert found["rad", "bicycle rider"][1] == pytest.approx(np.log(3 / 4))
    channel = fitted[2]
    both = channel.prob(1, np.array([2, 3])).mean()
    assert found["rad", "bicycle rider"][0] == pytest.approx(np.log(both))
    nothing = max(float(channel.prob(0, channel.null)), word_table.FLOOR)
    assert found["im", ""][0] == pytest.approx(np.log(nothing))


def test_the_best_choices_are_kept_of_each_word(fitted):
    whole = rows(word_table.make_table(*fitted, choices=9))
    table = word_table.make_table(*fitted, choices=1)
    assert table.source.tolist() == [0, 1]
    for (f, text), scores in rows(table).items():
        others = [sum(own) for (word, _), own in whole.items() if word == f]
        assert sum(scores) == max(others) and text


def test_words_that_do_not_stand_together_count_as_the_most_probable(fitted):
    _, _, _, inverse = fitted
    f, e = np.array([1, 0]), np.array([2, 0, 3])  # bicycle in rider
    ((_, rad), (_, im)) = word_table._became(f, e, inverse)
    assert im == (0,) and len(rad) == 1
    assert inverse.prob(rad[0], 1) == inverse.prob(np.array([2, 3]), 1).max()
