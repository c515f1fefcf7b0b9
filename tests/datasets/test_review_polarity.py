"""The archive of film reviews, in the folds of its authors."""

import pytest

from seqnets import datasets
from seqnets.datasets.documents import FOLDS


def test_the_reviews_are_two_thousand_in_even_folds(shared):
    folder = shared("review_polarity")
    found = datasets.load("review_polarity", "documents", folder, fold=3)
    documents = [*found.train, *found.valid, *found.test]
    assert {d.fold for d in found.test} == {3}
    for fold in range(FOLDS):
        labels = [d.label for d in documents if d.fold == fold]
        assert labels.count("good") == 100 == len(labels) // 2


def test_a_broken_archive_is_refused(tmp_path):
    (tmp_path / "review_polarity").mkdir()
    path = tmp_path / "review_polarity" / "review_polarity.tar.gz"
    path.write_bytes(b"no archive")
    with pytest.raises(ValueError, match="cannot be read"):
        _ = datasets.load("review_polarity", "documents", tmp_path).train
