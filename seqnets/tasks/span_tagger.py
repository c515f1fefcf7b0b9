"""Base class of taggers of spans: batches, F1, reports, answers to lines."""

import functools
import operator
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from ml_collections import ConfigDict

from seqnets.baselines.most_frequent import MostFrequent
from seqnets.data import buckets
from seqnets.data.assets import Assets
from seqnets.data.schemes import OUTSIDE, Span
from seqnets.data.sentences import Sentence, Sentences
from seqnets.dropout import token_dropout
from seqnets.spans import Tags, confusion_counts, mark, span_f1
from seqnets.training import evaluation
from seqnets.training.fields import rows_of
from seqnets.training.pretrained import WordTables
from seqnets.training.supervised import Supervised
from seqnets.training.task import Batch, Params


class SpanTagger(WordTables, Supervised):
    """A tagger of `Sentences`, whose tags stand for spans.

    A subclass gives `init`, `loss` and `_answer`, the best tags [B, T] of a batch. It
    reads these fields of the config: limit, buckets, batch_size, eval_batch_size, seed
    and unknown_rate.

    Attributes:
      sentences: the data, in the ids of the model.
    """

    unit = "tokens"
    goal = ("valid", "f1", "max")

    def __init__(self, config: ConfigDict, assets: Assets, sentences: Sentences):
        super().__init__()
        self.config, self.assets, self.sentences = config, assets, sentences

    @functools.cached_property
    def unknown_rates(self) -> dict[str, np.ndarray]:
        """By field and id, the rate r / (r + n) of what is seen n times in training."""
        fields = [name for name in ("tokens", "words") if name in self.sentences.ragged]
        rate, counts = self.config.unknown_rate, map(self.sentences.counts, fields)
        rates = [rate / (rate + np.maximum(n, 1)) for n in counts]
        return dict(zip(fields, rates, strict=True))

    def drop_rare(self, keys: Sequence[Array], batch: Batch) -> Batch:
        """Makes tokens, and words, unknown, rare ones more often than frequent ones.

        So the vector of unknown ones is learnt, though training sentences have none.

        Args:
          keys: of tokens, and of words.
          batch: of training.
        """
        unk = self.sentences.vocabulary.unk
        for (field, rates), own in zip(self.unknown_rates.items(), keys, strict=False):
            ids = batch[field]
            rate = jnp.asarray(rates, jnp.float32)[ids]
            batch = batch | {field: token_dropout(own, ids, rate, unk)}
        return batch

    def make_batches(self, split: str) -> buckets.BucketedBatches:
        c, whole, own = self.config, self.sentences[split], self.sentences
        cut = [sentence.cut(c.limit) for sentence in whole]
        count = sum(map(operator.is_not, whole, cut))
        buckets.report_cuts(count, len(whole), split, "sentences", c.limit)
        return buckets.BucketedBatches(
            [own.encode(s) | {"tags": own.encode_tags(s)} for s in cut],
            rows_of(c, split),
            ragged=own.ragged | {"tags": "mask"},
            buckets=c.buckets,
            seed=c.seed,
            shuffle=split == "train",
        )

    def collate(self, example: dict[str, np.ndarray]) -> Batch:
        return buckets.collate([example], self.sentences.ragged)

    def _test(self, params: Params, batch: Batch) -> tuple[Array, Array]:
        return self._answer(params, batch), batch["mask"]

    def decode(self, params: Params, split: str) -> Iterator[tuple[Sentence, Tags]]:
        """Yields the sentences of a split, and what is found in each."""
        found = evaluation.answers(self._test, params, self.batches(split))
        for sentence, (ids, mask) in zip(self.sentences[split], found, strict=True):
            yield sentence, self.read_tags(sentence, ids[mask])

    def read_tags(self, sentence: Sentence, ids: Iterable[int]) -> Tags:
        """Returns the spans that the ids of tags stand for."""
        scheme, tags = self.sentences.tags
        spans = sentence.decode_spans([tags[i] for i in ids], scheme)
        return self.mark(sentence, spans)

    def mark(self, sentence: Sentence, spans: Iterable[Span]) -> Tags:
        """Returns the record of a sentence with these spans."""
        tokens = sentence.tokens if sentence.units is None else sentence.units
        gap = "" if self.sentences.by_characters else " "
        return Tags(tokens, tuple(spans), mark(tokens, spans, gap))

    def scores(self, params: Params, split: str, limit: int | None) -> dict[str, float]:
        """Returns precision, recall and F1 of spans, and the number of parameters."""
        pairs = ((s.spans, tags.spans) for s, tags in self.decode(params, split))
        measures = {n: x for n, x in span_f1(pairs).items() if "/" not in n}
        return measures | super().scores(params, split, limit)

    def baselines(self) -> dict[str, float]:
        """Returns F1, on the validation split, of each token's most frequent tag."""
        own = self.sentences
        usual = MostFrequent(
            (int(token), int(tag))
            for sentence in own["train"]
            for token, tag in zip(
                own.look_up(sentence), own.encode_tags(sentence), strict=True
            )
        )
        pairs = []
        for sentence in own["valid"]:
            ids = usual(own.look_up(sentence).tolist())
            pairs.append((sentence.spans, self.read_tags(sentence, ids).spans))
        return {"each token's usual tag": span_f1(pairs)["f1"]}

    def predict(
        self, params: Params, lines: Iterable[str], **options: Any
    ) -> Iterator[Tags]:
        """Yields what is found in each line.

        Args:
          params: parameters of the model.
          lines: sentences; of an empty one nothing is asked.
          **options: of `Sentences.encode`.
        """
        for line in lines:
            sentence = self.sentences.read_line(line)
            ids = ()
            if sentence.tokens:
                batch = self.collate(self.sentences.encode(sentence, **options))
                ids = np.asarray(self.answer(params, batch))[0, : len(sentence.tokens)]
            yield self.read_tags(sentence, ids)

    def write_test(
        self, directory: Path, params: Params
    ) -> tuple[np.ndarray, list[str]]:
        """Writes test.txt, with the true spans where they differ, and f1.tsv by kind.

        Returns:
          Tokens by true and by predicted kind, [K + 1, K + 1], and these names: first
          the tag outside all spans, then the kinds.
        """
        lines, pairs = [], []
        for sentence, tags in self.decode(params, "test"):
            right = set(tags.spans) == set(sentence.spans)
            lines.append(f"{'=' if right else '-'} {tags}\n")
            if not right:
                lines.append(f"+ {self.mark(sentence, sentence.spans)}\n")
            pairs.append((sentence.spans, tags.spans))
        (directory / "test.txt").write_text("".join(lines), encoding="utf-8")
        table = [f"{name}\t{value:.4f}\n" for name, value in span_f1(pairs).items()]
        (directory / "f1.tsv").write_text("".join(table), encoding="utf-8")
        lengths = [sentence.places[-1] for sentence in self.sentences["test"]]
        kinds = self.sentences.kinds
        return confusion_counts(pairs, lengths, kinds), [OUTSIDE, *kinds]
