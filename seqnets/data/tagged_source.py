"""The tagged sentences of a run: read when first needed, in ids its folder keeps."""

import functools
import json
import logging
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seqnets.data import files, schemes, tagged
from seqnets.data.labelled import PARTS, tokenize
from seqnets.data.lexicon import Lexicon, load_lexicon
from seqnets.data.schemes import Span
from seqnets.data.vocabulary import Vocabulary

NAMES = "vocabulary.json", "letters.json", "words.json", "lexicon.json"
VOCABULARY, LETTERS, WORDS, LEXICON = NAMES
TAGS = "tags.json"
LONGEST = 20  # Letters of a word.

_DIGIT, _SPACE = re.compile(r"\d"), re.compile(r"[ \t]")

Segment = Callable[[str], Sequence[str]]  # A text -> its words.


class Sentence(NamedTuple):
    """A sentence in the tokens that a model reads, and the spans it should find.

    Spans are counted in the corpus's own tokens; those that the model reads begin and
    end at `places`, one more than there are tokens.
    """

    tokens: tuple[str, ...]
    places: tuple[int, ...]
    spans: tuple[Span, ...]

    def told(self, tags: Sequence[str], scheme: str) -> list[Span]:
        """Returns the spans that tags of the model's tokens tell."""
        return [
            Span(self.places[begin], self.places[end], kind)
            for begin, end, kind in schemes.spans_of(tags, scheme)
        ]


