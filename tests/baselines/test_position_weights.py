"""Classes that differ by the base at one place are told apart."""

from seqnets.baselines import position_weights
from seqnets.data.bases import encode


def test_a_base_at_a_place_tells_the_class():
    train = [encode(text) for text in ("AAC", "CGC", "GAC", "TGC", "AGT", "CAT")]
    labels = ["x"] * 4 + ["y"] * 2
    asked = [encode(text) for text in ("GGC", "TAT", "NNC")]
    assert position_weights.predict(train, labels, asked) == ["x", "y", "x"]


def test_what_says_nothing_is_of_the_most_frequent_class():
    train, labels = [encode("A"), encode("A"), encode("A")], ["y", "x", "y"]
    assert position_weights.predict(train, labels, [encode("N")]) == ["y"]
