"""BLEU and chrF over a corpus, against counts made here."""

import collections
import math

import pytest

from seqnets import bleu


def grams(words, n):
    return collections.Counter(zip(*(words[i:] for i in range(n)), strict=False))


def by_hand(translations, references):
    """BLEU where every order has some n-gram that is right."""
    logs, lengths = 0.0, [0, 0]
    for line, reference in zip(translations, references, strict=True):
        lengths[0] += len(line.split())
        lengths[1] += len(reference.split())
    for n in range(1, 5):
        right = total = 0
        for line, reference in zip(translations, references, strict=True):
            own = grams(line.split(), n)
            right += (own & grams(reference.split(), n)).total()
            total += own.total()
        logs += math.log(right / total) / 4
    return 100 * math.exp(logs + min(0.0, 1 - lengths[1] / lengths[0]))


LINES = ["the cat sat on the mat", "a dog", "two men walk in the old park today"]
REFERENCES = ["the cat sat on a mat", "a big dog", "two men walk in a park today"]


def test_counts_are_of_the_corpus_and_an_empty_line_counts_as_empty():
    for lines in (LINES, ["", *LINES[1:]], [LINES[0], "", LINES[2]]):
        found = bleu.bleu(lines, REFERENCES, tokenize="none")
        assert found.score == pytest.approx(by_hand(lines, REFERENCES))
    assert bleu.bleu(LINES, LINES).score == pytest.approx(100)
    assert bleu.bleu(["", "", ""], REFERENCES).score == 0
    assert bleu.chrf(["", "", ""], REFERENCES).score == 0
    assert bleu.chrf(LINES, LINES).score == pytest.approx(100)


def test_the_signature_says_how():
    assert "tok:13a" in bleu.bleu(LINES, REFERENCES).signature
    assert "tok:none" in bleu.bleu(LINES, REFERENCES, tokenize="none").signature
    assert "nc:6" in bleu.chrf(LINES, REFERENCES).signature


def test_default_words_are_without_their_marks():
    assert bleu.bleu(["a b c d e."], ["a b c d e ."]).score == pytest.approx(100)
    assert bleu.bleu(["a b c d e."], ["a b c d e ."], tokenize="none").score < 100


def test_what_cannot_be_scored_is_refused():
    with pytest.raises(ValueError, match="2 translations and 3 references"):
        bleu.bleu(LINES[:2], REFERENCES)
    with pytest.raises(ValueError, match="0 translations"):
        bleu.chrf([], [])
    with pytest.raises(ValueError, match="tokenize must be one of 13a"):
        bleu.bleu(LINES, REFERENCES, tokenize="moses")


def test_a_word_counts_that_is_in_any_of_several_references():
    from sacrebleu.metrics import BLEU

    written = ["a cat sat on the mat", "it rains"]
    references = [["a cat sat there", "it sat on the mat"], ["it is raining now"]]
    streams = [["a cat sat there", "it is raining now"], ["it sat on the mat", None]]
    found = bleu.bleu(written, references, tokenize="none").score
    assert found == BLEU(tokenize="none").corpus_score(written, streams).score
    assert found > bleu.bleu(written, [own[:1] for own in references]).score
