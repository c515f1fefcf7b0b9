"""A tagger that answers while it reads: each tag after a few tokens more."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jax import Array

from seqnets.data import buckets, tsv
from seqnets.data.sentences import Sentence
from seqnets.decode import incremental
from seqnets.look_ahead import start
from seqnets.spans import span_f1
from seqnets.stream import check_sizes
from seqnets.structures.lattice import LatticeLSTM
from seqnets.tasks.delays import Delays
from seqnets.training.task import Batch, Params

LOOK_AHEADS = (0, 1, 2, 3, 4, 8, 16)  # Tokens, of the figure.
LOOK_AHEAD = 4
STREAMED = 1000  # Sentences that the figure asks.
ROWS = 64  # Sentences that are read side by side.

Kept = dict[int, Any]  # By how many tokens were read.

_commit = jax.jit(incremental.commit, static_argnames="chunk")


class TagRead(NamedTuple):
    """The tag of a token, and how many tokens had been read when it was final."""

    token: str
    tag: str
    read: int

    def __str__(self) -> str:
        return tsv.row(self.token, self.tag, str(self.read))


class TagStream:
    """What a `SpanTagger` adds to answer while it reads.

    A subclass has `model`, a `Tagger`, and `outputs_of`. It sets
    `self.tag_scores = jax.jit(self._tag_scores, static_argnames="look_ahead")`.
    """

    def stream(
        self, params: Params, line: str, *, chunk: int = 1, look_ahead: int = LOOK_AHEAD
    ) -> Iterator[TagRead]:
        """Yields the tags of a sentence, each as soon as it is final.

        Args:
          params: parameters of the model.
          line: a sentence, read token by token.
          chunk: tokens that are tagged at a time.
          look_ahead: tokens behind a chunk that are awaited first.
        """
        check_sizes(chunk, look_ahead)
        sentence, (_, tags) = self.sentences.read_line(line), self.sentences.tags
        place, count = 0, len(sentence.tokens)
        for ids in self._chunks(params, [sentence], chunk, look_ahead):
            read = min(place + chunk + look_ahead, count)
            for i in ids[0].tolist():
                yield TagRead(sentence.tokens[place], tags[i], read)
                place += 1

    def _tag_scores(
        self, params: Params, state: Any, batch: Batch, *, look_ahead: int | None
    ) -> tuple[Any, Array, Any]:
        """Returns the next state, scores of tags [B, N + L, K], and those of a CRF."""
        how = {"state": state, "look_ahead": look_ahead}
        return self.outputs_of(params, batch, **how)

    @property
    def _is_lattice(self) -> bool:
        return isinstance(self.model.cell, LatticeLSTM)

    def _chunks(
        self,
        params: Params,
        sentences: Sequence[Sentence],
        chunk: int,
        look_ahead: int,
        width: int | None = None,
        kept: Kept | None = None,
    ) -> Iterator[list[np.ndarray]]:
        """Yields the ids of tags [n] of the sentences' tokens, chunk by chunk.

        Args:
          width: as many or more than chunk and look-ahead, so that look-aheads can
            share a compilation.
          kept: the scores of a lattice, which look-aheads can share.
        """
        encoded = list(map(self.sentences.encode, sentences))
        lengths = np.array([len(sentence.tokens) for sentence in sentences])
        width = chunk + look_ahead if width is None else width
        read = self._read_again if self._is_lattice else self._read_on
        scored = read(
            params, encoded, chunk, look_ahead, width, {} if kept is None else kept
        )
        before = np.full(len(sentences), -1, np.int32)
        for begin in range(0, lengths.max(initial=0), chunk):
            ends = lengths <= begin + chunk + look_ahead
            sizes = {"chunk": chunk, "before": before, "ends": ends}
            before, tags = _commit(*next(scored), **sizes)
            counts = np.clip(lengths - begin, 0, chunk)
            yield [t[:n] for t, n in zip(jax.device_get(tags), counts, strict=True)]

    def _read_on(
        self, params, encoded, chunk, look_ahead, width, kept
    ) -> Iterator[tuple[Any, Array, np.ndarray]]:
        """Yields a CRF, scores [B, width, K] and their mask; carries the state."""
        del kept
        own, rows = params["encoder"]["cell"], len(encoded)
        state = start(self.model.cell, own, rows, self.model.dtype)
        ragged = self.sentences.ragged
        for begin in itertools.count(0, chunk):
            part = slice(begin, begin + chunk + look_ahead)
            examples = [{n: a[part] for n, a in e.items()} for e in encoded]
            batch = buckets.pad_examples(examples, rows, {"mask": width}, ragged=ragged)
            sizes = {"look_ahead": width - chunk}
            state, scores, chain = self.tag_scores(params, state, batch, **sizes)
            yield chain, scores, batch["mask"]

    def _read_again(
        self, params, encoded, chunk, look_ahead, width, kept
    ) -> Iterator[tuple[Any, Array, np.ndarray]]:
        """As `_read_on`, of a lattice: its words reach across chunks.

        So it reads the sentences from their beginning. Words that go on behind the mask
        do not count.
        """
        batch = buckets.collate(encoded, self.sentences.ragged)
        length = batch["mask"].shape[1]
        for begin in itertools.count(0, chunk):
            end = min(begin + chunk + look_ahead, length)
            mask = batch["mask"] & (np.arange(length) < end)
            if end not in kept:
                given = params, None, batch | {"mask": mask}
                _, scores, chain = self.tag_scores(*given, look_ahead=None)
                kept[end] = np.asarray(scores), chain
            scores, chain = kept[end]
            part = slice(begin, begin + width)
            missing = width - scores[:, part].shape[1]
            wide = [(0, 0), (0, missing), (0, 0)]
            own = np.pad(scores[:, part], wide), np.pad(mask[:, part], wide[:2])
            yield chain, *own

    def stream_all(
        self,
        params: Params,
        sentences: Sequence[Sentence],
        chunk: int,
        look_ahead: int,
        width: int | None = None,
        kept: dict[int, Kept] | None = None,
    ) -> list[np.ndarray]:
        """Returns the ids of tags [N] of sentences, as streams would have given them.

        Args:
          params: parameters of the model.
          sentences: what is read.
          chunk, look_ahead: numbers of tokens.
          width: as many or more than both; results depend on it by rounding only.
          kept: what other look-aheads have computed of the same sentences, and this
            one computes.
        """
        order = sorted(range(len(sentences)), key=lambda i: len(sentences[i].tokens))
        found: list[np.ndarray] = [np.zeros(0, np.int32)] * len(sentences)
        for first in range(0, len(order), ROWS):
            group = order[first : first + ROWS]
            own = [sentences[i] for i in group]
            if len(sentences) > ROWS:  # All groups have as many rows.
                own += [Sentence((), (0,))] * (ROWS - len(own))
            here = {} if kept is None else kept.setdefault(first, {})
            parts = self._chunks(params, own, chunk, look_ahead, width, here)
            for i, *row in zip(group, *parts, strict=False):
                found[i] = np.concatenate([found[i], *row])
        return found

    def delays(self, params: Params) -> Delays:
        """Measures F1 on the test split against the look-ahead, in tokens."""
        sentences = self.sentences["test"][:STREAMED]
        cut = [sentence.cut(self.config.limit) for sentence in sentences]

        def f1(all_ids: Sequence[np.ndarray]) -> float:
            pairs = zip(sentences, all_ids, strict=True)
            found = ((s.spans, self.read_tags(s, i).spans) for s, i in pairs)
            return span_f1(found)["f1"]

        options: dict[str, Any] = {"width": 1 + LOOK_AHEADS[-1], "kept": {}}
        scores = [
            f1(self.stream_all(params, cut, 1, n, **options)) for n in LOOK_AHEADS
        ]
        asked = itertools.islice(self.decode(params, "test"), STREAMED)
        whole = span_f1((s.spans, tags.spans) for s, tags in asked)["f1"]
        return Delays.of(1, LOOK_AHEADS, {"limited look-ahead": scores}, whole)
