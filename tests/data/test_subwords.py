"""Subwords: learned the same every time, and as frequent as they should be."""

import pytest

from seqnets.data.subwords import Subwords
from seqnets.data.vocabulary import EOS, UNK

LINES = ["low lower lowest", "new newer newest", "wide wider widest!"] * 3


def test_two_trainings_give_the_same_file():
    assert Subwords.train(LINES, 60).to_json() == Subwords.train(LINES, 60).to_json()


def test_the_most_frequent_pairs_become_symbols():
    found = Subwords.train(["ab ab ab ac"], 9, min_count=2)
    assert found.symbols[:2] == (EOS, UNK)
    assert set("abc▁") < set(found.symbols)
    assert found.tokens("ab ac") == ["▁ab", "▁a", "c"]
    assert "▁ab" in found and "▁ac" not in found


def test_a_size_bounds_the_symbols_but_for_the_characters():
    sizes = [len(Subwords.train(LINES, size)) for size in (2, 20, 25, 500)]
    characters = len(set("".join(LINES)) - {" "}) + 1  # And the sign of a space.
    assert sizes[:3] == [characters + 2, 20, 25] and 25 < sizes[3] < 100


def test_an_unknown_character_is_one_symbol():
    found = Subwords.train(LINES, 60)
    line = "low ☃☃ ne☃w"
    assert list(found.encode(line)).count(found.unk) == 3
    assert found.unknown(line) == ["☃"] * 3
    assert found.decode(found.encode(line)) == f"low {UNK}{UNK} ne{UNK}w"


def test_what_is_no_file_of_subwords_is_refused():
    for text in ("", "{}", "[1]"):
        with pytest.raises(ValueError, match="no subwords"):
            Subwords.from_json(text)
