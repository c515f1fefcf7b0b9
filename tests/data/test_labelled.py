"""Labelled texts are read whole, and a bad line is named by file and number."""

import os
from pathlib import Path

import pytest

from seqnets.data import labelled, opinions
from seqnets.data.labelled import Example
from seqnets.data.source import LabelledSource

_SHARED = os.environ.get("SEQNETS_DATA", Path(__file__).parents[3] / "shared" / "data")
GOOD = "good ||| I like it\nbad ||| I hate it\ngood ||| fine .\nbad ||| dull .\n"


def folder(tmp_path, **parts):
    for name, text in ({"train": GOOD, "dev": GOOD, "test": GOOD} | parts).items():
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_folder_of_lines_is_read(tmp_path):
    splits = labelled.read_folder(folder(tmp_path))
    assert splits["train"][0] == Example("good", ("i", "like", "it"))
    assert [len(splits[part]) for part in labelled.PARTS] == [4, 4, 4]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"train": GOOD + "\n" + GOOD}, ("train.txt", "line 5", "is empty")),
        ({"dev": "good i like it\n"}, ("dev.txt", "line 1", "'good i like it'")),
        ({"dev": "good |||  \n"}, ("dev.txt", "line 1", "label ||| text")),
        ({"test": GOOD + "goood ||| x\n"}, ("test.txt", "line 5", "'goood'", "bad")),
        ({"train": GOOD + "odd ||| x\n"}, ("train.txt", "line 5", "'odd'", "one")),
        ({"train": "a ||| x\na ||| y\n"}, ("train.txt", "'a'")),
        ({"train": ""}, ("train.txt", "line 1")),
    ],
    ids=lambda x: "" if isinstance(x, dict) else x[-1],
)
def test_a_bad_line_is_named(tmp_path, parts, words):
    with pytest.raises(ValueError) as caught:
        labelled.read_folder(folder(tmp_path, **parts))
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_a_missing_part_is_named(tmp_path):
    folder(tmp_path)
    (tmp_path / "dev.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"no dev.txt or valid.txt"):
        labelled.read_folder(tmp_path)
    with pytest.raises(FileNotFoundError, match="not a folder, nor opinions or sst"):
        _ = LabelledSource("nowhere").splits


def test_a_tree_gives_every_phrase_and_the_sentence_last():
    spans = list(labelled.parse_tree("(3 (2 The) (4 (3 good) (2 film)))"))
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
        list(labelled.parse_tree(line))


def test_a_bad_tree_is_named_by_file_and_line(tmp_path):
    (tmp_path / "sst" / "trees").mkdir(parents=True)
    for part in ("train", "dev", "test"):
        (tmp_path / "sst" / "trees" / f"{part}.txt").write_text("(3 good)\n(2 bad\n")
    with pytest.raises(ValueError, match=r"train.txt, line 2: the tree has no end"):
        labelled.read_sst(data_dir=tmp_path)
    with pytest.raises(ValueError, match="5 classes or 2, not 3"):
        labelled.read_sst(classes=3)


def test_the_treebank_has_its_published_sizes():
    if not Path(_SHARED, "sst").exists():
        pytest.skip("needs the data set sst in $SEQNETS_DATA")

    def sizes(**options):
        splits = labelled.read_sst(data_dir=_SHARED, **options)
        return [len(splits[part]) for part in labelled.PARTS]

    assert sizes() == [8544, 1101, 2210]
    assert sizes(classes=2) == [6920, 872, 1821]
    assert sizes(phrases=True)[0] > 150_000


def test_users_punctuation_comes_off_unless_a_word_is_known():
    known = {"well-made", "isn't"}.__contains__
    words = ["I", "do", "n't", "like", "it", "."]
    assert labelled.tokenize("I don't like it.", known) == words
    assert labelled.tokenize("well-made, isn't it?", {"well-made"}.__contains__) == [
        *("well", "-", "made", ","),
        *("is", "n't", "it", "?"),
    ]
    assert labelled.tokenize("well-made isn't", known) == ["well-made", "isn't"]


def test_mirror_images_share_their_bag_and_not_their_verdict():
    for one, other in opinions.pairs():
        assert sorted(one.words) == sorted(other.words)
        assert one.words != other.words
        assert (one.label == other.label) == (one.label == "neutral")


def test_no_sentence_is_in_two_parts():
    parts = [set(examples) for examples in opinions.splits().values()]
    assert sum(map(len, parts)) == len(set.union(*parts))


def test_a_run_folder_keeps_labels_and_vocabulary(tmp_path):
    (tmp_path / "data").mkdir()
    source = LabelledSource(str(folder(tmp_path / "data")))
    (tmp_path / "run").mkdir()
    source.save(tmp_path / "run")
    expected = source.vocabulary, source.labels
    (tmp_path / "data" / "train.txt").unlink()
    again = LabelledSource("elsewhere", workdir=tmp_path / "run")
    assert (again.vocabulary, again.labels) == expected
    assert again.labels == ("bad", "good")
