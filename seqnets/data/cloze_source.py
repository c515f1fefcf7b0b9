"""The clozes of a run: read when first needed, in ids that its folder keeps."""

import collections
import functools
import json
import logging
import operator
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from seqnets.data import files, measure_words
from seqnets.data.cloze import (
    BLANK,
    KNOWN,
    Cloze,
    Question,
    Splits,
    question,
    read_cws,
    read_own,
    read_poems,
    window,
)
from seqnets.data.vocabulary import Vocabulary

VOCABULARY, CANDIDATES = "vocabulary.json", "candidates.json"


class ClozeSource:
    """The clozes of a run, read when first needed, and what names their ids.

    A run folder keeps vocabulary and candidates, and where the data was.

    Attributes:
      name: of the corpus, or its path.
    """

    def __init__(
        self,
        corpus: str,
        *,
        candidates: int,
        limit: int,
        min_count: int = 1,
        data_dir: str | None = None,
        workdir: str | Path | None = None,
    ):
        """Names the sentences; nothing is read yet.

        Args:
          corpus: one of `KNOWN`, or a path as `read_own` takes it.
          candidates: how many answers there are, the most frequent ones of the
            training part.
          limit: symbols of a sentence; see `window`.
          min_count: rarer symbols become `<UNK>`.
          data_dir: as in `files.find`.
          workdir: a run folder, which may have what an earlier run saved.

        Raises:
          ValueError: for fewer than two candidates, or a limit below one.
        """
        if candidates < 2 or limit < 1:
            raise ValueError(
                f"candidates must be 2 or more, and limit positive, not {candidates}"
                f" and {limit}"
            )
        self.name, self.data_dir = files.remembered(corpus, data_dir, workdir)
        self._count, self._limit, self._min_count = candidates, limit, min_count
        self._workdir = None if workdir is None else Path(workdir)

    @functools.cached_property
    def _all(self) -> Splits:
        match self.name:
            case "measure_words":
                return measure_words.splits()
            case "zh_cws":
                return read_cws(self.data_dir)
            case "zh_poems":
                return read_poems(self._count, self.data_dir)
        return read_own(Path(self.name))

    @functools.cached_property
    def splits(self) -> Splits:
        """The clozes of "train", "valid" and "test" that candidates answer.

        Raises:
          ValueError: a part has none.
        """
        kept, known = {}, set(self.candidates)
        for part, found in self._all.items():
            answered = [cloze for cloze in found if cloze.answer in known]
            if not answered:
                raise ValueError(
                    f"corpus {self.name!r}: no answer of the {part} part is one of"
                    f" the {len(known)} candidates"
                )
            kept[part] = [window(cloze, self._limit) for cloze in answered]
            cut = sum(map(operator.ne, answered, kept[part]))
            left_out = len(found) - len(answered)
            if cut or left_out:
                logging.getLogger(__name__).warning(
                    "%s: cut %d of %d sentences to %d symbols around the blank; left"
                    " out %d more, whose answers are not among the %d candidates",
                    *(part, cut, len(answered), self._limit, left_out, len(known)),
                )
        return kept

    @functools.cached_property
    def candidates(self) -> tuple[str, ...]:
        """The answers, in the order of their ids.

        Raises:
          ValueError: all training sentences have one answer.
        """
        if self._saved(CANDIDATES):
            return tuple(json.loads((self._workdir / CANDIDATES).read_text("utf-8")))
        counts = collections.Counter(cloze.answer for cloze in self._all["train"])
        if len(counts) < 2:
            raise ValueError(
                f"corpus {self.name!r}: all training lines have the answer"
                f" {min(counts)!r}"
            )
        return tuple(answer for answer, _ in counts.most_common(self._count))

    @functools.cached_property
    def vocabulary(self) -> Vocabulary:
        """Characters, and the blank."""
        if self._saved(VOCABULARY):
            return Vocabulary.load(self._workdir / VOCABULARY)
        documents = (cloze.symbols for cloze in self.splits["train"])
        found = Vocabulary.from_documents(documents, min_count=self._min_count)
        return found if BLANK in found else Vocabulary((*found.symbols, BLANK))

    def encode(self, cloze: Cloze) -> np.ndarray:
        """Returns the ids of a sentence with its blank, int32 [N]."""
        encode = self.vocabulary.encode
        return np.concatenate([encode(s) for s in (cloze.left, [BLANK], cloze.right)])

    def examples(self, split: str) -> list[dict[str, np.ndarray]]:
        """Returns "tokens" int32 [N_i], "place" and "answer" int32 [] of each."""
        ids = {answer: np.int32(i) for i, answer in enumerate(self.candidates)}
        return [
            {
                "tokens": self.encode(cloze),
                "place": np.int32(len(cloze.left)),
                "answer": ids[cloze.answer],
            }
            for cloze in self.splits[split]
        ]

    def questions(self, lines: Iterable[str]) -> Iterator[Question]:
        """Reads what a user asks, cut as the examples are.

        Raises:
          ValueError: for a line without one blank, or with a choice that is no
            candidate; with its number.
        """
        for number, line in enumerate(lines, 1):
            try:
                cloze, choices = question(line)
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None
            for choice in choices:
                if choice not in self.candidates:
                    raise ValueError(
                        f"line {number}: {choice!r} is not among the candidates, which"
                        f" are {' '.join(self.candidates)}"
                    )
            yield Question(window(cloze, self._limit), choices)

    def save(self, workdir: Path) -> None:
        """Writes vocabulary, candidates, and where the data was, into a run folder."""
        files.remember(self.name, self.data_dir, workdir, known=KNOWN)
        files.write_whole(workdir / VOCABULARY, self.vocabulary.to_json())
        candidates = json.dumps(self.candidates, ensure_ascii=False)
        files.write_whole(workdir / CANDIDATES, candidates + "\n")

    def _saved(self, file: str) -> bool:
        return self._workdir is not None and (self._workdir / file).exists()
