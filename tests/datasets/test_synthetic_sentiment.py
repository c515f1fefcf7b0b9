"""Generated opinions come in mirror images, which no bag of words tells apart."""

from seqnets import datasets
from seqnets.datasets import SPLITS, synthetic_sentiment


def test_mirror_images_share_their_bag_and_not_their_label():
    for one, other in synthetic_sentiment.pairs():
        assert sorted(one.words) == sorted(other.words)
        assert one.words != other.words
        assert (one.label == other.label) == (one.label == "neutral")


def test_no_sentence_is_in_two_splits():
    found = datasets.load("synthetic_sentiment", "labelled")
    splits = [set(found[split]) for split in SPLITS]
    assert sum(map(len, splits)) == len(set.union(*splits))
    assert len(found.info["classes"]) == 5


def test_generated_reviews_come_with_their_mirror_images():
    found = synthetic_sentiment.draw_documents(size=40)
    for bad, good in zip(found[::2], found[1::2], strict=True):
        assert (bad.label, good.label) == ("bad", "good")
        assert bad.fold == good.fold and len(bad.sentences) == len(good.sentences)
        own = [s for s in good.sentences if s[0] == "i"]
        assert len(own) == 1 and own[0] not in bad.sentences
