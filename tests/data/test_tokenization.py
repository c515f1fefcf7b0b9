"""What a user types is split as the words of treebanks are."""

import pytest

from seqnets.data.tokenization import (
    clusters,
    split_lines,
    split_marks,
    split_sentences,
    split_words,
    tokenize,
)


def test_punctuation_is_split_off_unless_a_word_is_known():
    known = {"well-made", "isn't"}.__contains__
    words = ["I", "do", "n't", "like", "it", "."]
    assert tokenize("I don't like it.", known) == words
    assert tokenize("well-made, isn't it?", {"well-made"}.__contains__) == [
        *("well", "-", "made", ","),
        *("is", "n't", "it", "?"),
    ]
    assert tokenize("well-made isn't", known) == ["well-made", "isn't"]


def test_a_text_without_lines_is_split_into_sentences():
    text = "It is long. Is it good? Yes!\nNo 3.5 of it"
    assert list(split_sentences(text)) == [
        *("It is long.", "Is it good?", "Yes!"),
        "No 3.5 of it",
    ]
    assert list(split_sentences(" \n")) == []


def unknown(word):
    return False


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("हिन्दी।", ["हिन्दी", "।"]),  # Vowel signs and a virama, and a full stop.
        ("cafe\u0301!", ["cafe\u0301", "!"]),
        ("می\u200cخواهم.", ["می\u200cخواهم", "."]),  # A zero-width non-joiner.
        ("שָׁלוֹם,", ["שָׁלוֹם", ","]),
        ("好❤️👩‍👧🇨🇳", ["好", "❤️", "👩‍👧", "🇨🇳"]),
        ("10\u202f000\u00a0€", ["10\u202f000", "€"]),
    ],
)
def test_nothing_is_cut_between_a_character_and_what_combines_with_it(text, words):
    assert tokenize(text, unknown) == split_marks(text) == words
    assert "".join(clusters(text)) == text


def test_no_break_spaces_stay_inside_words():
    assert split_words("10\u00a0000  francs\u00a0!\u3000ok \u00a0 ") == [
        *("10\u00a0000", "francs\u00a0!", "ok")
    ]
    assert split_words(" a\u2028b\x0bc\n") == ["a", "b", "c"]


def test_lines_end_only_at_line_ends():
    text = "a\x0bb\r\nc\u2028d\x85\x0c\re\n\nf\n"
    assert split_lines(text) == ["a\x0bb", "c\u2028d\x85\x0c", "e", "", "f"]
    assert split_lines("") == [] and split_lines("\n") == [""]
