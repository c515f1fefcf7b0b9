"""Numbers in two languages, whose true alignment is known."""

import pytest

from seqnets import datasets
from seqnets.datasets import numerals
from seqnets.datasets.pairs import Pair


@pytest.mark.parametrize(
    ("number", "german", "english"),
    [
        (0, "null", "zero"),
        (1, "eins", "one"),
        (17, "siebzehn", "seventeen"),
        (40, "vierzig", "forty"),
        (21, "ein und zwanzig", "twenty one"),
        (101, "ein hundert eins", "one hundred one"),
        (1_000, "ein tausend", "one thousand"),
        (
            301_099,
            "drei hundert ein tausend neun und neunzig",
            "three hundred one thousand ninety nine",
        ),
    ],
)
def test_numbers_are_written_as_they_are_said(number, german, english):
    assert numerals.pair(number) == Pair(german, english)
    assert numerals.pair(number, "en") == Pair(english, german)


def test_each_word_but_und_has_its_one_translation():
    same = {}
    for number in range(0, numerals.LIMIT, 997):
        found = numerals.aligned(number)
        assert {j for _, j in found.links} == set(range(len(found.english)))
        linked = {i for i, _ in found.links}
        assert {w for i, w in enumerate(found.german) if i not in linked} <= {"und"}
        assert len(found.links) == len(linked) == len(found.english)
        for i, j in found.links:
            same.setdefault(found.german[i], set()).add(found.english[j])
    assert {len(words) for words in same.values()} == {1}


def test_true_links_are_found_from_the_text_alone():
    assert numerals.true_links(Pair("drei und vierzig", "forty three")) == {
        (0, 1),
        (2, 0),
    }
    assert numerals.true_links(Pair("forty three", "drei und vierzig")) == {
        (1, 0),
        (0, 2),
    }
    for number in range(0, numerals.LIMIT, 9973):
        links = numerals.aligned(number).links
        assert numerals.true_links(numerals.pair(number)) == links
    assert numerals.true_links(Pair("zwei hunde", "two dogs")) is None
    assert numerals.true_links(Pair("eins", "two")) is None


def test_no_number_is_in_two_splits_and_languages_can_be_turned():
    found = datasets.load("numerals", "pairs")
    texts = [pair.source for split in datasets.SPLITS for pair in found[split]]
    assert len(set(texts)) == len(texts) == sum(numerals.SIZES)
    turned = datasets.load("numerals", "pairs", source="en")
    assert turned.info == {"source": "en", "target": "de"}
    assert turned.train[0] == Pair(*found.train[0][::-1])
    assert datasets.load("numerals", "pairs", target="de").test == turned.test
    for options in ({"source": "fr"}, {"source": "de", "target": "de"}):
        with pytest.raises(ValueError, match="numerals"):
            datasets.load("numerals", "pairs", **options)
