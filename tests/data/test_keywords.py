"""Keywords: words that are frequent in one poem and rare in others."""

import math

import numpy as np

from seqnets.data import keywords
from seqnets.data.keywords import Words


def test_lines_of_five_and_seven_are_read_in_twos_and_a_three():
    assert keywords.candidates("一二三四五，") == ["一二", "三四", "四五"]
    assert keywords.candidates("一二三四五六七。") == ["一二", "三四", "五六", "六七"]
    assert keywords.candidates("一二三四") == ["一二", "三四"]
    assert keywords.candidates("一□三四") == ["三四"]
    assert keywords.candidates("The Moon's light is up") == ["moon", "light"]


def test_words_meet_more_often_than_by_chance_and_in_enough_poems():
    rng = np.random.default_rng(0)
    poems = []
    for i in range(200):
        drawn = "".join(rng.choice(list("天地玄黃宇宙洪荒"), 12))
        word = "明月" if i % 2 else "孤舟" if i < 40 else "白雲" if i < 8 else "清風"
        poems.append((f"{word}{drawn[:3]}，", f"{drawn[3:5]}{word}{drawn[5]}。"))
    words = Words.count(poems)
    # Of drawn characters, none meet as often as that.
    assert set(words.idf) <= {"明月", "孤舟", "清風"} and words.idf
    np.testing.assert_allclose(words.idf["明月"], math.log(200 / 100))
    assert words.idf["孤舟"] > words.idf["清風"] > words.idf["明月"]


def test_each_couplet_has_the_word_of_most_weight_once():
    words = Words({"明月": 1.0, "孤舟": 2.0, "清風": 1.5})
    lines = ("明月照孤舟，", "清風明月夜。", "孤舟對清風，", "孤舟一二三。")
    # In the poem, "孤舟" comes three times; in the second couplet it was chosen before.
    assert words.choose(lines) == ("孤舟", "清風")
    assert words.choose(("一二三四五，",)) == ()
    english = ("The Moon's light,", "is up. Moon!")
    chosen = Words({"moon": 1.0, "light": 1.0}).choose(english)
    # Whatever their case is, they come back in the poem that they are of.
    assert chosen == ("moon",) and keywords.stands_in(*chosen, english[0])
    many = [f"{word}照空山，" for word in ("明月", "", "孤舟", "", "清風", "")]
    assert words.choose(many) == ("明月", "孤舟", "清風")
