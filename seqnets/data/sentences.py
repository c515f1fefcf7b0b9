"""Tagged sentences in the tokens and ids of a model.

    王明在北京        characters; or words that were segmented before; or characters and
    B E O B E         the words of a lexicon that match (Zhang & Yang, 2018)

A corpus tags its own tokens. Where the model reads segmented words, a sentence keeps
them, and the positions at which words begin, so that spans can be compared in them.
"""

import functools
import itertools
import logging
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from seqnets.data import schemes
from seqnets.data.assets import Assets
from seqnets.data.batching import SPLITS
from seqnets.data.schemes import Span
from seqnets.data.sentence import Sentence
from seqnets.data.tokenization import clusters, tokenize
from seqnets.data.vocabulary import EOS, UNK, Vocabulary

MAX_CHARS = 20  # Of a token that is encoded by its characters.

_DIGIT, _SPACE = re.compile(r"\d"), re.compile(r"[ \t]")
_SINGLE = 0.5  # The share of single characters from which on a corpus is made of them.

Segment = Callable[[str], Sequence[str]]  # A text -> its words.


class Sentences:
    """The sentences of a tagged data set, and the vocabularies that give them ids.

    A run folder keeps tags, vocabularies and the lexicon, so that it can be asked
    without the data.
    """

    def __init__(
        self,
        dataset: Callable[[], Any],
        assets: Assets,
        *,
        scheme: str | None = None,
        lowercase: bool = False,
        digits: bool = True,
        min_count: int = 1,
        with_chars: bool = False,
        lexicon: Callable[[], Any] | None = None,
        segment: Segment | None = None,
    ):
        """Names the sentences; nothing is read yet.

        Args:
          dataset: returns a `Dataset` of the kind "tagged"; called once, when a split
            is needed.
          assets: what the run folder keeps.
          scheme: the scheme of the model's tags; None = that of the data.
          lowercase: whether tokens are looked up in lower case; characters keep theirs.
          digits: whether digits are kept; otherwise each is looked up as 0.
          min_count: rarer tokens become `<UNK>`.
          with_chars: whether tokens are encoded by their characters too.
          lexicon: returns the `Lexicon` whose words are found in the sentences; None =
            there is none.
          segment: segments a text into words, which the model then reads in place of
            characters.

        Raises:
          ValueError: there is no such scheme.
        """
        if scheme is not None:
            schemes.require_scheme(scheme)
        self._load, self._assets = dataset, assets
        self._scheme, self._min_count = scheme, min_count
        self._lowercase, self._digits = lowercase, digits
        self._with_chars, self._load_lexicon = with_chars, lexicon
        self._segment, self._splits = segment, {}

    @functools.cached_property
    def _dataset(self) -> Any:
        return self._load()

    def __getitem__(self, split: str) -> list[Sentence]:
        """Returns the sentences of a split."""
        if split not in self._splits:
            scheme = self._dataset.info["scheme"]
            self._splits[split] = [
                self.sentence(tokens, tuple(schemes.spans_of(tags, scheme)))
                for tokens, tags in self._dataset[split]
            ]
            self._report_lost(split)
        return self._splits[split]

    def _report_lost(self, split: str) -> None:
        lost = [
            not {span.begin, span.end} <= {*sentence.places}
            for sentence in self._splits[split]
            for span in sentence.spans
        ]
        if any(lost):
            logging.getLogger(__name__).warning(
                "%s: %d of %d spans do not begin and end where words do, and cannot be"
                " found",
                *(split, sum(lost), len(lost)),
            )

    def sentence(self, tokens: Sequence[str], spans: tuple[Span, ...] = ()) -> Sentence:
        """Returns a sentence in the model's tokens.

        A token of the corpus that is longer than a character, such as a number or an
        emoji, is never cut: words that do are joined.

        Raises:
          ValueError: the words are not made of the characters.
        """
        if self._segment is None:
            return Sentence(tuple(tokens), tuple(range(len(tokens) + 1)), spans)
        text = "".join(tokens)
        words = self._segment(text)
        if "".join(words) != text:
            raise ValueError(f"{text[:40]!r}: words are made of characters")
        ends = {end: i for i, end in enumerate(_ends(tokens))}
        at = [end for end in _ends(words) if end in ends]
        words = tuple(text[begin:end] for begin, end in itertools.pairwise(at))
        places = tuple(ends[end] for end in at)
        return Sentence(words, places, spans, tuple(tokens))

    @functools.cached_property
    def tags(self) -> tuple[str, tuple[str, ...]]:
        """The scheme, and all its tags for the kinds of the training sentences.

        Raises:
          ValueError: another split has spans of another kind.
        """
        scheme, tags = self._assets.keep("tags.json", self._find_tags, check=_are_tags)
        return scheme, tuple(tags)

    def _find_tags(self) -> tuple[str, list[str]]:
        kinds = {
            split: {span.kind for sentence in self[split] for span in sentence.spans}
            for split in SPLITS
        }
        if not kinds["train"]:
            raise ValueError("the training sentences have no spans: nothing to learn")
        for split, found in kinds.items():
            for kind in sorted(found - kinds["train"]):
                raise ValueError(
                    f"the {split} split has spans of the kind {kind!r}, and the"
                    " training sentences have none"
                )
        every = (tags for split in SPLITS for _, tags in self._dataset[split])
        outside = self._segment is not None or any(schemes.OUTSIDE in t for t in every)
        scheme = self._scheme or self._dataset.info["scheme"]
        tags = [schemes.OUTSIDE] if outside else []
        for kind in sorted(kinds["train"]):
            tags += schemes.tags_of_kind(kind, scheme)
        return scheme, tags

    @property
    def kinds(self) -> list[str]:
        """The kinds of spans; empty where spans have none."""
        return sorted({schemes.split(tag)[1] for tag in self.tags[1]} - {""})

    @functools.cached_property
    def by_characters(self) -> bool:
        """Whether the corpus's tokens are characters, and texts have no spaces.

        The vocabulary decides, by the majority of its symbols: a corpus of characters
        may well have a number, a foreign word or an emoji as one token.
        """
        if self._segment is not None:
            return True
        symbols = [s for s in self.vocabulary.symbols if s not in (EOS, UNK)]
        single = sum(len(clusters(symbol)) == 1 for symbol in symbols)
        return single > _SINGLE * len(symbols) or not symbols

    @functools.cached_property
    def vocabulary(self) -> Vocabulary:
        """Tokens, as they are looked up."""
        return self._keep("vocabulary.json", self._normalise, self._min_count)

    @functools.cached_property
    def chars(self) -> Vocabulary:
        """Characters of tokens; the id 0, of `<EOS>`, is padding."""
        return self._keep("chars.json", "".join)

    @functools.cached_property
    def lexicon(self) -> Any:
        """The `Lexicon` of the run."""
        return self._load_lexicon()

    @functools.cached_property
    def words(self) -> Vocabulary:
        """The words of the lexicon that match in the training sentences."""
        return self._keep("words.json", self._matching)

    def _matching(self, tokens: Sequence[str]) -> list[str]:
        return [match.word for match in self.lexicon.matches(tokens)]

    def _normalise(self, tokens: Iterable[str]) -> list[str]:
        tokens = map(str.lower, tokens) if self._lowercase else tokens
        return [t if self._digits else _DIGIT.sub("0", t) for t in tokens]

    def _keep(
        self, name: str, parts: Callable[[Sequence[str]], Sequence[str]], least: int = 1
    ) -> Vocabulary:
        """Counts parts of the training sentences, unless the run folder has them."""

        def make() -> Vocabulary:
            documents = (parts(sentence.tokens) for sentence in self["train"])
            return Vocabulary.count(documents, min_count=least)

        return self._assets.keep(name, make, Vocabulary)

    def counts(self, field: str) -> np.ndarray:
        """Counts each of the "tokens", or "words", of the training sentences."""
        vocabulary, parts = self.vocabulary, self._normalise
        if field == "words":
            vocabulary, parts = self.words, self._matching
        total = np.zeros(len(vocabulary), np.int64)
        for sentence in self["train"]:
            np.add.at(total, vocabulary.encode(parts(sentence.tokens)), 1)
        return total

    def look_up(self, sentence: Sentence) -> np.ndarray:
        """Returns the ids of the tokens of a sentence, int32 [N]."""
        return self.vocabulary.encode(self._normalise(sentence.tokens))

    @property
    def ragged(self) -> dict[str, str]:
        """The fields of `encode`, all of which have a length of their own -> masks."""
        words = () if self._load_lexicon is None else ("words", "begin", "end")
        tokens = ("tokens", "chars") if self._with_chars else ("tokens",)
        return dict.fromkeys(tokens, "mask") | dict.fromkeys(words, "word_mask")

    def encode(self, sentence: Sentence, lexicon: Any = None) -> dict[str, np.ndarray]:
        """Returns the arrays of a sentence, int32.

        Args:
          sentence: its tokens.
          lexicon: a `Lexicon` in place of the run's own.

        Returns:
          "tokens" [N]; "chars" [N, MAX_CHARS], 0 after a token's last, where there are
          any; with a lexicon "words", "begin" and "end" [M], where end is the place of
          the last token.
        """
        tokens = sentence.tokens
        found = {"tokens": self.look_up(sentence)}
        if self._with_chars:
            found["chars"] = np.zeros((len(tokens), MAX_CHARS), np.int32)
            for row, token in zip(found["chars"], tokens, strict=True):
                ids = self.chars.encode(token[:MAX_CHARS])
                row[: len(ids)] = ids
        if self._load_lexicon is not None:
            matches = (lexicon or self.lexicon).matches(tokens)
            found["words"] = self.words.encode([m.word for m in matches])
            found["begin"] = np.array([m.begin for m in matches], np.int32)
            found["end"] = np.array([m.end - 1 for m in matches], np.int32)
        return found

    def encode_tags(self, sentence: Sentence) -> np.ndarray:
        """Returns the ids of the tags of a sentence, int32 [N]."""
        scheme, tags = self.tags
        ids = {tag: i for i, tag in enumerate(tags)}
        return np.array([ids[t] for t in sentence.encode_spans(scheme)], np.int32)

    def read_line(self, line: str) -> Sentence:
        """Splits what a user types into the model's tokens."""
        if not self.by_characters:
            return self.sentence(tokenize(line, self._known))
        found = []
        for cluster in clusters(_SPACE.sub("", line)):
            found += [cluster] if self._known(cluster) else cluster
        return self.sentence(found)

    def _known(self, token: str) -> bool:
        return self._normalise([token])[0] in self.vocabulary


def _ends(parts: Iterable[str]) -> list[int]:
    """Returns 0 and the place where each part ends in the text of all of them."""
    return [0, *itertools.accumulate(map(len, parts))]


def _are_tags(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and value[0] in schemes.SCHEMES
        and isinstance(value[1], list)
        and not any(schemes.fault(str(tag), value[0]) for tag in value[1])
    )
