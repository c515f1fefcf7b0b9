"""The archive of film reviews, in the folds of its authors."""

import os
from pathlib import Path

import pytest

from seqnets.datasets import review_polarity
from seqnets.datasets.documents import FOLDS

_SHARED = os.environ.get("SEQNETS_DATA", Path(__file__).parents[3] / "shared" / "data")


def test_the_reviews_are_two_thousand_in_even_folds():
    if not Path(_SHARED, "review_polarity").exists():
        pytest.skip("needs the data set review_polarity in $SEQNETS_DATA")
    found = review_polarity.read(_SHARED, fold=3)
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
        _ = review_polarity.read(tmp_path).train
