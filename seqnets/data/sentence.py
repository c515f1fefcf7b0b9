"""A tagged sentence in the tokens of a corpus and in those of a model."""

from collections.abc import Sequence
from typing import NamedTuple

from seqnets.data import schemes
from seqnets.data.schemes import Span


class Sentence(NamedTuple):
    """A sentence in the tokens that a model reads, and its true spans.

    Spans are counted in the corpus's own tokens; token i of the model covers those from
    `places[i]` to `places[i + 1]`.
    """

    tokens: tuple[str, ...]  # N of them.
    places: tuple[int, ...]  # N + 1 of them.
    spans: tuple[Span, ...] = ()
    units: tuple[str, ...] | None = None  # The corpus's tokens; None where those are N.

    def decode_spans(self, tags: Sequence[str], scheme: str) -> list[Span]:
        """Returns the spans that tags of the model's tokens stand for."""
        return [
            Span(self.places[begin], self.places[end], kind)
            for begin, end, kind in schemes.spans_of(tags, scheme)
        ]

    def encode_spans(self, scheme: str) -> list[str]:
        """Returns tags of the model's tokens; spans that words cut across are lost."""
        at = {place: i for i, place in enumerate(self.places)}
        spans = [
            Span(at[begin], at[end], kind)
            for begin, end, kind in self.spans
            if begin in at and end in at
        ]
        return schemes.tags_of(spans, len(self.tokens), scheme)

    def cut(self, limit: int) -> "Sentence":
        """Returns the first `limit` tokens; a span that goes on behind them ends there.

        So the tags of what is left are such as the scheme allows.
        """
        if len(self.tokens) <= limit:
            return self
        end = self.places[limit]
        spans = (Span(s.begin, min(s.end, end), s.kind) for s in self.spans)
        kept = tuple(span for span in spans if span.begin < end)
        return self._replace(
            tokens=self.tokens[:limit], places=self.places[: limit + 1], spans=kept
        )
