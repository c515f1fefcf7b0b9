"""N-grams that fill blanks, against counts by hand."""

import numpy as np

from seqnets.baselines import ngram_cloze
from seqnets.datasets import measure_words
from seqnets.datasets.cloze import Cloze


def test_each_side_is_chosen_by_what_was_counted_there():
    train = [Cloze("ab", "x", "cd")] * 2 + [
        Cloze("ab", "x", "c"),
        Cloze("eb", "y", "f"),
    ]
    train += [Cloze("eb", "y", "fd"), Cloze("ab", "x", "cc")]
    asked = [Cloze("ab", "", "f"), Cloze("ab", "", "cd"), Cloze("eb", "", "")]
    found = ngram_cloze.answers(train, asked, ("x", "y"), 3)
    assert found["left"] == ["x", "x", "y"]
    assert found["both"] == ["y", "x", "y"]


def test_an_answer_of_several_characters_is_one_symbol():
    train = [
        Cloze("长", "公里", "路"),
        Cloze("一", "只", "猫"),
        Cloze("两", "只", "猫"),
    ]
    found = ngram_cloze.answers(train, [Cloze("长", "", "路")], ("只", "公里"), 2)
    assert found == {"left": ["公里"], "both": ["公里"]}


def test_the_answers_of_what_is_asked_are_not_looked_at():
    splits = measure_words.splits(sizes=(400, 20, 40))
    asked = splits["test"]
    hidden = [cloze._replace(answer="") for cloze in asked]
    candidates = list(measure_words.NOUNS)
    found = ngram_cloze.answers(splits["train"], asked, candidates, 3)
    assert found == ngram_cloze.answers(splits["train"], hidden, candidates, 3)
    truth = [cloze.answer for cloze in asked]
    assert np.mean(np.array(found["left"]) == truth) < 0.2
