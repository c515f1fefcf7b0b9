"""Softmax regression of bags: what it can tell, and what no bag can."""

import numpy as np

from seqnets.baselines import bag


def test_a_bag_tells_symbols_and_not_their_order():
    rng = np.random.default_rng(0)
    bags = [list(rng.choice(list("abcde"), 4)) for _ in range(200)]
    labels = ["yes" if "a" in own else "no" for own in bags]
    assert bag.predict(bags, labels, bags, decay=1e-5) == labels
    pairs = [["a", "b"], ["b", "a"]] * 10
    found = bag.predict(pairs, ["x", "y"] * 10, pairs)
    assert len(set(found)) == 1


def test_of_symbols_that_are_rare_or_new_the_most_frequent_class_is_said():
    train = [["a"], ["a"], ["a"], ["b"], ["b"]]
    found = bag.predict(train, ["x", "x", "x", "y", "y"], [["z"], [], ["b"]])
    assert found == ["x", "x", "y"]
