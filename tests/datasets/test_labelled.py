"""Labelled texts are read whole, and a bad line is named by file and number."""

import pytest

from seqnets import datasets
from seqnets.datasets import SPLITS
from seqnets.datasets.labelled import Labelled, order_classes

GOOD = "good ||| I like it\nbad ||| I hate it\ngood ||| fine .\nbad ||| dull .\n"


def folder(tmp_path, **parts):
    for name, text in ({"train": GOOD, "dev": GOOD, "test": GOOD} | parts).items():
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_folder_of_lines_is_read(tmp_path):
    found = datasets.load(folder(tmp_path), "labelled")
    assert found.train[0] == Labelled("good", ("i", "like", "it"))
    assert [len(found[split]) for split in SPLITS] == [4, 4, 4]
    assert found.info == {"classes": ["bad", "good"]}
    kept = datasets.load(tmp_path, "labelled", lowercase=False)
    assert kept.train[0].words == ("I", "like", "it")


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
    found = datasets.load(folder(tmp_path, **parts), "labelled")
    with pytest.raises(ValueError) as caught:
        _ = found.train
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_a_missing_part_is_named(tmp_path):
    folder(tmp_path)
    (tmp_path / "dev.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"no valid.txt or dev.txt"):
        _ = datasets.load(tmp_path, "labelled").valid
    with pytest.raises(ValueError, match="no data set 'nowhere' of kind labelled"):
        datasets.load("nowhere", "labelled")


def test_classes_are_in_the_order_of_the_treebank_and_then_of_the_alphabet():
    assert order_classes(["good", "b", "a", "very bad"]) == [
        "very bad",
        "good",
        "a",
        "b",
    ]
