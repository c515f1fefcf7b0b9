"""Spans and tags say the same in every scheme."""

import itertools
import random

import numpy as np
import pytest

from seqnets.data import schemes
from seqnets.data.schemes import SCHEMES, Span

LENGTH = 6
KINDS = ("PER", "LOC-2")
ALL = {
    scheme: ["O", *(f"{p}-{kind}" for p in prefixes for kind in KINDS)]
    for scheme, prefixes in (("BIO", "BI"), ("BMES", "BMES"), ("IOBES", "BIES"))
}


def drawn(count, kinds=KINDS, gaps=True):
    """Draws spans that do not overlap, in order."""
    rng = random.Random(0)
    for _ in range(count):
        begin, spans = 0, []
        while begin < LENGTH:
            end = rng.randint(begin + 1, LENGTH)
            if not gaps or rng.random() < 0.7:
                spans.append(Span(begin, end, rng.choice(kinds)))
            begin = end
        yield spans


@pytest.mark.parametrize("scheme", SCHEMES)
def test_spans_come_back_from_their_tags(scheme):
    for kinds, gaps in ((KINDS, True), (("",), True), (("",), False)):
        for spans in drawn(300, kinds, gaps):
            tags = schemes.tags_of(reversed(spans), LENGTH, scheme)
            schemes.check(tags, scheme)
            assert len(tags) == LENGTH
            assert schemes.spans_of(tags, scheme) == spans


@pytest.mark.parametrize("old", SCHEMES)
@pytest.mark.parametrize("new", SCHEMES)
def test_converting_there_and_back_changes_nothing(old, new):
    for spans in drawn(100):
        tags = schemes.tags_of(spans, LENGTH, old)
        there = schemes.convert(tags, old, new)
        assert there == schemes.tags_of(spans, LENGTH, new)
        assert schemes.convert(there, new, old) == tags


def test_each_scheme_has_its_tags():
    spans = [Span(0, 1, "X"), Span(1, 3, "X"), Span(4, 7, "")]
    for scheme, tags in (
        ("BIO", "B-X B-X I-X O B I I"),
        ("BMES", "S-X B-X E-X O B M E"),
        ("IOBES", "S-X B-X E-X O B I E"),
    ):
        assert schemes.tags_of(spans, 7, scheme) == tags.split()
    words = [Span(0, 1, ""), Span(1, 4, ""), Span(4, 6, "")]
    assert schemes.tags_of(words, 6, "BMES") == ["S", "B", "M", "E", "B", "E"]


@pytest.mark.parametrize(
    ("scheme", "tags", "spans"),
    [
        ("BIO", "O I-X I-X O", [(1, 3, "X")]),
        ("BIO", "I-X B-X I-X", [(0, 1, "X"), (1, 3, "X")]),
        ("BIO", "B-X I-Y I-Y", [(0, 1, "X"), (1, 3, "Y")]),
        ("BIO", "B-X O I-X", [(0, 1, "X"), (2, 3, "X")]),
        ("BIO", "I-X I", [(0, 1, "X"), (1, 2, "")]),
        ("BMES", "M-X M-X O E-X", [(0, 2, "X"), (3, 4, "X")]),
        ("BMES", "B-X B-X E-X E-X", [(0, 1, "X"), (1, 3, "X"), (3, 4, "X")]),
        (
            "BMES",
            "B-X E-Y S-Y M-Y",
            [(0, 1, "X"), (1, 2, "Y"), (2, 3, "Y"), (3, 4, "Y")],
        ),
        ("BMES", "B B E M", [(0, 1, ""), (1, 3, ""), (3, 4, "")]),
        ("IOBES", "I-X E-X I-X", [(0, 2, "X"), (2, 3, "X")]),
    ],
)
def test_loose_tags_are_read_by_the_rule(scheme, tags, spans):
    tags = tags.split()
    assert schemes.spans_of(tags, scheme) == [Span(*span) for span in spans]
    written = schemes.convert(tags, scheme, scheme)
    assert schemes.spans_of(written, scheme) == [Span(*span) for span in spans]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_allowed_is_what_spans_are_written_as(scheme):
    """Of all sequences of tags, those that a round trip leaves alone."""
    tags = ALL[scheme]
    transition, start, stop = schemes.allowed(tags, scheme)
    assert transition.shape == (len(tags),) * 2
    assert transition.dtype == start.dtype == stop.dtype == bool
    for length in 1, 2, 3:
        for ids in itertools.product(range(len(tags)), repeat=length):
            sequence = [tags[i] for i in ids]
            legal = start[ids[0]] and stop[ids[-1]]
            legal = legal and all(transition[i, j] for i, j in itertools.pairwise(ids))
            assert legal == (schemes.convert(sequence, scheme, scheme) == sequence)


def test_words_follow_words():
    transition, start, stop = schemes.allowed(["B", "M", "E", "S"], "BMES")
    np.testing.assert_array_equal(
        transition,
        np.array([[0, 1, 1, 0], [0, 1, 1, 0], [1, 0, 0, 1], [1, 0, 0, 1]], bool),
    )
    np.testing.assert_array_equal(start, [True, False, False, True])
    np.testing.assert_array_equal(stop, [False, False, True, True])


@pytest.mark.parametrize(
    ("scheme", "tag", "why"),
    [
        ("BIO", "E-X", "tags begin with B I O"),
        ("BIO", "BI-X", "tags begin with B I O"),
        ("BMES", "I-X", "tags begin with B M E S O"),
        ("BMES", "b-X", "tags begin with"),
        ("BMES", "", "tags begin with"),
        ("IOBES", "O-X", "O has no kind"),
        ("BIO", "B-", "no kind after the hyphen"),
    ],
)
def test_a_tag_that_is_none_is_named(scheme, tag, why):
    for of in schemes.check, schemes.spans_of, schemes.allowed:
        with pytest.raises(ValueError) as caught:
            of(["O", tag], scheme)
        assert f"tag 1, {tag!r}" in str(caught.value) and why in str(caught.value)


def test_spans_that_cannot_be_written_are_refused():
    for spans, why in (
        ([Span(0, 2, "X"), Span(1, 3, "Y")], "1:3 overlaps"),
        ([Span(2, 2, "X")], "no span 2:2"),
        ([Span(2, 5, "X")], "no span 2:5 in a sentence of 4"),
        ([Span(-1, 2, "X")], "no span -1:2"),
    ):
        with pytest.raises(ValueError, match=why):
            schemes.tags_of(spans, 4, "BIO")
    with pytest.raises(ValueError, match="no scheme 'IOB': there are BIO, BMES"):
        schemes.tags_of([], 4, "IOB")


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        ("O", "BIO"),
        ("B-X I-X O", "BIO"),
        ("I-X O", "BIO"),
        ("B M E S", "BMES"),
        ("S-X M-X O", "BMES"),
        ("B E S O", "BMES"),
        ("B-X I-X E-X", "IOBES"),
        ("S-X I-X", "IOBES"),
    ],
)
def test_the_prefixes_tell_the_scheme(tags, scheme):
    assert schemes.fitting(tags.split()) == scheme


def test_prefixes_of_two_schemes_are_named():
    with pytest.raises(ValueError, match="begin with B I M, and none of BIO, BMES"):
        schemes.fitting(["B-X", "M-X", "I-Y"])
