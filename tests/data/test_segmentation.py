"""One law for words, characters and subwords: decoding undoes encoding."""

import dataclasses

import numpy as np
import pytest

from seqnets.data.segmentation import (
    Segmenter,
    bare,
    join_words,
    mark_words,
    words,
)
from seqnets.data.vocabulary import EOS, UNK

LINES = [
    "Zwei junge Männer (im T-Shirt) sind im Freien .",
    "He said: \"I don't know,\" and left!?  It's 3.5 - or 4 …",
    "Die „Fahrräder“ der Kinder – geht's?",
    "rock'n'roll, the man's bike: a_b 50% #1 @home & so on...",
    "l’été don’t ''quoted'' '90s",
    "床前明月光，疑是地上霜。 👩‍👧 e\u0301té",
    "a\u00a0b\u3000c\td",
]
UNITS = {"word": None, "char": None, "subword": 120}


@pytest.fixture(scope="module", params=UNITS)
def segmenter(request):
    size = UNITS[request.param]
    return Segmenter.make(LINES, request.param, size=size)


@pytest.mark.parametrize("line", [*LINES, "", "  "])
def test_decoding_undoes_encoding_but_for_white_space(segmenter, line):
    ids = segmenter.encode(line)
    assert ids.dtype == np.int32 and segmenter.unk not in ids
    assert segmenter.decode(ids) == " ".join(line.split())
    assert segmenter.decode([*ids, segmenter.eos, *ids]) == segmenter.decode(ids)
    assert [segmenter.symbols[id] for id in ids] == segmenter.tokens(line)
    assert segmenter.join(segmenter.tokens(line)) == segmenter.decode(ids)
    assert segmenter.unknown(line) == []


@pytest.mark.parametrize("line", [*LINES, "", "￭ a ▁ (b) ￭", "☃ Mann ☃"])
def test_a_limit_keeps_the_first_symbols(segmenter, line):
    tokens, ids = segmenter.tokens(line), segmenter.encode(line)
    for limit in range(len(tokens) + 2):
        assert segmenter.tokens(line, limit) == tokens[:limit]
        np.testing.assert_array_equal(segmenter.encode(line, limit), ids[:limit])
        assert segmenter.exceeds(line, limit) == (len(tokens) > limit)
    assert segmenter.unknown(line, len(tokens)) == segmenter.unknown(line)


def test_beyond_a_limit_nothing_is_looked_up(segmenter):
    class Vocabulary:
        def encode(self, symbols):
            words = symbols.split() if segmenter.unit == "subword" else symbols
            assert len(words) == 5
            return np.zeros(len(words), np.int32)

    asked = dataclasses.replace(segmenter, vocabulary=Vocabulary())
    assert len(asked.encode("Mann " * 1000, 5)) == 5


def test_what_is_kept_as_json_encodes_the_same(segmenter):
    again = Segmenter.from_json(segmenter.to_json())
    assert again.symbols == segmenter.symbols and len(again) == len(segmenter)
    assert again.to_json() == segmenter.to_json()
    for line in LINES:
        np.testing.assert_array_equal(again.encode(line), segmenter.encode(line))


def test_no_special_can_be_put_into_a_text(segmenter):
    made = Segmenter.make(
        [*LINES, f"{EOS} {UNK} <unk>"], segmenter.unit, size=UNITS[segmenter.unit]
    )
    for own in (segmenter, made):
        ids = own.encode(f"{EOS} x{EOS}x ￭ ▁ {UNK}")
        assert own.eos not in ids
    assert made.symbols.count(EOS) == made.symbols.count(UNK) == 1


def test_what_is_unknown_is_reported(segmenter):
    found = segmenter.unknown("Männer ☃Я")
    assert found == ["☃", "Я"]
    ids = segmenter.encode("Männer ☃Я")
    assert (ids == segmenter.unk).sum() == 2
    assert UNK in segmenter.decode(ids)


def test_lower_case_is_that_of_both_directions():
    made = Segmenter.make(["Ein Mann"], "word", lowercase=True)
    assert made.decode(made.encode("EIN mann")) == "ein mann"
    assert made.normalised(" Ein\tMANN ") == "ein mann"


def test_rare_words_and_those_beyond_the_size_are_left_out():
    lines = ["a a a", "b b", "c"]
    assert Segmenter.make(lines, "word", min_count=2).symbols == (EOS, UNK, "a", "b")
    assert Segmenter.make(lines, "word", size=3).symbols == (EOS, UNK, "a")


@pytest.mark.parametrize(
    ("line", "marked"),
    [
        ("I don't (really).", "I do ￭n't (￭ really ￭) ￭."),
        ("a T-shirt - two", "a T ￭-￭ shirt - two"),
        ("the man's “bike”", "the man ￭'s “￭ bike ￭”"),
        ("'tis 3.5!?", "'￭ tis 3 ￭.￭ 5 ￭! ￭?"),
        (f"{UNK}.", f"{UNK} ￭."),
    ],
)
def test_signs_stand_where_there_is_no_space(line, marked):
    assert mark_words(line) == marked.split()
    assert join_words(marked.split()) == line
    assert words(line) == [bare(symbol) for symbol in marked.split()]


@pytest.mark.parametrize("line", LINES)
def test_nothing_but_white_space_is_lost_among_words(line):
    assert "".join(words(line)) == "".join(line.split())


def test_bad_options_and_files_are_refused():
    with pytest.raises(ValueError, match="unit must be one of word, char, subword"):
        Segmenter.make(LINES, "words")
    with pytest.raises(ValueError, match="subwords need a size"):
        Segmenter.make(LINES, "subword")
    for text in ("", "[]", '{"unit": "word"}'):
        with pytest.raises(ValueError, match="no unit with its vocabulary"):
            Segmenter.from_json(text)
    for unit in UNITS:
        with pytest.raises(ValueError, match="vocabulary|subwords"):
            Segmenter.from_json(
                f'{{"unit": "{unit}", "lowercase": true, "vocabulary": {{}}}}'
            )
