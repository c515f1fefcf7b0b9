"""Documents are dealt into ten folds; a folder that cannot be is refused."""

import pytest

from seqnets import datasets
from seqnets.datasets import SPLITS
from seqnets.datasets.documents import FOLDS


def folders(tmp_path, counts):
    for name, count in counts.items():
        (tmp_path / name).mkdir()
        for i in range(count):
            (tmp_path / name / f"{i:03}.txt").write_text(f"Text {i}\n\nis {name} .\n")
    return tmp_path


def test_folders_are_classes_and_lines_are_sentences(tmp_path):
    found = datasets.load(folders(tmp_path, {"good": 12, "bad": 10}), "documents")
    assert sum(len(found[split]) for split in SPLITS) == 22
    assert found.test[0].label == "bad"
    assert found.test[0].sentences == (("text", "0"), ("is", "bad", "."))
    assert found.info == {"classes": ["bad", "good"]}
    kept = datasets.load(tmp_path, "documents", lowercase=False)
    assert kept.test[0].sentences[0] == ("Text", "0")


def test_every_document_is_tested_in_one_fold(tmp_path):
    folders(tmp_path, {"good": 23, "bad": 10})
    tested = []
    for fold in range(FOLDS):
        found = datasets.load(tmp_path, "documents", fold=fold)
        splits = [list(found[split]) for split in SPLITS]
        assert sum(map(len, splits)) == len({d for s in splits for d in s}) == 33
        assert {d.label for d in found.test} == {"good", "bad"}
        assert {d.fold for d in found.test} == {fold}
        tested += found.test
    assert len(set(tested)) == len(tested) == 33
    with pytest.raises(ValueError, match="fold must be 0 to 9, not 10"):
        datasets.load(tmp_path, "documents", fold=10)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ({"good": 12}, "a folder for each class, found 1"),
        ({"good": 12, "bad": 9}, "9 text files; a class needs 10"),
    ],
)
def test_a_folder_that_cannot_be_folded_is_refused(tmp_path, counts, reason):
    found = datasets.load(folders(tmp_path, counts), "documents")
    with pytest.raises(ValueError, match=reason):
        _ = found.train


def test_an_empty_document_is_named(tmp_path):
    folders(tmp_path, {"good": 10, "bad": 10})
    (tmp_path / "bad" / "003.txt").write_text(" \n")
    with pytest.raises(ValueError, match=r"003.txt: no words"):
        _ = datasets.load(tmp_path, "documents").train
