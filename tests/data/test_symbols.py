"""Symbols between spaces, and Chinese words cut into known ones."""

import pytest

from seqnets.data.longest_match import cut_unknown
from seqnets.data.symbols import Symbols


def test_what_is_encoded_is_decoded():
    side = Symbols.of(["+", "n1", "3.14", "+"])
    assert len(side) == 5 and side.symbols[:2] == ("<EOS>", "<UNK>")
    ids = side.encode(" + n1   3.14 ")
    assert side.decode([*ids, side.eos, 2]) == "+ n1 3.14"
    assert side.unknown("+ n2 <EOS>") == ["n2"]
    assert side.eos not in side.encode("<EOS> +").tolist()
    assert Symbols.from_json(side.to_json()).symbols == side.symbols


def test_rare_symbols_are_left_out():
    side = Symbols.count(["a b a", "c a b"], min_count=2)
    assert side.symbols == ("<EOS>", "<UNK>", "a", "b")
    assert len(Symbols.count(["a b a"], size=3)) == 3


@pytest.mark.parametrize(
    "words, expected",
    [
        (["一个工程队挖土"], ["一个", "工程队", "挖", "土"]),
        (["工程队", "镇海"], ["工程队", "镇", "海"]),
        (["unknown", "，", "x挖"], ["unknown", "，", "x挖"]),
        ([], []),
    ],
)
def test_unknown_words_are_cut_by_the_longest_match(words, expected):
    assert cut_unknown(words, {"一", "一个", "工程", "工程队", "挖"}) == expected
