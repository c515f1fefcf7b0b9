"""A scrambling has the same words in another order, and is always the same."""

from seqnets.data.scrambling import scrambled


def test_a_scrambling_has_the_same_words_in_another_order():
    lines = ["a b c d e f", "too few words", "那只猫在作报告", "a a a a a a"]
    pairs = scrambled(lines, 9)
    assert [line for line, _ in pairs] == [lines[0], lines[2]]
    for line, other in pairs:
        assert line != other and sorted(line) == sorted(other)
    assert scrambled(lines * 2, 3) == scrambled(lines * 5, 3)
