"""Documents are dealt into ten folds; what is wrong with a folder is said."""

import os
from pathlib import Path

import pytest

from seqnets.data import documents, opinions
from seqnets.data.documents import FOLDS

_SHARED = os.environ.get("SEQNETS_DATA", Path(__file__).parents[3] / "shared" / "data")


def folders(tmp_path, counts):
    for name, count in counts.items():
        (tmp_path / name).mkdir()
        for i in range(count):
            (tmp_path / name / f"{i:03}.txt").write_text(f"Text {i}\n\nis {name} .\n")
    return tmp_path


def test_folders_are_classes_and_lines_are_sentences(tmp_path):
    found = documents.read_folders(folders(tmp_path, {"good": 12, "bad": 10}))
    assert len(found) == 22
    assert found[0].label == "bad"
    assert found[0].sentences == (("text", "0"), ("is", "bad", "."))


def test_every_document_is_tested_in_one_fold(tmp_path):
    found = documents.read_folders(folders(tmp_path, {"good": 23, "bad": 10}))
    tested = []
    for fold in range(FOLDS):
        parts = documents.deal(found, fold)
        assert sum(map(len, parts.values())) == len(found)
        assert {d.label for d in parts["test"]} == {"good", "bad"}
        tested += parts["test"]
    assert sorted(tested) == sorted(found)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ({"good": 12}, "a folder for each class, found 1"),
        ({"good": 12, "bad": 9}, "9 text files; a class needs 10"),
    ],
)
def test_a_folder_that_cannot_be_folded_is_refused(tmp_path, counts, reason):
    with pytest.raises(ValueError, match=reason):
        documents.read_folders(folders(tmp_path, counts))


def test_an_empty_document_is_named(tmp_path):
    folders(tmp_path, {"good": 10, "bad": 10})
    (tmp_path / "bad" / "003.txt").write_text(" \n")
    with pytest.raises(ValueError, match=r"003.txt: no words"):
        documents.read_folders(tmp_path)


def test_the_reviews_are_two_thousand_in_even_folds():
    if not Path(_SHARED, "review_polarity").exists():
        pytest.skip("needs the data set review_polarity in $SEQNETS_DATA")
    found = documents.read_review_polarity(_SHARED)
    for fold in range(FOLDS):
        test = documents.deal(found, fold)["test"]
        assert [d.label for d in test].count("good") == 100 == len(test) // 2


def test_a_broken_archive_is_refused(tmp_path):
    (tmp_path / "review_polarity").mkdir()
    path = tmp_path / "review_polarity" / "review_polarity.tar.gz"
    path.write_bytes(b"no archive")
    with pytest.raises(ValueError, match="cannot be read"):
        documents.read_review_polarity(tmp_path)


def test_a_text_without_lines_is_cut_into_sentences():
    text = "It is long. Is it good? Yes!\nNo 3.5 of it"
    assert list(documents.sentences(text)) == [
        *("It is long.", "Is it good?", "Yes!"),
        "No 3.5 of it",
    ]


def test_generated_reviews_come_with_their_mirror_images():
    found = opinions.documents(size=40)
    for bad, good in zip(found[::2], found[1::2], strict=True):
        assert (bad.label, good.label) == ("bad", "good")
        assert bad.fold == good.fold and len(bad.sentences) == len(good.sentences)
        own = [s for s in good.sentences if s[0] == "i"]
        assert len(own) == 1 and own[0] not in bad.sentences
