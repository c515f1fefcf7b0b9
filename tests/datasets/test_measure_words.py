"""Generated sentences: only the noun that is counted tells the answer."""

import collections

from seqnets import datasets
from seqnets.datasets import measure_words
from seqnets.datasets.measure_words import ADJECTIVES, NOUNS

SPLITS = measure_words.splits()
ALL = [cloze for part in SPLITS.values() for cloze in part]
PHRASES = {
    adjective + noun: (adjective, noun)
    for adjective in ("", *ADJECTIVES)
    for nouns in NOUNS.values()
    for noun in nouns
}


def phrase(cloze):
    """Returns the adjective and the noun that is counted, read from the right half."""
    end = min(cloze.right.find(mark) % 1000 for mark in "，。")
    ends = (cloze.right[i:end] for i in range(end))  # The longest one first.
    return next(PHRASES[text] for text in ends if text in PHRASES)


def test_no_noun_has_two_measure_words():
    assert len(PHRASES) == (1 + len(ADJECTIVES)) * 5 * len(NOUNS)
    nouns = [noun for nouns in NOUNS.values() for noun in nouns]
    assert len(nouns) == len(set(nouns)) == 5 * len(NOUNS)


def test_the_noun_at_the_phrases_end_tells_the_answer():
    for cloze in ALL:
        assert phrase(cloze)[1] in NOUNS[cloze.answer]


def test_parts_share_nouns_but_no_phrase():
    train, valid, test = (set(map(phrase, part)) for part in SPLITS.values())
    assert not train & valid and not train & test and not valid & test
    nouns = {noun for _, noun in train}
    assert {noun for _, noun in valid | test} <= nouns and len(nouns) == 100


def test_each_answer_comes_equally_often():
    for part in SPLITS.values():
        counts = collections.Counter(cloze.answer for cloze in part)
        assert set(counts.values()) == {len(part) // len(NOUNS)}


def test_the_left_does_not_tell_the_answer():
    """A table of what the left ends with, and of its nouns, does not beat chance."""
    for key in (lambda c: c.left[-3:], lambda c: c.left[:-3], lambda c: c.left):
        table = collections.defaultdict(collections.Counter)
        for cloze in SPLITS["train"]:
            table[key(cloze)][cloze.answer] += 1
        asked = [c for c in SPLITS["test"] if key(c) in table]
        right = sum(table[key(c)].most_common(1)[0][0] == c.answer for c in asked)
        # Five standard deviations above one in twenty.
        share = 1 / len(NOUNS)
        spread = (share * (1 - share) * max(len(asked), 1)) ** 0.5
        assert right <= share * len(asked) + 5 * spread


def test_sentences_are_the_same_for_the_same_seed():
    sizes = 40, 20, 20
    again = measure_words.splits(sizes=sizes)
    assert again == measure_words.splits(sizes=sizes)
    assert again != measure_words.splits(1, sizes=sizes)


def test_the_data_set_has_these_sentences_and_all_answers():
    found = datasets.load("measure_words", "cloze")
    assert found.train == SPLITS["train"] and found.test == SPLITS["test"]
    assert found.info == {"classes": list(NOUNS)}
