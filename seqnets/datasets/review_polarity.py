"""2,000 movie reviews, good or bad (Pang & Lee, 2004), one archive of files."""

import re

from seqnets.data.files import Place, decode, read_archive
from seqnets.datasets.dataset import Dataset
from seqnets.datasets.documents import Document, folded, sentences_of

_REVIEW = re.compile(r"txt_sentoken/(neg|pos)/cv(\d)\d\d_\d+\.txt")
_LABELS = {"neg": "bad", "pos": "good"}


def read(place: Place, *, fold: int = 0, lowercase: bool = True) -> Dataset:
    """Reads the reviews; fold k are those numbered cv_k00 to cv_k99.

    Args:
      fold: the one to test; see `documents.folded`.
      lowercase: whether upper case becomes lower case.

    Raises:
      ValueError: the archive is none, or has no reviews; or there is no such fold.
    """

    def read_all() -> list[Document]:
        documents = []
        for name, data in read_archive(place.path):
            if match := _REVIEW.fullmatch(name):
                text = decode(data, f"{place.path}: {name}")
                label, own = _LABELS[match[1]], int(match[2])
                documents.append(Document(label, own, sentences_of(text, lowercase)))
        if not documents:
            raise ValueError(f"{place.path}: no reviews in it")
        return documents

    return folded(read_all, fold)
