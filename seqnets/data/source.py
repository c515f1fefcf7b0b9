"""The texts of a run: a corpus, read when first needed, and what names its ids."""

import abc
import functools
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqnets.data import batching, corpora, documents, files, labelled, opinions
from seqnets.data.vocabulary import Vocabulary

VOCABULARY = "vocabulary.json"
LABELS = "labels.json"


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
        self.unit, self.pattern = unit, pattern
        self.max_size, self.min_count = max_size, min_count
        self.name, self.data_dir = files.remembered(corpus, data_dir, workdir)
        self._stored = None if workdir is None else Path(workdir, VOCABULARY)

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
        known = corpora.CORPORA
        files.remember(self.name, self.data_dir, workdir, known=known)
        files.write_whole(workdir / VOCABULARY, self.vocabulary.to_json())


class _Labelled(abc.ABC):
    """Texts of classes: their vocabulary and labels, which a run folder keeps."""

    known: tuple[str, ...]

    def __init__(
        self,
        corpus: str,
        *,
        lowercase: bool = True,
        min_count: int = 1,
        data_dir: str | None = None,
        workdir: str | Path | None = None,
    ):
        """Names the texts; nothing is read yet.

        Args:
          corpus: one of `known`, or a folder.
          lowercase: whether words are.
          min_count: rarer words become `<UNK>`.
          data_dir: as in `files.find`.
          workdir: a run folder, which may have what an earlier run saved.
        """
        self.name, self.data_dir = files.remembered(corpus, data_dir, workdir)
        self.lowercase, self.min_count = lowercase, min_count
        self._workdir = None if workdir is None else Path(workdir)

    splits: dict[str, list[Any]]  # The examples of "train", "valid" and "test".

    @abc.abstractmethod
    def _texts(self, split: str) -> Iterator[Sequence[str]]:
        """Yields the words of a split."""

    def folder(self) -> Path:
        """Returns the user's own folder.

        Raises:
          FileNotFoundError: there is none.
        """
        if not Path(self.name).is_dir():
            known = " or ".join(self.known)
            raise FileNotFoundError(
                f"no corpus {self.name!r}: not a folder, nor {known}"
            )
        return Path(self.name)

    @functools.cached_property
    def vocabulary(self) -> Vocabulary:
        if self._saved(VOCABULARY):
            return Vocabulary.load(self._workdir / VOCABULARY)
        return Vocabulary.from_documents(self._texts("train"), min_count=self.min_count)

    @functools.cached_property
    def labels(self) -> tuple[str, ...]:
        """The classes, in the order of their ids."""
        if self._saved(LABELS):
            return tuple(json.loads((self._workdir / LABELS).read_text("utf-8")))
        return tuple(labelled.classes_of(e.label for e in self.splits["train"]))

    def encode(self, words: Iterable[str]) -> np.ndarray:
        """Returns the ids of words, int32 [N]."""
        lower = str.lower if self.lowercase else str
        return self.vocabulary.encode([lower(word) for word in words])

    def words(self, text: str) -> list[str]:
        """Cuts what a user types into words; see `labelled.tokenize`."""
        text = text.lower() if self.lowercase else text
        return labelled.tokenize(text, self.vocabulary.__contains__)

    def save(self, workdir: Path) -> None:
        """Writes vocabulary, labels, and where the data was, into a run folder."""
        files.remember(self.name, self.data_dir, workdir, known=self.known)
        files.write_whole(workdir / VOCABULARY, self.vocabulary.to_json())
        files.write_whole(workdir / LABELS, json.dumps(self.labels) + "\n")

    def _saved(self, file: str) -> bool:
        return self._workdir is not None and (self._workdir / file).exists()


class LabelledSource(_Labelled):
    """Sentences of classes: "opinions", "sst", or as `labelled.read_folder` reads."""

    known = ("opinions", "sst")

    def __init__(
        self, corpus: str, *, classes: int = 5, phrases: bool = False, **options: Any
    ):
        """Names the sentences.

        Args:
          classes, phrases: as in `labelled.read_sst`.
          corpus, options: as in the class above.
        """
        super().__init__(corpus, **options)
        self.classes, self.phrases = classes, phrases

    @functools.cached_property
    def splits(self) -> labelled.Splits:
        if self.name == "opinions":
            return opinions.splits()
        options = {"lowercase": self.lowercase}
        if self.name != "sst":
            return labelled.read_folder(self.folder(), **options)
        options |= {"classes": self.classes, "phrases": self.phrases}
        return labelled.read_sst(data_dir=self.data_dir, **options)

    def _texts(self, split: str) -> Iterator[Sequence[str]]:
        return (example.words for example in self.splits[split])

    def examples(self, split: str) -> list[dict[str, np.ndarray]]:
        """Returns "tokens" int32 [N_i] and "label" int32 [] of each example."""
        ids = {label: np.int32(i) for i, label in enumerate(self.labels)}
        return [
            {"tokens": self.vocabulary.encode(words), "label": ids[label]}
            for label, words in self.splits[split]
        ]


class DocumentSource(_Labelled):
    """Documents of classes: "opinions", "review_polarity", or folders of classes."""

    known = ("opinions", "review_polarity")

    def __init__(self, corpus: str, *, fold: int, **options: Any):
        """Names the documents.

        Args:
          fold: of ten, the one to test; see `documents.deal`.
          corpus, options: as in the class above.
        """
        super().__init__(corpus, **options)
        self.fold = fold

    @functools.cached_property
    def splits(self) -> dict[str, list[documents.Document]]:
        match self.name:
            case "opinions":
                found = opinions.documents()
            case "review_polarity":
                found = documents.read_review_polarity(self.data_dir)
            case _:
                found = documents.read_folders(self.folder(), lowercase=self.lowercase)
        return documents.deal(found, self.fold)

    def _texts(self, split: str) -> Iterator[Sequence[str]]:
        return (
            words for document in self.splits[split] for words in document.sentences
        )
