"""Symbols to ids and back."""

import numpy as np
import pytest

from seqnets.data.vocabulary import EOS, UNK, Vocabulary, join, tokenize


def test_specials_come_first_then_by_count_then_by_code_point():
    vocabulary = Vocabulary.count(["cabba", "bd"])
    assert vocabulary.symbols == (EOS, UNK, "b", "a", "c", "d")
    assert (vocabulary.eos, vocabulary.unk, len(vocabulary)) == (0, 1, 6)
    assert "a" in vocabulary and "z" not in vocabulary


def test_rare_symbols_and_those_beyond_the_size_are_left_out():
    documents = [["a"] * 3 + ["b"] * 2 + ["c"]]
    assert len(Vocabulary.count(documents, min_count=2)) == 4
    assert Vocabulary.count(documents, max_size=3).symbols == (EOS, UNK, "a")


def test_specials_in_the_text_are_the_specials():
    vocabulary = Vocabulary.count([["a", "<unk>", EOS, "<unk>", UNK]])
    assert vocabulary.symbols == (EOS, UNK, "a")
    np.testing.assert_array_equal(vocabulary.encode(["<unk>", EOS, "a"]), [1, 0, 2])


@pytest.mark.parametrize("text", ["", "abc", "naïve\n", "床前明月光", "a\0b", "𝄞 clef"])
def test_decoding_undoes_encoding(text):
    vocabulary = Vocabulary.count([text])
    assert vocabulary.encode(text).dtype == np.int32
    assert "".join(vocabulary.decode(vocabulary.encode(text))) == text


@pytest.mark.parametrize("text", ["abz", "z", "a𝄞", "\ud800b", "<EOS>"])
def test_a_string_is_encoded_as_the_list_of_its_characters(text):
    vocabulary = Vocabulary.count(["abc", "<"])
    np.testing.assert_array_equal(
        vocabulary.encode(text), vocabulary.encode(list(text))
    )


def test_every_document_ends_with_eos_once():
    vocabulary = Vocabulary.count(["ab"])
    encoded = vocabulary.encode_documents(["ab", ["a", EOS], ""])
    assert [ids.tolist() for ids in encoded] == [[2, 3, 0], [2, 0], [0]]
    assert all(ids.dtype == np.int32 for ids in encoded)


def test_json_keeps_a_vocabulary_and_is_legible():
    vocabulary = Vocabulary.count(['\n"\\é床𝄞\u2028'])
    assert Vocabulary.from_json(vocabulary.to_json()) == vocabulary
    assert "床" in vocabulary.to_json()


@pytest.mark.parametrize(
    "content", ["", "{}", "[1, 2]", '["a"]', '["<EOS>", "<UNK>", 3]']
)
def test_a_text_that_is_no_vocabulary_is_refused(content):
    with pytest.raises(ValueError, match="vocabulary"):
        Vocabulary.from_json(content)


def test_a_symbol_that_comes_twice_is_refused():
    with pytest.raises(ValueError, match="'a' comes twice"):
        Vocabulary((EOS, UNK, "a", "b", "a"))


def test_lines_of_words_end_with_eos():
    assert tokenize(" the cat \n\nsat", "word") == ["the", "cat", EOS, EOS, "sat"]
    assert tokenize("a b", "char") == "a b"


@pytest.mark.parametrize("text", ["", "a", "a b\n", "a\n\nb c", "\n"])
@pytest.mark.parametrize("unit", ["char", "word"])
def test_joining_undoes_tokenizing(text, unit):
    assert join(tokenize(text, unit), unit) == text


def test_unknown_units_are_refused():
    with pytest.raises(ValueError, match="'byte'"):
        tokenize("a", "byte")
    with pytest.raises(ValueError, match="'byte'"):
        join(["a"], "byte")
