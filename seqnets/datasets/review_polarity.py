"""2,000 movie reviews, good or bad (Pang & Lee, 2004), one archive of files."""

import re
import tarfile
from pathlib import Path

from seqnets.datasets.dataset import Dataset
from seqnets.datasets.documents import Document, folded, split_lines
from seqnets.datasets.sources import find

_REVIEW = re.compile(r"txt_sentoken/(neg|pos)/cv(\d)\d\d_\d+\.txt")
_LABELS = {"neg": "bad", "pos": "good"}


def read(
    data_dir: str | None = None, *, fold: int = 0, lowercase: bool = True
) -> Dataset:
    """Reads the reviews; fold k are those numbered cv_k00 to cv_k99.

    Args:
      data_dir: folder of the data sets, as in `sources.find`.
      fold: the one to test; see `documents.folded`.
      lowercase: whether upper case becomes lower case.

    Raises:
      FileNotFoundError: the archive is missing.
      ValueError: the archive is none, or has no reviews; or there is no such fold.
    """

    def read_all() -> list[Document]:
        path = find("review_polarity", "review_polarity.tar.gz", data_dir)
        return _read_archive(path, lowercase)

    return folded(read_all, fold)


def _read_archive(path: Path, lowercase: bool) -> list[Document]:
    documents = []
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if match := _REVIEW.fullmatch(member.name):
                    text = archive.extractfile(member).read().decode("utf-8")
                    sentences = split_lines(text, lowercase)
                    documents.append(
                        Document(_LABELS[match[1]], int(match[2]), sentences)
                    )
    except (OSError, EOFError, tarfile.TarError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: cannot be read: {error}") from None
    if not documents:
        raise ValueError(f"{path}: no reviews in it")
    return documents
