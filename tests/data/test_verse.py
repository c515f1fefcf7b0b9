"""Verse as text: what is joined is split again, whatever marks there are."""

import pytest

from seqnets.data import verse

POEMS = [
    ("明月照空山，", "清風入小樓。"),
    ("何處？", "山中！", "無人"),
    ("The moon is up,", "the wind is low."),
    ("one",),
]


@pytest.mark.parametrize("lines", POEMS)
def test_splitting_undoes_joining(lines):
    text = verse.join(lines)
    assert verse.split(text) == lines
    assert all(mark in verse.MARKS for mark in text[-1])
    assert verse.split("\n".join(lines)) == lines


def test_marks_alone_are_no_line():
    assert verse.split("。，\n / 春，，秋") == ("春，", "秋")


def test_texts_are_shown_in_one_line():
    assert verse.show(verse.join(POEMS[0])) == "明月照空山，清風入小樓。"
    assert verse.show(verse.join(POEMS[2])) == "The moon is up, / the wind is low."


@pytest.mark.parametrize(
    "lines, size",
    [
        (("明月照空山，", "清風入小樓。"), 5),
        (("明月，", "清風入小樓。"), 0),
        (("明□照空山，", "清風入小樓。"), 0),
        (("明、照空山，",), 0),
        (("④明照空山，",), 0),
        (("a cat",), 5),
    ],
)
def test_a_length_is_that_of_all_lines(lines, size):
    assert verse.length(lines) == size
