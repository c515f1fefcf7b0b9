"""What a user types is split as the words of treebanks are."""

from seqnets.data.tokenization import split_sentences, tokenize


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
