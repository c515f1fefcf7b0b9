"""The most frequent answer to a symbol, or to all symbols."""

import pytest

from seqnets.baselines.most_frequent import MostFrequent


def test_a_symbol_has_its_own_answer_and_an_unseen_one_that_of_all():
    usual = MostFrequent([("a", 1), ("a", 2), ("a", 2), ("b", 3), ("c", 1), ("d", 1)])
    assert usual(["a", "b", "z"]) == [2, 3, 1]


def test_of_equally_frequent_answers_the_first_counts():
    assert MostFrequent([("a", 2), ("a", 1)])(["a", "b"]) == [2, 2]


def test_nothing_to_count_is_refused():
    with pytest.raises(ValueError, match="nothing to count"):
        MostFrequent([])