class TaggedSource:
    """The sentences of a run, and what names their ids.

    A run folder keeps tags, vocabularies, the lexicon, and where the data was.

    Attributes:
      name: of the corpus, or its path.
    """

    def __init__(
        self,
        corpus: str,
        *,
        scheme: str | None = None,
        lowercase: bool = False,
        digits: bool = True,
        min_count: int = 1,
        spelled: bool = False,
        lexicon: str | None = None,
        segment: Segment | None = None,
        data_dir: str | None = None,
        workdir: str | Path | None = None,
    ):
        """Names the sentences; nothing is read yet.

        Args:
          corpus: as `tagged.load_tagged` takes it.
          scheme: what tags are written in; None = as they are.
          lowercase: whether tokens are looked up so; their letters keep their case.
          digits: whether digits are themselves; otherwise they are all 0.
          min_count: rarer tokens become `<UNK>`.
          spelled: whether the model reads letters too.
          lexicon: as `load_lexicon` takes it; its words are found in the sentences.
          segment: cuts a text into words; the model then reads words, not characters.
          data_dir: as in `files.find`.
          workdir: a run folder, which may have what an earlier run saved.

        Raises:
          ValueError: there is no such scheme.
        """
        if scheme not in (None, *schemes.SCHEMES):
            known = ", ".join(schemes.SCHEMES)
            raise ValueError(f"no scheme {scheme!r}: there are {known}")
        self.name, self.data_dir = files.remembered(corpus, data_dir, workdir)
        self._scheme, self._min_count = scheme, min_count
        self._lowercase, self._digits = lowercase, digits
        self._spelled, self._lexicon, self._segment = spelled, lexicon, segment
        self._workdir = None if workdir is None else Path(workdir)

    @functools.cached_property
    def _loaded(self) -> tuple[tagged.Splits, str]:
        return tagged.load_tagged(self.name, self.data_dir)

    @functools.cached_property
    def splits(self) -> dict[str, list[Sentence]]:
        """The sentences of "train", "valid" and "test"."""
        found, scheme = self._loaded
        return {part: self._read(part, found[part], scheme) for part in PARTS}

    def _read(self, part: str, found: Iterable, scheme: str) -> list[Sentence]:
        sentences, lost, count = [], 0, 0
        for tokens, tags in found:
            spans = tuple(schemes.spans_of(tags, scheme))
            sentence = self.sentence(tokens, spans)
            count += len(spans)
            lost += sum(
                not {span.begin, span.end} <= {*sentence.places} for span in spans
            )
            sentences.append(sentence)
        if lost:
            logging.getLogger(__name__).warning(
                "%s: %d of %d spans do not begin and end where words do, and cannot be"
                " found",
                *(part, lost, count),
            )
        return sentences

    def sentence(self, tokens: Sequence[str], spans: tuple[Span, ...] = ()) -> Sentence:
        """Returns a sentence in the model's tokens."""
        if self._segment is None:
            return Sentence(tuple(tokens), tuple(range(len(tokens) + 1)), spans)
        words = tuple(self._segment("".join(tokens)))
        places = np.cumsum([0, *map(len, words)]).tolist()
        if places[-1] != len(tokens):
            raise ValueError(f"{''.join(tokens)[:40]!r}: words are made of characters")
        return Sentence(words, tuple(places), spans)

    @functools.cached_property
    def tags(self) -> tuple[str, tuple[str, ...]]:
        """The scheme, and all its tags for the kinds of the training sentences.

        Raises:
          ValueError: another part has spans of another kind.
        """
        if self._saved(TAGS):
            scheme, tags = json.loads((self._workdir / TAGS).read_text("utf-8"))
            return scheme, tuple(tags)
        kinds = {
            part: {span.kind for sentence in found for span in sentence.spans}
            for part, found in self.splits.items()
        }
        for part, found in kinds.items():
            for kind in sorted(found - kinds["train"]):
                raise ValueError(
                    f"corpus {self.name!r}: the {part} part has spans of the kind"
                    f" {kind!r}, and the training sentences have none"
                )
        scheme = self._scheme or self._loaded[1]
        outside = any(
            tag == schemes.OUTSIDE
            for _, tags in self._loaded[0]["train"]
            for tag in tags
        )
        every = [schemes.OUTSIDE] if outside or self._segment else []
        for kind in sorted(kinds["train"]):
            every += schemes.tags_of_kind(kind, scheme)
        return scheme, tuple(every)

    @functools.cached_property
    def by_characters(self) -> bool:
        """Whether the corpus's tokens are characters, and texts have no spaces."""
        specials = self.vocabulary.eos, self.vocabulary.unk
        return self._segment is not None or all(
            len(symbol) == 1
            for id, symbol in enumerate(self.vocabulary.symbols)
            if id not in specials
        )

    @functools.cached_property
    def vocabulary(self) -> Vocabulary:
        """Tokens, as they are looked up."""
        return self._vocabulary(VOCABULARY, self._plain, self._min_count)

    @functools.cached_property
    def letters(self) -> Vocabulary:
        """Letters of tokens; `<EOS>`, number 0, stands for none."""
        return self._vocabulary(LETTERS, "".join, 1)

    @functools.cached_property
    def lexicon(self) -> Lexicon:
        if self._saved(LEXICON):
            words = json.loads((self._workdir / LEXICON).read_text("utf-8"))
            return Lexicon(words)
        return load_lexicon(self._lexicon, self.data_dir)

    @functools.cached_property
    def words(self) -> Vocabulary:
        """The words of the lexicon that stand in the training sentences."""
        return self._vocabulary(
            WORDS, lambda tokens: [m.word for m in self.lexicon.matches(tokens)], 1
        )

    def counts(self, part: str) -> np.ndarray:
        """Returns how often each token, or word, stands in the training sentences.

        Args:
          part: "tokens" or "words".
        """
        vocabulary = self.vocabulary if part == "tokens" else self.words
        total = np.zeros(len(vocabulary), np.int64)
        for sentence in self.splits["train"]:
            np.add.at(total, self.encode(sentence)[part], 1)
        return total

    def encode(
        self, sentence: Sentence, lexicon: Lexicon | None = None
    ) -> dict[str, np.ndarray]:
        """Returns the arrays of a sentence, int32.

        Args:
          sentence: its tokens.
          lexicon: in place of the run's own.

        Returns:
          "tokens" [T]; where they are spelled "letters" [T, LONGEST], 0 after a
          token's last; with a lexicon "words", "begin" and "end" [N], the places of
          first and last tokens.
        """
        tokens = sentence.tokens
        found = {"tokens": self.vocabulary.encode(self._plain(tokens))}
        if self._spelled:
            found["letters"] = np.zeros((len(tokens), LONGEST), np.int32)
            for row, token in zip(found["letters"], tokens, strict=True):
                ids = self.letters.encode(token[:LONGEST])
                row[: len(ids)] = ids
        if self._lexicon is not None:
            matches = (lexicon or self.lexicon).matches(tokens)
            found["words"] = self.words.encode([m.word for m in matches])
            found["begin"] = np.array([m.begin for m in matches], np.int32)
            found["end"] = np.array([m.end - 1 for m in matches], np.int32)
        return found

    def examples(self, part: str) -> list[dict[str, np.ndarray]]:
        """Returns what `encode` does, "tags" int32 [T], and "index" in the split."""
        scheme, tags = self.tags
        ids = {tag: i for i, tag in enumerate(tags)}
        examples = []
        for index, sentence in enumerate(self.splits[part]):
            at = {place: i for i, place in enumerate(sentence.places)}
            spans = [
                Span(at[begin], at[end], kind)
                for begin, end, kind in sentence.spans
                if begin in at and end in at
            ]
            names = schemes.tags_of(spans, len(sentence.tokens), scheme)
            own = np.array([ids[name] for name in names], np.int32)
            example = self.encode(sentence) | {"tags": own, "index": np.int32(index)}
            examples.append(example)
        return examples

    def read_line(self, line: str) -> Sentence:
        """Cuts what a user types into the model's tokens."""
        if self.by_characters:
            return self.sentence(_SPACE.sub("", line))
        return self.sentence(tokenize(line, self.vocabulary.__contains__))

    def save(self, workdir: Path) -> None:
        """Writes tags, vocabularies, lexicon and where the data was."""
        files.remember(self.name, self.data_dir, workdir, known=tagged.KNOWN)
        files.write_whole(workdir / TAGS, json.dumps(self.tags, ensure_ascii=False))
        kept = {VOCABULARY: self.vocabulary}
        if self._spelled:
            kept[LETTERS] = self.letters
        if self._lexicon is not None:
            kept[WORDS] = self.words
            words = json.dumps(self.lexicon.words, ensure_ascii=False)
            files.write_whole(workdir / LEXICON, words + "\n")
        for file, vocabulary in kept.items():
            files.write_whole(workdir / file, vocabulary.to_json())

    def _plain(self, tokens: Iterable[str]) -> list[str]:
        tokens = map(str.lower, tokens) if self._lowercase else tokens
        return [t if self._digits else _DIGIT.sub("0", t) for t in tokens]

    def _vocabulary(
        self, file: str, parts: Callable[[Sequence[str]], Sequence[str]], least: int
    ) -> Vocabulary:
        """Collects the parts of training sentences, unless a run has done so."""
        if self._saved(file):
            return Vocabulary.load(self._workdir / file)
        documents = (parts(sentence.tokens) for sentence in self.splits["train"])
        return Vocabulary.from_documents(documents, min_count=least)

    def _saved(self, file: str) -> bool:
        return self._workdir is not None and (self._workdir / file).exists()
