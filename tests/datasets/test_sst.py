"""Trees of the sentiment treebank: every phrase, or only the sentence."""

import pytest

from seqnets import datasets
from seqnets.datasets import SPLITS, sst


def write(tmp_path, text):
    (tmp_path / "sst" / "trees").mkdir(parents=True)
    for part in ("train", "dev", "test"):
        (tmp_path / "sst" / "trees" / f"{part}.txt").write_text(text)
    return tmp_path


def test_a_tree_gives_every_phrase_and_the_sentence_last():
    spans = list(sst.parse_tree("(3 (2 The) (4 (3 good) (2 film)))"))
    assert spans == [
        ("2", ("The",)),
        ("3", ("good",)),
        ("2", ("film",)),
        ("4", ("good", "film")),
        ("3", ("The", "good", "film")),
    ]


@pytest.mark.parametrize(
    "line", ["", "(3 good", "(3 good))", "good", "(3)", "((2 a))", "(2 a) (2 b)"]
)
def test_what_is_no_tree_is_refused(line):
    with pytest.raises(ValueError):
        list(sst.parse_tree(line))


def test_phrases_are_examples_of_the_training_split_once_each(tmp_path):
    write(tmp_path, "(3 (2 A) (4 (3 good) (2 film)))\n(3 (2 a) (1 bore))\n")
    whole = datasets.load("sst", "labelled", tmp_path, phrases=True)
    words = [" ".join(example.words) for example in whole.train]
    assert words == ["a", "good", "film", "good film", "a good film", "bore", "a bore"]
    assert [" ".join(e.words) for e in whole.test] == ["a good film", "a bore"]
    assert whole.info["classes"] == ["bad", "neutral", "good", "very good"]
    two = datasets.load("sst", "labelled", tmp_path, phrases=True, classes=2)
    assert {e.label for e in two.train} == {"bad", "good"}


def test_a_bad_tree_is_named_by_file_and_line(tmp_path):
    found = datasets.load("sst", "labelled", write(tmp_path, "(3 good)\n(2 bad\n"))
    with pytest.raises(ValueError, match=r"train.txt, line 2: the tree has no end"):
        _ = found.train
    with pytest.raises(ValueError, match="5 classes or 2, not 3"):
        datasets.load("sst", "labelled", tmp_path, classes=3)


def test_the_treebank_has_its_published_sizes(shared):
    folder = shared("sst")

    def sizes(**options):
        found = datasets.load("sst", "labelled", folder, **options)
        return [len(found[split]) for split in SPLITS]

    assert sizes() == [8544, 1101, 2210]
    assert sizes(classes=2) == [6920, 872, 1821]
    assert sizes(phrases=True)[0] > 150_000
