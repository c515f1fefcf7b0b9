"""The text of a run: its corpus, read when first needed, and its vocabulary."""

import functools
import json
import os
from pathlib import Path

import numpy as np

from seqnets.data import batching, corpora
from seqnets.data.vocabulary import Vocabulary

VOCABULARY = "vocabulary.json"
RECORD = "data.json"


class TextSource:
    """A corpus in symbols' ids.

    A run folder keeps the vocabulary, and where the data was: a model that comes
    from one can be asked without its corpus, and evaluated wherever that still is.
    """

    def __init__(
        self,
        corpus: str,
        unit: str,
        *,
        data_dir: str | None = None,
        pattern: str | None = None,
        max_size: int | None = None,
        min_count: int = 1,
        workdir: str | Path | None = None,
    ):
        """Names the text; nothing is read yet.

        Args:
          corpus, unit, data_dir, pattern: as in `corpora.load`.
          max_size, min_count: as in `Vocabulary.from_documents`.
          workdir: a run folder, which may have a vocabulary and a record already.
        """
        self.name, self.unit, self.pattern = corpus, unit, pattern
        self.max_size, self.min_count = max_size, min_count
        self.data_dir = data_dir or os.environ.get("SEQNETS_DATA")
        self._stored = None if workdir is None else Path(workdir, VOCABULARY)
        if data_dir is None and workdir is not None and Path(workdir, RECORD).exists():
            record = json.loads(Path(workdir, RECORD).read_text(encoding="utf-8"))
            self.name, self.data_dir = record["corpus"], record["data_dir"]

    @functools.cached_property
    def corpus(self) -> corpora.Corpus:
        return corpora.load(
            self.name, unit=self.unit, data_dir=self.data_dir, pattern=self.pattern
        )

    @functools.cached_property
    def vocabulary(self) -> Vocabulary:
        if self._stored is not None and self._stored.exists():
            return Vocabulary.load(self._stored)
        return Vocabulary.from_documents(
            self.corpus.train, max_size=self.max_size, min_count=self.min_count
        )

    @functools.cached_property
    def ids(self) -> dict[str, list[np.ndarray]]:
        """The documents of each split, each ending with `<EOS>`; int32 [N_i]."""
        encode = self.vocabulary.encode_documents
        return {s: encode(getattr(self.corpus, s)) for s in ("train", "valid", "test")}

    @functools.cache  # noqa: B019  A source lives as long as its run.
    def stream(self, split: str, batch_size: int, length: int) -> batching.Stream:
        """Returns a split laid out for truncated back-propagation through time."""
        return batching.Stream(
            self.ids[split],
            batch_size,
            length,
            bos=self.vocabulary.eos,
            partial=split != "train",
        )

    def save(self, workdir: Path) -> None:
        """Writes the vocabulary, and where the data was, into a run folder."""

        def resolved(path):
            return os.path.abspath(path) if path and os.path.exists(path) else path

        name = self.name if self.name in corpora.CORPORA else resolved(self.name)
        record = {"corpus": name, "data_dir": resolved(self.data_dir)}
        unfinished = workdir / (VOCABULARY + ".unfinished")
        unfinished.write_text(json.dumps(record) + "\n", encoding="utf-8")
        unfinished.replace(workdir / RECORD)
        # Renamed when whole: a run killed here must not find half a vocabulary.
        self.vocabulary.save(unfinished)
        unfinished.replace(workdir / VOCABULARY)
