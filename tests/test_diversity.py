"""distinct-n: by hand, at its ends, and within texts alone."""

import math

import numpy as np
import pytest

from seqnets.diversity import distinct


def test_it_is_what_counting_by_hand_gives():
    texts = [["i", "do", "not", "know"], ["i", "do", "not", "know"], ["i", "do"]]
    assert distinct(texts, 1) == 4 / 10
    assert distinct(texts, 2) == 3 / 7
    assert distinct(texts, 4) == 1 / 2


def test_no_n_gram_spans_two_texts_and_symbols_of_any_kind_are_counted():
    assert distinct(["ab", "ba"], 2) == 1.0
    assert distinct([[1, 2], [1, 2]], 2) == 0.5
    rng = np.random.default_rng(0)
    texts = [rng.integers(3, size=rng.integers(6)).tolist() for _ in range(9)]
    for n in (1, 2, 3):
        found = [tuple(t[i : i + n]) for t in texts for i in range(len(t) - n + 1)]
        assert distinct(texts, n) == len(set(found)) / len(found)


def test_texts_without_n_grams_have_no_value():
    assert math.isnan(distinct([], 1)) and math.isnan(distinct(["a"], 2))
    with pytest.raises(ValueError, match="1 or more, not 0"):
        distinct(["a"], 0)
