"""All words of a text are found, and no others; a bad line is named."""

import random

import pytest

from seqnets.datasets import lexicon
from seqnets.datasets.lexicon import Lexicon, Match

BRIDGE = "南京市长江大桥"
WORDS = ("大桥", "南京", "南京市", "市长", "长江", "长江大桥", "江大桥", "市", "不在")


def drawn(count):
    """Draws texts of few characters, and lexicons of their words."""
    rng = random.Random(0)

    def draw(longest):
        return "".join(rng.choices("天地人", k=rng.randint(1, longest)))

    for _ in range(count):
        yield draw(12), Lexicon(draw(4) for _ in range(rng.randint(0, 20)))


def test_words_of_a_text_are_found_by_end_then_begin():
    assert Lexicon(WORDS).matches(BRIDGE) == [
        Match(0, 2, "南京"),
        Match(0, 3, "南京市"),
        Match(2, 4, "市长"),
        Match(3, 5, "长江"),
        Match(3, 7, "长江大桥"),
        Match(4, 7, "江大桥"),
        Match(5, 7, "大桥"),
    ]
    found = Lexicon(WORDS).matches(BRIDGE, least=1)
    assert len(found) == 8 and found[2] == Match(2, 3, "市")
    assert [m.word for m in Lexicon(WORDS).matches(BRIDGE, least=4)] == ["长江大桥"]


def test_matches_are_all_substrings_that_are_words():
    for text, words in drawn(200):
        for least in 1, 2, 3:
            assert words.matches(text, least=least) == [
                Match(begin, end, text[begin:end])
                for end in range(len(text) + 1)
                for begin in range(end)
                if text[begin:end] in words and end - begin >= least
            ]


def test_the_longest_words_from_the_left_cover_a_text():
    assert [m.word for m in Lexicon(WORDS).longest("在" + BRIDGE)] == [
        *("在", "南京市", "长江大桥")
    ]
    for text, words in drawn(200):
        found = words.longest(text)
        assert "".join(m.word for m in found) == text
        for begin, end, word in found:
            rest = [text[begin:stop] for stop in range(begin + 2, len(text) + 1)]
            assert word == max(
                [text[begin], *filter(words.__contains__, rest)], key=len
            )
            assert text[begin:end] == word


def test_a_lexicon_is_a_set_in_the_order_given():
    words = Lexicon(["大桥", "南京", "大桥"])
    assert words.words == ("大桥", "南京") and len(words) == 2
    assert "大桥" in words and "大" not in words and "大桥上" not in words
    assert "" not in words and len(Lexicon([])) == 0
    with pytest.raises(ValueError, match="no empty word"):
        Lexicon(["大桥", ""])


def test_a_lexicon_is_kept_as_text():
    words = Lexicon(["大桥", "南京"])
    assert Lexicon.from_json(words.to_json()).words == words.words
    for text in ('{"a": 1}', "[1]", "["):
        with pytest.raises(ValueError):
            Lexicon.from_json(text)


def test_a_text_may_be_a_sequence_of_symbols():
    words = Lexicon(WORDS)
    assert words.matches(tuple(BRIDGE)) == words.matches(BRIDGE)
    assert words.longest(list(BRIDGE)) == words.longest(BRIDGE)
    assert words.matches(["南京", "市", "长"]) == [Match(1, 3, "市长")]
    assert words.longest(["南京", "市"])[0] == Match(0, 1, "南京")
    assert words.matches("") == words.longest("") == []


def test_a_file_is_read_with_more_columns_or_without(tmp_path):
    text = "南京 34488 ns\n长江 1.5\nNew York\t3\tns\n"
    (tmp_path / "own.txt").write_text(text, encoding="utf-8")
    words = lexicon.load_lexicon(str(tmp_path / "own.txt")).words
    assert words == ("南京", "长江", "New York")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("南京 3 ns\n长江\n", ("own.txt, line 2", "'长江'", "word frequency")),
        ("南京 ns 3\n", ("own.txt, line 1", "'南京 ns 3'")),
        ("南京 3\n\n长江 4\n", ("own.txt, line 2", "is empty")),
        ("", ("own.txt, line 1", "is empty")),
        ("\t3\n", ("own.txt, line 1", "word frequency")),
    ],
)
def test_a_bad_line_is_named(tmp_path, text, words):
    (tmp_path / "own.txt").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError) as caught:
        lexicon.load_lexicon(str(tmp_path / "own.txt"))
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nor zh_lexicon or synthetic_ner"):
        lexicon.load_lexicon(str(tmp_path))
    with pytest.raises(FileNotFoundError, match="fetch zh_lexicon"):
        lexicon.load_lexicon("zh_lexicon", str(tmp_path))


def test_the_dictionary_has_its_published_size(shared):
    folder = shared("zh_lexicon")
    words = lexicon.load_lexicon("zh_lexicon", folder)
    assert len(words) == 109_750
    assert {"南京市", "市长", "长江"} <= {m.word for m in words.matches(BRIDGE)}
